package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Guest;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.SnapshotMethod;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Keeps count of consistent snapshots that harmed or failed a guest: after two in a row the item
 * falls to crash-consistent ones, until a person resets it or seven days have passed.
 */
final class FreezeGuard {
  private final Catalogue catalogue;
  private final InstantSource clock;

  FreezeGuard(Catalogue catalogue, InstantSource clock) {
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /** What is remembered of an item's guest. */
  Guest memory(String itemId) {
    return catalogue.guests().find(itemId).map(Versioned::value).orElse(Guest.UNKNOWN);
  }

  /** A consistent snapshot went well. Each change goes with one of the job's row. */
  List<Change> good(JobId job, SnapshotMethod method) {
    return method == SnapshotMethod.RESTORE_POINT ? change(job, Guest::good) : List.of();
  }

  /** A rung failed: it counts when it froze the guest and the guest was the cause. */
  List<Change> failed(JobId job, SnapshotMethod method, String code, String message) {
    boolean counts = method == SnapshotMethod.RESTORE_POINT && GuestFaults.isGuests(code);
    return counts ? change(job, guest -> guest.bad(code, message, clock.instant())) : List.of();
  }

  /** The extension is asked for. */
  List<Change> asked(JobId job) {
    return change(job, guest -> guest.asked(clock.instant()));
  }

  private List<Change> change(JobId job, UnaryOperator<Guest> change) {
    Optional<Versioned<Guest>> was = catalogue.guests().find(job.itemId());
    Guest before = was.map(Versioned::value).orElse(Guest.UNKNOWN);
    Guest after = change.apply(before);
    return after.equals(before)
        ? List.of()
        : List.of(catalogue.guests().put(job.itemId(), was, after));
  }
}
