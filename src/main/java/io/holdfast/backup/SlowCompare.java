package io.holdfast.backup;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job.DiskResult;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import java.time.Duration;

/**
 * Disks of which a backup would read too long if it had no snapshot to compare with: their newest
 * snapshot is kept whatever the policy says (design.md 4). Pure.
 */
final class SlowCompare {
  /** Longer than this is too long. */
  static final Duration COMPARE_MAX = Duration.ofHours(12);

  private SlowCompare() {}

  /**
   * What a comparison of a disk would read.
   *
   * @param manifest of the disk as it was just backed up
   * @param segmentBytes of a segment
   * @return bytes; after a backup that read changes only, at most so many
   */
  static long bytes(DiskResult result, DiskManifest manifest, long segmentBytes) {
    if (result.changeSource() != ChangeSource.SNAPSHOT_DIFF) {
      return result.bytesTotal();
    }
    long filled =
        manifest.segments().stream().filter(segment -> !segment.equals(Digest.ZERO)).count();
    return Math.min(manifest.sizeBytes(), filled * segmentBytes);
  }

  /** Whether reading so much takes too long. */
  static boolean isSlow(long bytes, long readBytesPerSecond) {
    return Duration.ofSeconds(bytes / readBytesPerSecond).compareTo(COMPARE_MAX) > 0;
  }

  /** What the job says of it. */
  static Warning note(String disk, long bytes, long readBytesPerSecond) {
    return new Warning(
        "SnapshotKeptAsBase",
        "the snapshots of this backup stay until the next one: without them it would read %d GiB of disk %s, for some %d hours"
            .formatted(bytes >> 30, disk, bytes / readBytesPerSecond / 3600),
        "Nothing to do. With instantRestoreDays 1 or more they stay in any case.");
  }
}
