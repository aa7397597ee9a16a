package io.holdfast.transfer;

import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;

/**
 * Turns ranges that come in order into chunks, in order. It remembers one chunk, however many
 * ranges there are.
 */
public final class ChunkMarks implements Extents {
  /** Takes the chunks that are touched, each once. */
  @FunctionalInterface
  public interface Chunks {
    /**
     * Takes the next chunk.
     *
     * @param chunk in its segment
     * @param data whether a byte of it may be data: it has to be read whole; false: it is zeros
     *     from end to end
     */
    void touched(int segment, int chunk, boolean data);
  }

  private static final long NONE = -1;

  private final SegmentGrid grid;
  private final long end;
  private final Chunks into;
  private long reached;

  /** The chunk in hand, counted from the start of the disk. */
  private long chunk = NONE;

  private boolean data;
  private long clearBytes;

  /**
   * @param start no range begins before it; the start of a chunk
   * @param end no range ends after it; the end of a chunk, or of the disk
   */
  public ChunkMarks(SegmentGrid grid, long start, long end, Chunks into) {
    this.grid = grid;
    this.reached = start;
    this.end = end;
    this.into = into;
  }

  /**
   * @throws IllegalStateException when the range is out of order or out of bounds
   */
  @Override
  public void take(Extent extent) {
    if (extent.offset() < reached || extent.end() > end) {
      throw new IllegalStateException(
          "a change list has range %d+%d after offset %d and before %d"
              .formatted(extent.offset(), extent.length(), reached, end));
    }
    reached = extent.end();
    int chunkBytes = grid.chunkBytes();
    long last = (extent.end() - 1) / chunkBytes;
    for (long number = extent.offset() / chunkBytes; number <= last; number++) {
      if (number != chunk) {
        close();
        chunk = number;
      }
      if (extent.clear()) {
        clearBytes +=
            Math.min(extent.end(), (number + 1) * chunkBytes)
                - Math.max(extent.offset(), number * chunkBytes);
      } else {
        data = true;
      }
    }
  }

  /**
   * All ranges before this offset have come.
   *
   * @return the last end of a chunk, or of the disk, up to which everything is decided: whoever
   *     goes on from there with new marks comes to the same result
   */
  public long listed(long offset) {
    if (chunk != NONE && Math.min(grid.sizeBytes(), (chunk + 1) * grid.chunkBytes()) <= offset) {
      close();
    }
    return offset == grid.sizeBytes() ? offset : offset / grid.chunkBytes() * grid.chunkBytes();
  }

  private void close() {
    if (chunk == NONE) {
      return;
    }
    int segment = (int) (chunk / grid.segmentChunks());
    int place = (int) (chunk % grid.segmentChunks());
    // A chunk that is cleared in part holds data of before in the rest: it has to be read.
    into.touched(segment, place, data || clearBytes < grid.chunkLength(segment, place));
    chunk = NONE;
    data = false;
    clearBytes = 0;
  }
}
