package io.holdfast.transfer;

import io.holdfast.disk.Extent;
import java.util.BitSet;
import java.util.List;

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

  /**
   * The chunks of a segment that the extents touch.
   *
   * @param extents in order, inside the segment
   */
  public Touched touched(int segment, List<Extent> extents) {
    BitSet read = new BitSet(segmentChunks);
    BitSet cleared = new BitSet(segmentChunks);
    long start = start(segment);
    long[] clearBytes = new long[segmentChunks];
    for (Extent extent : extents) {
      int first = (int) ((extent.offset() - start) / chunkBytes);
      int last = (int) ((extent.end() - 1 - start) / chunkBytes);
      if (!extent.clear()) {
        read.set(first, last + 1);
        continue;
      }
      for (int chunk = first; chunk <= last; chunk++) {
        long from = Math.max(extent.offset(), start + (long) chunk * chunkBytes);
        long to = Math.min(extent.end(), start + (chunk + 1L) * chunkBytes);
        clearBytes[chunk] += to - from;
      }
    }
    for (int chunk = 0; chunk < segmentChunks; chunk++) {
      if (clearBytes[chunk] == 0 || read.get(chunk)) {
        continue;
      }
      // A chunk that is cleared in part holds data of before in the rest: it has to be read.
      if (clearBytes[chunk] == chunkLength(segment, chunk)) {
        cleared.set(chunk);
      } else {
        read.set(chunk);
      }
    }
    return new Touched(read, cleared);
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
