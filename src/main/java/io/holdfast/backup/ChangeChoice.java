package io.holdfast.backup;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan.Decision;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.RecoveryPoint.PointDisk;
import io.holdfast.disk.DiskSnapshot;
import java.util.Objects;
import java.util.Optional;

/** How the changes of a disk are found: the first way that applies. Pure. */
final class ChangeChoice {
  /** Azure compares no two snapshots of a disk that was resized across this size. */
  static final long DIFF_BOUNDARY_BYTES = 4L << 40;

  private ChangeChoice() {}

  /**
   * Chooses.
   *
   * @param base the item's newest point, if it has one
   * @param snapshot of the disk, now
   * @param sizeBytes of the disk, now
   */
  static Decision choose(Optional<RecoveryPoint> base, DiskSnapshot snapshot, long sizeBytes) {
    if (base.isEmpty()) {
      return full("there is no earlier recovery point of this VM", sizeBytes);
    }
    Optional<PointDisk> disk = base.get().diskOf(snapshot.uniqueId());
    if (disk.isEmpty()) {
      return full(
          "recovery point %s does not hold this disk".formatted(base.get().id()), sizeBytes);
    }
    Optional<String> obstacle = diffObstacle(base.get(), disk.get(), snapshot, sizeBytes);
    return obstacle
        .map(reason -> compare(base.get().id(), disk.get().root(), reason, sizeBytes))
        .orElseGet(
            () ->
                new Decision(
                    ChangeSource.SNAPSHOT_DIFF,
                    "the snapshot of recovery point %s is there to compare with"
                        .formatted(base.get().id()),
                    base.get().id(),
                    disk.get().root(),
                    disk.get().snapshot(),
                    sizeBytes));
  }

  private static Optional<String> diffObstacle(
      RecoveryPoint base, PointDisk disk, DiskSnapshot snapshot, long sizeBytes) {
    if (snapshot.guestState()) {
      return Optional.of("Azure compares no guest states; it is a few MiB");
    }
    DiskSnapshot earlier = disk.snapshot();
    if (earlier == null) {
      return Optional.of(
          "the snapshot of recovery point %s was not kept: set instantRestoreDays to 1 or more to"
                  .formatted(base.id())
              + " read only what changed");
    }
    if (earlier.restorePoint() != snapshot.restorePoint()
        || !Objects.equals(earlier.family(), snapshot.family())) {
      return Optional.of("the snapshots are not of one family, so Azure cannot compare them");
    }
    if (sizeBytes < disk.sizeBytes()) {
      // A chunk that the diff does not name would keep what the base had behind the new end.
      return Optional.of(
          "the disk is smaller than in recovery point %s: it had %d bytes, and has %d now"
              .formatted(base.id(), disk.sizeBytes(), sizeBytes));
    }
    if ((disk.sizeBytes() > DIFF_BOUNDARY_BYTES) != (sizeBytes > DIFF_BOUNDARY_BYTES)) {
      return Optional.of("the disk was resized across 4 TiB, which Azure does not compare");
    }
    return Optional.empty();
  }

  /** The way to go on when the service refuses a diff that looked possible. */
  static Decision afterRefusal(Decision refused, String reason) {
    return compare(refused.base(), refused.baseRoot(), reason, refused.sizeBytes());
  }

  /** All of the disk, though there is a base. */
  static Decision withoutBase(String reason, long sizeBytes) {
    return full(reason, sizeBytes);
  }

  private static Decision compare(String base, String root, String reason, long sizeBytes) {
    return new Decision(ChangeSource.COMPARE, reason, base, root, null, sizeBytes);
  }

  private static Decision full(String reason, long sizeBytes) {
    return new Decision(ChangeSource.FULL, reason, null, null, null, sizeBytes);
  }
}
