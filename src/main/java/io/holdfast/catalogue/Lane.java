package io.holdfast.catalogue;

import java.util.Arrays;

/**
 * How far one lane of a disk got. Its row changes only with its ETag, and its cursor only grows.
 *
 * @param disk {@code os} or {@code lunN}
 * @param plan number of the plan
 * @param lane 0 to lanes - 1
 * @param cursor place of the segment in hand among the lane's own, times {@link #CURSOR_STEP}, plus
 *     the chunk at which that segment goes on
 * @param inHand ids of the segment in hand, 32 bytes a chunk; empty when it was not begun
 * @param done ids of the indexes of the segments that are done, 32 bytes each, in order
 * @param counts what was done so far
 */
public record Lane(
    String disk, int plan, int lane, long cursor, byte[] inHand, byte[] done, ByteCounts counts) {
  /** More than a segment has chunks, so that segment and chunk fit one number. */
  public static final long CURSOR_STEP = 10_000;

  /** Bytes of one id. */
  public static final int ID_BYTES = 32;

  public static Lane fresh(String disk, int plan, int lane) {
    return new Lane(disk, plan, lane, 0, new byte[0], new byte[0], ByteCounts.ZERO);
  }

  /** Place of the segment in hand among the lane's own. */
  public int place() {
    return (int) (cursor / CURSOR_STEP);
  }

  /** Chunk at which the segment in hand goes on. */
  public int chunk() {
    return (int) (cursor % CURSOR_STEP);
  }

  /** The lane after chunks of the segment in hand were moved. */
  public Lane atChunk(int chunk, byte[] ids, ByteCounts more) {
    return new Lane(disk, plan, lane, place() * CURSOR_STEP + chunk, ids, done, counts.plus(more));
  }

  /** The lane after the segment in hand was stored. */
  public Lane segmentDone(byte[] indexId, ByteCounts more) {
    byte[] grown = Arrays.copyOf(done, done.length + ID_BYTES);
    System.arraycopy(indexId, 0, grown, done.length, ID_BYTES);
    return new Lane(
        disk, plan, lane, (place() + 1) * CURSOR_STEP, new byte[0], grown, counts.plus(more));
  }

  /** Id of the index of the lane's n-th segment, which must be done. */
  public byte[] doneId(int n) {
    return Arrays.copyOfRange(done, n * ID_BYTES, (n + 1) * ID_BYTES);
  }
}
