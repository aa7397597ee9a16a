package io.holdfast.local.sim;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Raw disk files with holes. Java cannot ask for holes, so on Linux lseek(SEEK_DATA, SEEK_HOLE) is
 * called through JNA (a terabyte of hole costs one call); elsewhere the file is read and zero
 * blocks are taken for holes.
 */
final class SparseFile {
  private static final Logger LOG = LoggerFactory.getLogger(SparseFile.class);
  private static final int BUFFER_BYTES = 1 << 20;
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));
  private static final boolean SEEKS = LibC.load();

  private SparseFile() {}

  /** Makes a file of {@code size} bytes that is one hole. */
  static void create(Path file, long size) throws IOException {
    Files.createFile(file);
    resize(file, size);
  }

  static void resize(Path file, long size) throws IOException {
    try (RandomAccessFile raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(size);
    }
  }

  /** Where the first {@code size} bytes of the file hold data. */
  static Extents extents(Path file, long size) throws IOException {
    return SEEKS ? LibC.extents(file, size) : readForExtents(file, size);
  }

  /**
   * Copies the data of the first {@code size} bytes into a new file with the same holes.
   *
   * @return where the copy holds data
   */
  static Extents copy(Path from, Path to, long size) throws IOException {
    Extents extents = extents(from, size);
    create(to, size);
    ByteBuffer buffer = BUFFER.get();
    try (FileChannel in = FileChannel.open(from, StandardOpenOption.READ);
        FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE)) {
      for (int i = 0; i < extents.count(); i++) {
        long at = extents.start(i);
        while (at < extents.end(i)) {
          buffer.clear().limit((int) Math.min(buffer.capacity(), extents.end(i) - at));
          int length = buffer.limit();
          readFully(in, buffer, at);
          buffer.flip();
          writeFully(out, buffer, at);
          at += length;
        }
      }
    }
    return extents;
  }

  /** Fills {@code buffer} from {@code offset}; the file must reach that far. */
  static void readFully(FileChannel in, ByteBuffer buffer, long offset) throws IOException {
    long at = offset;
    while (buffer.hasRemaining()) {
      int count = in.read(buffer, at);
      if (count < 0) {
        throw new EOFException("a disk file ends at %d, before its size".formatted(at));
      }
      at += count;
    }
  }

  static void writeFully(FileChannel out, ByteBuffer buffer, long offset) throws IOException {
    long at = offset;
    while (buffer.hasRemaining()) {
      at += out.write(buffer, at);
    }
  }

  /** The way without lseek: zero blocks count as holes. */
  static Extents readForExtents(Path file, long size) throws IOException {
    Extents.Builder extents = new Extents.Builder();
    ByteBuffer buffer = BUFFER.get();
    ByteBuffer zeros = ByteBuffer.allocate(Extents.BLOCK_BYTES);
    try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
      for (long at = 0; at < size; at += BUFFER_BYTES) {
        int length = (int) Math.min(BUFFER_BYTES, size - at);
        buffer.clear().limit(length);
        readFully(in, buffer, at);
        for (int block = 0; block < length; block += Extents.BLOCK_BYTES) {
          int bytes = Math.min(Extents.BLOCK_BYTES, length - block);
          if (buffer.slice(block, bytes).mismatch(zeros.slice(0, bytes)) >= 0) {
            extents.add(at + block, at + block + bytes);
          }
        }
      }
    }
    return extents.build();
  }

  /** The three C calls; direct mapping, since a fragmented disk takes tens of thousands of them. */
  private static final class LibC {
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int ENXIO = 6;

    private LibC() {}

    private static native int open(String path, int flags);

    private static native int close(int fd);

    private static native long lseek(int fd, long offset, int whence);

    static boolean load() {
      if (!Platform.isLinux() || !Platform.is64Bit()) {
        return false;
      }
      try {
        Native.register(LibC.class, Platform.C_LIBRARY_NAME);
        return true;
      } catch (LinkageError e) {
        LOG.warn("No lseek through JNA: holes of disk files are found by reading them.", e);
        return false;
      }
    }

    static Extents extents(Path file, long size) throws IOException {
      int fd = open(file.toString(), 0);
      if (fd < 0) {
        throw new IOException("cannot open " + file + ", errno " + Native.getLastError());
      }
      try {
        Extents.Builder extents = new Extents.Builder();
        long at = 0;
        while (at < size) {
          long data = lseek(fd, at, SEEK_DATA);
          if (data < 0 && Native.getLastError() == ENXIO) {
            break; // only a hole is left
          }
          long hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
          if (hole < 0) {
            throw new IOException("cannot seek in " + file + ", errno " + Native.getLastError());
          }
          if (data >= size) {
            break;
          }
          long start = Math.max(at, data / Extents.BLOCK_BYTES * Extents.BLOCK_BYTES);
          long end = (hole + Extents.BLOCK_BYTES - 1) / Extents.BLOCK_BYTES * Extents.BLOCK_BYTES;
          at = Math.min(size, end);
          extents.add(start, at);
        }
        return extents.build();
      } finally {
        close(fd);
      }
    }
  }
}
