package io.holdfast.backup;

import io.holdfast.catalogue.DiskPlan;
import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;
import io.holdfast.transfer.ChunkMarks;
import io.holdfast.transfer.SegmentGrid;
import java.util.BitSet;

/**
 * The segments of a disk that a change list touches and the bytes that have to be read, marked
 * while the list is being read. Its memory is a bit a segment and one chunk in hand, however many
 * ranges there are.
 */
final class PlanMarks implements Extents {
  private final DiskPlan before;
  private final BitSet segments;
  private final ChunkMarks chunks;
  private long bytes;
  private long settled;

  /**
   * @param before the plan as the last visit left it: its cursor is the start of a chunk
   */
  PlanMarks(SegmentGrid grid, DiskPlan before) {
    this.before = before;
    this.segments = before.segments();
    this.settled = before.cursorBytes();
    this.chunks =
        new ChunkMarks(
            grid,
            before.cursorBytes(),
            grid.sizeBytes(),
            (segment, chunk, data) -> {
              segments.set(segment);
              bytes += data ? grid.chunkLength(segment, chunk) : 0;
            });
  }

  @Override
  public void take(Extent extent) {
    chunks.take(extent);
  }

  /** All ranges before this offset have come. */
  void listed(long offset) {
    settled = chunks.listed(offset);
  }

  /** Where a later visit may go on: the start of the first chunk of which more may come. */
  long settled() {
    return settled;
  }

  /** The plan up to there; a chunk that is still in hand is not in it. */
  DiskPlan plan() {
    return before.advanced(settled, segments, bytes);
  }
}
