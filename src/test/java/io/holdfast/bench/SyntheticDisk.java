package io.holdfast.bench;

import io.holdfast.disk.Extent;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A disk of any size that has no bytes: it knows which of its chunks were written when, and makes
 * up their content. Content of two writes differs, and compresses a hundredfold, so that a vault in
 * memory stays small.
 */
final class SyntheticDisk {
  private static final int PATTERN_BYTES = 1024;

  private final long sizeBytes;
  private final int chunkBytes;
  private final byte[] content;
  private final byte[] zeros;

  /** The times of the writes to each chunk that was written, in order. */
  private final TreeMap<Long, List<Integer>> writes = new TreeMap<>();

  private int time;

  /**
   * @param sizeBytes a multiple of {@code chunkBytes}
   */
  SyntheticDisk(long sizeBytes, int chunkBytes) {
    this.sizeBytes = sizeBytes;
    this.chunkBytes = chunkBytes;
    byte[] pattern = new byte[PATTERN_BYTES];
    new Random(5).nextBytes(pattern);
    zeros = new byte[chunkBytes];
    content = new byte[chunkBytes];
    for (int at = 0; at < chunkBytes; at += PATTERN_BYTES) {
      System.arraycopy(pattern, 0, content, at, PATTERN_BYTES);
    }
  }

  long sizeBytes() {
    return sizeBytes;
  }

  /** The guest writes these chunks, all of each. */
  synchronized void write(Iterable<Long> chunks) {
    time++;
    for (long chunk : chunks) {
      writes.computeIfAbsent(chunk, unused -> new ArrayList<>()).add(time);
    }
  }

  /** The instant that a snapshot holds which is made now. */
  synchronized int now() {
    return time;
  }

  synchronized List<Extent> allocated(int at, long from, long to) {
    return changed(0, at, from, to);
  }

  /** The chunks of a window that were written after one instant and up to another. */
  synchronized List<Extent> changed(int after, int at, long from, long to) {
    List<Extent> extents = new ArrayList<>();
    Map<Long, List<Integer>> window =
        writes.subMap(from / chunkBytes, true, (to - 1) / chunkBytes, true);
    for (Map.Entry<Long, List<Integer>> chunk : window.entrySet()) {
      int last = lastWrite(chunk.getValue(), at);
      if (last > after) {
        long start = Math.max(from, chunk.getKey() * chunkBytes);
        long end = Math.min(to, (chunk.getKey() + 1) * chunkBytes);
        extents.add(new Extent(start, end - start, false));
      }
    }
    return extents;
  }

  private static int lastWrite(List<Integer> times, int at) {
    int last = 0;
    for (int each : times) {
      last = each <= at ? each : last;
    }
    return last;
  }

  /** Fills the target with what the disk held at an instant; what was never written is zeros. */
  void read(int at, long offset, ByteBuffer target) {
    long from = offset;
    while (target.hasRemaining()) {
      long chunk = from / chunkBytes;
      int inside = (int) (from % chunkBytes);
      int count = Math.min(target.remaining(), chunkBytes - inside);
      int written = written(chunk, at);
      if (written > 0 && inside == 0 && count >= Long.BYTES + Integer.BYTES) {
        target.duplicate().put(content, inside, count);
        target.duplicate().putLong(chunk).putInt(written);
        target.position(target.position() + count);
      } else {
        target.put(written > 0 ? content : zeros, inside, count);
      }
      from += count;
    }
  }

  private synchronized int written(long chunk, int at) {
    return lastWrite(writes.getOrDefault(chunk, List.of()), at);
  }
}
