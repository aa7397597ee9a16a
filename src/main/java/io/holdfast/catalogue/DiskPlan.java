package io.holdfast.catalogue;

import io.holdfast.disk.DiskSnapshot;
import java.util.BitSet;

/**
 * The frozen decision about one disk of one job, and, while it is being made, how far it got.
 *
 * @param number of the plan: a fallback is a new number and a fresh start
 * @param decision null until the first planning step has decided
 * @param cursorBytes how far the change list was read; the disk's size when all of it was
 * @param bitmap the segments to move, so far
 * @param bytesTotal bytes that will have to be read, so far
 * @param lanes how many lanes move the segments; 0 until the plan is sealed
 */
public record DiskPlan(
    String disk,
    int number,
    Decision decision,
    long cursorBytes,
    byte[] bitmap,
    long bytesTotal,
    int lanes) {

  /**
   * What was decided.
   *
   * @param changeSource how the changes are found
   * @param reason why that way, for people
   * @param base id of the base point; null under {@code Full}
   * @param baseRoot disk manifest of the base, 64 hex digits; null under {@code Full}
   * @param baseSnapshot the base's snapshot to compare with; null but under {@code SnapshotDiff}
   * @param sizeBytes exact size of the disk in the snapshot
   */
  public record Decision(
      ChangeSource changeSource,
      String reason,
      String base,
      String baseRoot,
      DiskSnapshot baseSnapshot,
      long sizeBytes) {}

  /** The plan as the opening of the transfer makes it. */
  public static DiskPlan open(String disk, int number) {
    return new DiskPlan(disk, number, null, 0, new byte[0], 0, 0);
  }

  public DiskPlan decided(Decision made) {
    return new DiskPlan(disk, number, made, 0, new byte[0], 0, 0);
  }

  public DiskPlan advanced(long toBytes, BitSet segments, long addBytes) {
    return new DiskPlan(
        disk, number, decision, toBytes, segments.toByteArray(), bytesTotal + addBytes, 0);
  }

  public DiskPlan sealed(int laneCount) {
    return new DiskPlan(disk, number, decision, cursorBytes, bitmap, bytesTotal, laneCount);
  }

  /** The segments to move. */
  public BitSet segments() {
    return BitSet.valueOf(bitmap);
  }

  /** The segments of one lane, in order: of the set bits, every {@code lanes}-th. */
  public int[] segmentsOf(int lane) {
    int[] all = segments().stream().toArray();
    int count = all.length <= lane ? 0 : (all.length - lane + lanes - 1) / lanes;
    int[] own = new int[count];
    for (int i = 0; i < count; i++) {
      own[i] = all[lane + i * lanes];
    }
    return own;
  }
}
