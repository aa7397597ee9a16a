package io.holdfast.backup;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.disk.Disks.Found;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Whether something that was found in Azure is nobody's. Pure. */
final class Leaked {
  /**
   * What is younger may be of a job whose rows are being written, whatever the hosts' clocks say.
   */
  static final Duration YOUNG = Duration.ofHours(1);

  private Leaked() {}

  /**
   * Whether it must go.
   *
   * @param found has a name that {@link SnapshotNames} derives
   * @param catalogueId of this app
   * @param job the one that the name says; empty when it has no row
   * @param point the one that this job made; empty when it has no row
   */
  static boolean is(
      Found found,
      String catalogueId,
      Optional<Job> job,
      Optional<RecoveryPoint> point,
      Instant now) {
    if (found.timeCreated().plus(YOUNG).isAfter(now)) {
      return false;
    }
    boolean ours = catalogueId.equals(found.owner());
    boolean maybeOurs = found.owner() == null && job.isPresent();
    if (!ours && !maybeOurs) {
      // Another app of the same group may know it: its jobs may have the same ids as ours.
      return false;
    }
    boolean underWay = job.isPresent() && !job.get().released();
    boolean kept =
        point
            .map(RecoveryPoint::snapshot)
            .filter(set -> SnapshotNames.isOf(found.name(), set.name()))
            .isPresent();
    return !underWay && !kept;
  }
}
