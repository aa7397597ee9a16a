package io.holdfast.e2e;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Raw disk files with holes: copied, compared and punched without a look at what is a hole. Where
 * the system gives no holes (it is not Linux), all of a file counts as data.
 */
final class Sparse {
  static final int CHUNK_BYTES = 4 << 20;
  private static final int BLOCK_BYTES = 1 << 20;
  private static final boolean HOLES = LibC.load();

  private Sparse() {}

  /** A range of a disk, in bytes. */
  record Range(long offset, long length) {
    long end() {
      return offset + length;
    }
  }

  /** Whether holes can be punched here. */
  static boolean punches() {
    return HOLES;
  }

  /** Discards ranges, as a guest's TRIM does: they become holes and read as zeros. */
  static void punch(Path file, List<Range> ranges) throws IOException {
    int fd = LibC.open(file.toString(), LibC.READ_WRITE);
    try {
      for (Range range : ranges) {
        int mode = LibC.KEEP_SIZE | LibC.PUNCH_HOLE;
        if (fd < 0 || LibC.fallocate(fd, mode, range.offset(), range.length()) != 0) {
          throw new IOException("no hole in %s, errno %d".formatted(file, Native.getLastError()));
        }
      }
    } finally {
      LibC.close(fd);
    }
  }

  /** Copies data only: the copy has the same bytes and the same holes. */
  static void copy(Path from, Path to) throws IOException {
    long size = Files.size(from);
    try (RandomAccessFile made = new RandomAccessFile(to.toFile(), "rw")) {
      made.setLength(size);
    }
    ByteBuffer buffer = ByteBuffer.allocate(BLOCK_BYTES);
    try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE)) {
      for (Range range : data(from)) {
        for (long at = range.offset(); at < range.end(); at += BLOCK_BYTES) {
          read(in, buffer, at, range.end());
          write(out, buffer.flip(), at);
        }
      }
    }
  }

  /**
   * Compares the bytes of two files; what both have as holes is zeros in both.
   *
   * @return offset of the first block that differs, or of the shorter one's end; -1 if none does
   */
  static long mismatch(Path one, Path other) throws IOException {
    if (Files.size(one) != Files.size(other)) {
      return Math.min(Files.size(one), Files.size(other));
    }
    long[] first = {-1};
    walk(one, other, (at, left, right) -> first[0] = first[0] < 0 ? at : Math.min(first[0], at));
    return first[0];
  }

  /** The chunks of 4 MiB in which two files of one size differ. */
  static BitSet changedChunks(Path one, Path other) throws IOException {
    BitSet changed = new BitSet();
    walk(one, other, (at, left, right) -> changed.set((int) (at / CHUNK_BYTES)));
    return changed;
  }

  /** Told of a block that differs. */
  private interface Difference {
    void at(long offset, byte[] left, byte[] right);
  }

  private static void walk(Path one, Path other, Difference difference) throws IOException {
    long size = Files.size(one);
    BitSet blocks = new BitSet();
    for (Path each : List.of(one, other)) {
      for (Range range : data(each)) {
        blocks.set(
            (int) (range.offset() / BLOCK_BYTES), (int) ((range.end() - 1) / BLOCK_BYTES) + 1);
      }
    }
    ByteBuffer left = ByteBuffer.allocate(BLOCK_BYTES);
    ByteBuffer right = ByteBuffer.allocate(BLOCK_BYTES);
    try (FileChannel first = FileChannel.open(one, StandardOpenOption.READ);
        FileChannel second = FileChannel.open(other, StandardOpenOption.READ)) {
      for (int block = blocks.nextSetBit(0); block >= 0; block = blocks.nextSetBit(block + 1)) {
        long at = (long) block * BLOCK_BYTES;
        read(first, left, at, size);
        read(second, right, at, size);
        if (left.flip().mismatch(right.flip()) >= 0) {
          difference.at(at, left.array(), right.array());
        }
      }
    }
  }

  /** Where a file has data: everywhere else are zeros. */
  static List<Range> data(Path file) throws IOException {
    long size = Files.size(file);
    if (!HOLES) {
      return size == 0 ? List.of() : List.of(new Range(0, size));
    }
    int fd = LibC.open(file.toString(), 0);
    try {
      List<Range> ranges = new ArrayList<>();
      long at = 0;
      while (at < size) {
        long data = LibC.lseek(fd, at, LibC.SEEK_DATA);
        if (data < 0 && Native.getLastError() == LibC.ENXIO) {
          return ranges;
        }
        long hole = data < 0 ? -1 : LibC.lseek(fd, data, LibC.SEEK_HOLE);
        if (hole < 0) {
          throw new IOException("no seek in %s, errno %d".formatted(file, Native.getLastError()));
        }
        ranges.add(new Range(data, hole - data));
        at = hole;
      }
      return ranges;
    } finally {
      LibC.close(fd);
    }
  }

  /** Writes bytes at an offset, as a guest does. */
  static void write(Path file, long offset, byte[] bytes) throws IOException {
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      write(out, ByteBuffer.wrap(bytes), offset);
    }
  }

  static void write(FileChannel out, ByteBuffer bytes, long offset) throws IOException {
    long at = offset;
    while (bytes.hasRemaining()) {
      at += out.write(bytes, at);
    }
  }

  /** Whether a range of a file reads as zeros. */
  static boolean isZero(Path file, Range range) throws IOException {
    byte[] zeros = new byte[BLOCK_BYTES];
    ByteBuffer buffer = ByteBuffer.allocate(BLOCK_BYTES);
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      for (Range data : data(file)) {
        long end = Math.min(data.end(), range.end());
        for (long at = Math.max(data.offset(), range.offset()); at < end; at += BLOCK_BYTES) {
          read(in, buffer, at, end);
          if (Arrays.mismatch(buffer.array(), 0, buffer.position(), zeros, 0, buffer.position())
              >= 0) {
            return false;
          }
        }
      }
      return true;
    }
  }

  private static void read(FileChannel in, ByteBuffer buffer, long offset, long end)
      throws IOException {
    buffer.clear().limit((int) Math.min(buffer.capacity(), end - offset));
    long at = offset;
    while (buffer.hasRemaining()) {
      int count = in.read(buffer, at);
      if (count < 0) {
        return;
      }
      at += count;
    }
  }

  /** Calls that Java does not offer. */
  private static final class LibC {
    static final int READ_WRITE = 2;
    static final int KEEP_SIZE = 1;
    static final int PUNCH_HOLE = 2;
    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;
    static final int ENXIO = 6;

    private LibC() {}

    static native int open(String path, int flags);

    static native int close(int fd);

    static native long lseek(int fd, long offset, int whence);

    static native int fallocate(int fd, int mode, long offset, long length);

    static boolean load() {
      if (!Platform.isLinux() || !Platform.is64Bit()) {
        return false;
      }
      Native.register(LibC.class, Platform.C_LIBRARY_NAME);
      return true;
    }
  }
}
