package io.holdfast.local.sim;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Page ranges of an image and the difference of two, in offset order, in blocks of 4 KiB, with
 * neighbours joined. The work is proportional to the data in the window, not to its length.
 */
final class PageRanges {
  /** Takes the ranges. */
  interface Sink {
    /**
     * One range.
     *
     * @param clear true for bytes that became zero
     * @param end exclusive
     * @return false to stop
     */
    boolean range(boolean clear, long start, long end);
  }

  private static final int BUFFER_BYTES = 1 << 20;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private static final ThreadLocal<ByteBuffer[]> BUFFERS =
      ThreadLocal.withInitial(
          () ->
              new ByteBuffer[] {
                ByteBuffer.allocateDirect(BUFFER_BYTES), ByteBuffer.allocateDirect(BUFFER_BYTES)
              });

  private PageRanges() {}

  /** Where {@code image} holds data in {@code [from, to)}. */
  static void allocated(Image image, long from, long to, Sink sink) {
    Extents extents = image.extents();
    for (int i = extents.firstEndingAfter(from); i < extents.count(); i++) {
      long start = Math.max(from, extents.start(i));
      long end = Math.min(to, extents.end(i));
      if (start >= end || !sink.range(false, start, end)) {
        return;
      }
    }
  }

  /**
   * What differs in {@code current} from {@code previous} in {@code [from, to)}: blocks that hold
   * other bytes, and blocks that became zero. A shorter previous image reads as zero past its end.
   */
  static void diff(Image current, Image previous, long from, long to, Sink sink)
      throws IOException {
    Extents now = current.extents();
    Extents before = previous.extents();
    Joiner joiner = new Joiner(sink);
    try (Image.Reader a = current.open();
        Image.Reader b = previous.open()) {
      long at = from / Extents.BLOCK_BYTES * Extents.BLOCK_BYTES;
      while (at < to && !joiner.stopped) {
        at = Math.max(at, Math.min(startAfter(now, at), startAfter(before, at)));
        if (at >= to) {
          break;
        }
        int length = (int) Math.min(BUFFER_BYTES, Math.min(current.size(), endUp(to)) - at);
        if (length <= 0) {
          break;
        }
        ByteBuffer[] buffers = BUFFERS.get();
        ByteBuffer x = load(now, a, buffers[0], at, length);
        ByteBuffer y = load(before, b, buffers[1], at, length);
        compare(x, y, at, from, to, joiner);
        at += length;
      }
    }
    joiner.flush();
  }

  private static long endUp(long to) {
    return (to + Extents.BLOCK_BYTES - 1) / Extents.BLOCK_BYTES * Extents.BLOCK_BYTES;
  }

  /** Where the next data is, at {@code offset} or after it. */
  private static long startAfter(Extents extents, long offset) {
    int index = extents.firstEndingAfter(offset);
    return index == extents.count() ? Long.MAX_VALUE : Math.max(offset, extents.start(index));
  }

  private static ByteBuffer load(
      Extents extents, Image.Reader reader, ByteBuffer buffer, long at, int length)
      throws IOException {
    if (!extents.hasDataIn(at, at + length)) {
      return ZEROS.slice(0, length);
    }
    buffer.clear().limit(length);
    reader.read(buffer, at);
    return buffer.flip();
  }

  private static void compare(
      ByteBuffer x, ByteBuffer y, long at, long from, long to, Joiner joiner) {
    int length = x.limit();
    int block = 0;
    while (block < length && !joiner.stopped) {
      int different = x.slice(block, length - block).mismatch(y.slice(block, length - block));
      if (different < 0) {
        return;
      }
      block += different / Extents.BLOCK_BYTES * Extents.BLOCK_BYTES;
      int bytes = Math.min(Extents.BLOCK_BYTES, length - block);
      boolean clear = x.slice(block, bytes).mismatch(ZEROS.slice(0, bytes)) < 0;
      joiner.add(clear, Math.max(from, at + block), Math.min(to, at + block + bytes));
      block += bytes;
    }
  }

  private static final class Joiner {
    private final Sink sink;
    private boolean stopped;
    private boolean clear;
    private long start = -1;
    private long end;

    Joiner(Sink sink) {
      this.sink = sink;
    }

    void add(boolean isClear, long from, long to) {
      if (from >= to) {
        return;
      }
      if (start >= 0 && clear == isClear && end == from) {
        end = to;
        return;
      }
      flush();
      clear = isClear;
      start = from;
      end = to;
    }

    void flush() {
      if (start >= 0 && !stopped) {
        stopped = !sink.range(clear, start, end);
      }
      start = -1;
    }
  }
}
