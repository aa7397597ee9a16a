package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;

/**
 * The background copies of Ultra and Premium SSD v2 disks: nothing of a snapshot can be used before
 * its {@code completionPercent} is 100 (disks-incremental-snapshots). Other disks' are whole at
 * once.
 */
final class BackgroundCopies {
  /** Snapshots of one disk that may be pending (the same page). */
  static final int PENDING_MAX = 3;

  private static final Duration LASTS = Duration.ofMinutes(2);

  private final Store store;
  private final SimClock clock;
  private final Durations durations;

  BackgroundCopies(Store store, SimClock clock) {
    this.store = store;
    this.clock = clock;
    this.durations = new Durations(store);
  }

  static boolean isSlow(Store.Entry disk) {
    String sku = Json.text(disk.resource(), "/sku/name");
    return sku.startsWith("Ultra") || sku.startsWith("PremiumV2");
  }

  /** Begins the copy of a new snapshot or disk restore point; the caller saves the entry. */
  void begin(Store.Entry disk, ObjectNode sim) {
    if (isSlow(disk)) {
      Duration lasts = durations.of("BackgroundCopy").orElse(LASTS);
      sim.put("copyFrom", clock.now().toString());
      sim.put("copyUntil", clock.now().plus(lasts).toString());
    }
  }

  /** Between 0 and 100. */
  int percent(Store.Entry entry) {
    if (!entry.sim().has("copyUntil")) {
      return 100;
    }
    Instant from = Instant.parse(Json.text(entry.sim(), "/copyFrom"));
    Instant until = Instant.parse(Json.text(entry.sim(), "/copyUntil"));
    Instant now = clock.now();
    return now.isBefore(until)
        ? (int)
            (100
                * Duration.between(from, now).toMillis()
                / Duration.between(from, until).toMillis())
        : 100;
  }

  void refusePending(Store.Entry entry) {
    if (percent(entry) < 100) {
      throw Refusal.notAllowed(
          "'%s' is still being copied in the background (completionPercent %d): wait for 100."
              .formatted(entry.id().name(), percent(entry)));
    }
  }

  /** Refuses one more snapshot of a disk while {@link #PENDING_MAX} are pending. */
  void checkPending(Store.Entry disk) {
    String uniqueId = Json.text(disk.properties(), "/uniqueId");
    long pending =
        store.list(Snapshots.KIND).stream()
            .filter(
                other ->
                    Json.text(other.properties(), "/creationData/sourceUniqueId").equals(uniqueId))
            .filter(other -> percent(other) < 100)
            .count();
    if (pending >= PENDING_MAX) {
      throw Refusal.notAllowed(
          "Disk '%s' has %d snapshots that are still being copied, the most there can be."
              .formatted(disk.id().name(), pending));
    }
  }
}
