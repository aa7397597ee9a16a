package io.holdfast.local.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;

/**
 * Where a disk holds data: sorted, disjoint ranges of bytes that begin at multiples of 4 KiB and
 * end there or at the disk's end. What lies between them is zero; what lies in them may be.
 */
final class Extents {
  static final int BLOCK_BYTES = 4096;
  private final long[] starts;
  private final long[] ends;

  private Extents(long[] starts, long[] ends) {
    this.starts = starts;
    this.ends = ends;
  }

  int count() {
    return starts.length;
  }

  long start(int index) {
    return starts[index];
  }

  /** Exclusive. */
  long end(int index) {
    return ends[index];
  }

  long bytes() {
    long sum = 0;
    for (int i = 0; i < starts.length; i++) {
      sum += ends[i] - starts[i];
    }
    return sum;
  }

  /** The first extent that ends after {@code offset}; {@link #count} when there is none. */
  int firstEndingAfter(long offset) {
    int at = Arrays.binarySearch(ends, offset);
    return at >= 0 ? at + 1 : -at - 1;
  }

  boolean hasDataIn(long from, long to) {
    int index = firstEndingAfter(from);
    return index < starts.length && starts[index] < to;
  }

  /** Writes the list, replaced by rename. */
  void save(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(16 * starts.length);
    for (int i = 0; i < starts.length; i++) {
      bytes.putLong(starts[i]).putLong(ends[i]);
    }
    Path tmp = file.resolveSibling(file.getFileName() + ".tmp");
    Files.write(tmp, bytes.array());
    Files.move(tmp, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  static Extents load(Path file) throws IOException {
    LongBuffer longs = ByteBuffer.wrap(Files.readAllBytes(file)).asLongBuffer();
    Builder builder = new Builder();
    while (longs.hasRemaining()) {
      builder.add(longs.get(), longs.get());
    }
    return builder.build();
  }

  /** Collects extents in offset order and joins neighbours. */
  static final class Builder {
    private long[] starts = new long[16];
    private long[] ends = new long[16];
    private int count;

    void add(long start, long end) {
      if (start >= end || (count > 0 && start < ends[count - 1])) {
        throw new IllegalArgumentException("extent %d-%d out of order".formatted(start, end));
      }
      if (count > 0 && start == ends[count - 1]) {
        ends[count - 1] = end;
        return;
      }
      if (count == starts.length) {
        starts = Arrays.copyOf(starts, 2 * count);
        ends = Arrays.copyOf(ends, 2 * count);
      }
      starts[count] = start;
      ends[count++] = end;
    }

    Extents build() {
      return new Extents(Arrays.copyOf(starts, count), Arrays.copyOf(ends, count));
    }
  }
}
