package io.holdfast.backup;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Warning;
import java.time.Duration;
import java.time.Instant;

/** When a job must be over. Pure. */
final class Deadlines {
  /** Code of the warning that half of a job's time is gone. */
  private static final String SLOW = "BackupSlow";

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

  /** Whether half of the time that a job has is gone, and nobody was told so yet. */
  static boolean isHalfOver(Job job, Instant now) {
    Duration half = Duration.between(job.createdAt(), job.deadline()).dividedBy(2);
    boolean told = job.warnings().stream().anyMatch(warning -> warning.code().equals(SLOW));
    return !told && now.isAfter(job.createdAt().plus(half));
  }

  /** What to say then. */
  static Warning slow(Job job) {
    return new Warning(
        SLOW,
        "half of the time until the deadline, %s, had gone before the backup was done"
            .formatted(job.deadline()),
        "See in the job which disk is slow and how its changes are found;"
            + " instantRestoreDays 1 spares the reading of what did not change.");
  }

  /** What to say when it is past. */
  static String exceeded(Job job) {
    return ("the backup did not end by its deadline, %s; the next backup goes on with what is"
            + " stored already")
        .formatted(job.deadline());
  }
}
