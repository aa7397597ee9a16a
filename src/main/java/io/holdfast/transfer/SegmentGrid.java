package io.holdfast.transfer;

import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;
import java.util.BitSet;

/**
 * How ranges of bytes fall on chunks and segments. Pure.
 *
 * @param sizeBytes of the disk
 * @param chunkBytes of a chunk
 * @param segmentChunks chunks of a segment
 */
public record SegmentGrid(long sizeBytes, int chunkBytes, int segmentChunks) {

  public long segmentBytes() {
    return (long) chunkBytes * segmentChunks;
  }

  public int segments() {
    return Math.toIntExact((sizeBytes + segmentBytes() - 1) / segmentBytes());
  }

  /** First byte of a segment. */
  public long start(int segment) {
    return segment * segmentBytes();
  }

  /** Bytes of a segment that are the disk's: the last segment may be short. */
  public long length(int segment) {
    return Math.min(segmentBytes(), sizeBytes - start(segment));
  }

  /** Bytes of a chunk that are the disk's; the rest of the last chunk is zeros by definition. */
  public int chunkLength(int segment, int chunk) {
    long offset = start(segment) + (long) chunk * chunkBytes;
    return (int) Math.max(0, Math.min(chunkBytes, sizeBytes - offset));
  }

  /**
   * What a change list means for the chunks of one segment.
   *
   * @param read chunks of which a byte may be data: they are read whole
   * @param cleared chunks that are zeros from end to end: they need not be read
   */
  public record Touched(BitSet read, BitSet cleared) {
    /** All chunks that the list names. */
    public BitSet all() {
      BitSet all = (BitSet) read.clone();
      all.or(cleared);
      return all;
    }
  }

  /** Collects the change list of one segment. */
  public Marks marks(int segment) {
    return new Marks(this, segment);
  }

  /** The chunks of one segment that a change list touches, marked while it is being read. */
  public static final class Marks implements Extents {
    private final ChunkMarks chunks;
    private final long end;
    private final BitSet read;
    private final BitSet cleared;

    private Marks(SegmentGrid grid, int segment) {
      read = new BitSet(grid.segmentChunks());
      cleared = new BitSet(grid.segmentChunks());
      end = grid.start(segment) + grid.length(segment);
      chunks =
          new ChunkMarks(
              grid,
              grid.start(segment),
              end,
              (number, chunk, data) -> (data ? read : cleared).set(chunk));
    }

    /**
     * @param extent in order, inside the segment
     * @throws IllegalStateException when it is not
     */
    @Override
    public void take(Extent extent) {
      chunks.take(extent);
    }

    /** What all the ranges mean, when the last one was taken. */
    public Touched touched() {
      long unused = chunks.listed(end);
      return new Touched(read, cleared);
    }
  }

  /** Bytes that have to be read for the chunks. */
  public long bytes(int segment, BitSet chunks) {
    long bytes = 0;
    for (int chunk = chunks.nextSetBit(0); chunk >= 0; chunk = chunks.nextSetBit(chunk + 1)) {
      bytes += chunkLength(segment, chunk);
    }
    return bytes;
  }
}
