package io.holdfast.backup;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobTask;
import io.holdfast.disk.SnapshotMethod;
import java.util.Optional;

/** The tasks of a job that stand for the rungs of the ladder: one for each try, as users see it. */
final class SnapshotTasks {
  private static final String TRY = " (try ";

  private SnapshotTasks() {}

  private static String name(SnapshotMethod method) {
    return switch (method) {
      case RESTORE_POINT -> StartBackup.TAKE_SNAPSHOT;
      case CRASH_RESTORE_POINT -> "Take crash-consistent snapshot";
      case DISK_SNAPSHOTS -> "Take snapshots of single disks";
    };
  }

  private static boolean isOf(JobTask task, SnapshotMethod method) {
    return task.name().equals(name(method)) || task.name().startsWith(name(method) + TRY);
  }

  /** How often a rung was tried. */
  static int tries(Job job, SnapshotMethod method) {
    return (int) job.tasks().stream().filter(task -> isOf(task, method)).count();
  }

  /** The task of the next try of a rung. */
  static String next(Job job, SnapshotMethod method) {
    int tries = tries(job, method);
    return tries == 0 ? name(method) : name(method) + TRY + (tries + 1) + ")";
  }

  /** The task of the try that is under way; empty when it has ended, or was not begun. */
  static Optional<String> running(Job job, SnapshotMethod method) {
    return job.tasks().stream()
        .filter(task -> isOf(task, method) && task.endTime() == null)
        .map(JobTask::name)
        .findFirst();
  }
}
