package io.holdfast.plan;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.DiskResult;
import io.holdfast.catalogue.Job.JobDisk;
import java.util.List;

/**
 * What one backup of an item moves, judged by the backups that it had. Pure.
 *
 * @param allocatedBytes what a backup reads that has no snapshot to compare with; null: unknown
 * @param changedBytes what a backup sends; null: unknown
 * @param storedBytes what a backup adds to the vault; null: unknown
 * @param firstBytes what the vault got by the first backup that is still on record; null: unknown
 * @param unknown why something is not known; null when all is
 */
public record Load(
    Long allocatedBytes, Long changedBytes, Long storedBytes, Long firstBytes, String unknown) {
  /** Above this, what a backup reads without a kept snapshot is worth a thought: design.md 4. */
  static final long COMPARE_BYTES_MAX = 64L << 30;

  /**
   * Judges.
   *
   * @param jobs of the item, newest first
   */
  static Load of(List<Job> jobs) {
    List<Job> done =
        jobs.stream()
            .filter(job -> !job.disks().isEmpty())
            .filter(job -> job.disks().stream().allMatch(disk -> disk.result() != null))
            .toList();
    if (done.isEmpty()) {
      return new Load(null, null, null, null, "the VM has no backup yet");
    }
    Long allocated = null;
    Long first = null;
    for (Job job : done) {
      if (allocated == null && all(job, ChangeSource.SNAPSHOT_DIFF, false)) {
        allocated = job.disks().stream().mapToLong(disk -> disk.result().bytesTotal()).sum();
      }
      if (all(job, ChangeSource.FULL, true)) {
        first = stored(job);
      }
    }
    Job newest = done.get(0);
    boolean onlyFirst = newest.disks().stream().anyMatch(disk -> is(disk, ChangeSource.FULL));
    String unknown =
        onlyFirst
            ? "what changes in a day is known after the second backup"
            : allocated == null
                ? "what is allocated is known after a backup that reads it all"
                : null;
    return onlyFirst
        ? new Load(allocated, null, null, first, unknown)
        : new Load(
            allocated,
            newest.disks().stream().mapToLong(disk -> disk.result().counts().transferred()).sum(),
            stored(newest),
            first,
            unknown);
  }

  private static long stored(Job job) {
    return job.disks().stream().mapToLong(disk -> disk.result().counts().stored()).sum();
  }

  private static boolean all(Job job, ChangeSource source, boolean are) {
    return job.disks().stream().allMatch(disk -> is(disk, source) == are);
  }

  private static boolean is(JobDisk disk, ChangeSource source) {
    DiskResult result = disk.result();
    return result.changeSource() == source;
  }

  /**
   * Bytes that one backup reads.
   *
   * @param keepsSnapshot whether there is a snapshot to compare with
   * @return null: unknown
   */
  public Long readBytes(boolean keepsSnapshot) {
    return keepsSnapshot ? changedBytes : allocatedBytes;
  }

  /** Whether keeping a snapshot for a day saves much reading. */
  public boolean wantsSnapshot() {
    return allocatedBytes != null && allocatedBytes > COMPARE_BYTES_MAX;
  }
}
