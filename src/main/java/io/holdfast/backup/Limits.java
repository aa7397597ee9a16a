package io.holdfast.backup;

import java.time.Duration;

/**
 * The named bounds of a backup.
 *
 * @param deadline a backup ends this long after it was opened, unless it has to read a lot
 * @param deadlineMax no deadline is further away
 * @param readBytesPerSecond what a job that has to read much is given: half of what a snapshot
 *     gives (60 MiB/s), so that the deadline is not what fails it
 * @param visitMax a step stores where it is and comes back after this long
 * @param checkpoint how often a lane stores its progress while a segment is in hand
 * @param lanes messages that walk one disk at a time
 * @param readBytes consecutive chunks are read together up to this many bytes: small reads cost a
 *     request each, and a snapshot answers 500 a second
 * @param planWindowBytes how much of a disk one look at the change list covers
 * @param lookDelay between the asking for a snapshot or an access and the first look; doubles with
 *     every third look that was in vain
 * @param lookDelayMax the longest such delay: Azure allows 12 reads a minute and VM
 * @param releaseMax how long a committed job waits for its snapshots to go before it says so
 * @param sweepTurns runs of the reconciler in which each restore point collection, and each kept
 *     snapshot's access, is looked at once: a day of quarter hours
 */
public record Limits(
    Duration deadline,
    Duration deadlineMax,
    long readBytesPerSecond,
    Duration visitMax,
    Duration checkpoint,
    int lanes,
    int readBytes,
    long planWindowBytes,
    Duration lookDelay,
    Duration lookDelayMax,
    Duration releaseMax,
    int sweepTurns) {
  public static final Limits DEFAULT =
      new Limits(
          Duration.ofHours(24),
          Duration.ofDays(14),
          30L << 20,
          Duration.ofMinutes(2),
          Duration.ofSeconds(2),
          4,
          4 << 20,
          64L << 30,
          Duration.ofMillis(250),
          Duration.ofSeconds(10),
          Duration.ofMinutes(15),
          96);

  /** Delay before the next look, growing with the looks that were in vain. */
  public Duration lookDelay(int look) {
    Duration delay = lookDelay.multipliedBy(1L << Math.min(look / 3, 6));
    return delay.compareTo(lookDelayMax) > 0 ? lookDelayMax : delay;
  }
}
