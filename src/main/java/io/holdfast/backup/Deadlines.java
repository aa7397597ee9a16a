package io.holdfast.backup;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import java.time.Duration;
import java.time.Instant;

/** When a job must be over. Pure. */
final class Deadlines {
  private Deadlines() {}

  /**
   * The deadline after a plan was sealed: a disk whose allocated bytes are all read is given the
   * time for it.
   */
  static Instant raised(Job job, DiskPlan sealed, Limits limits) {
    if (sealed.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF) {
      return job.deadline();
    }
    Duration needed = Duration.ofSeconds(sealed.bytesTotal() / limits.readBytesPerSecond());
    Duration granted = needed.compareTo(limits.deadlineMax()) > 0 ? limits.deadlineMax() : needed;
    Instant raised = job.createdAt().plus(granted);
    return raised.isAfter(job.deadline()) ? raised : job.deadline();
  }

  /** How long an access to a job's snapshot is asked for: no longer than the job may run. */
  static Duration accessFor(Job job, Instant now) {
    return Duration.between(now, job.deadline());
  }

  /** What to say when it is past. */
  static String exceeded(Job job) {
    return ("the backup did not end by its deadline, %s; the next backup goes on with what is"
            + " stored already")
        .formatted(job.deadline());
  }
}
