package io.holdfast.cli;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import java.nio.file.Path;
import java.util.BitSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a file has data. Java cannot ask, so on Linux {@code lseek} with {@code SEEK_DATA} and
 * {@code SEEK_HOLE} is called through JNA: a terabyte of hole costs one call instead of minutes of
 * reading zeros. Where that is not to be had, all of the file counts as data.
 */
final class FileHoles {
  private static final Logger LOG = LoggerFactory.getLogger(FileHoles.class);
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int ENXIO = 6;

  private FileHoles() {}

  private static native int open(String path, int flags);

  private static native int close(int fd);

  private static native long lseek(int fd, long offset, int whence);

  /** The chunks of the first {@code sizeBytes} that are not one hole. */
  static BitSet chunksWithData(Path file, long sizeBytes, int chunkBytes) {
    int count = Math.toIntExact((sizeBytes - 1) / chunkBytes + 1);
    BitSet all = new BitSet(count);
    all.set(0, count);
    if (!Platform.isLinux() || !Platform.is64Bit()) {
      return all;
    }
    try {
      Native.register(FileHoles.class, Platform.C_LIBRARY_NAME);
    } catch (LinkageError e) {
      LOG.debug("no lseek through JNA: {} is read with its holes", file, e);
      return all;
    }
    int fd = open(file.toString(), 0);
    if (fd < 0) {
      return all;
    }
    try {
      return seek(fd, sizeBytes, chunkBytes, all);
    } finally {
      int unused = close(fd);
    }
  }

  private static BitSet seek(int fd, long sizeBytes, int chunkBytes, BitSet all) {
    BitSet chunks = new BitSet();
    long at = 0;
    while (at < sizeBytes) {
      long data = lseek(fd, at, SEEK_DATA);
      if (data < 0) {
        // Behind the last data there is no more; any other answer is from what knows no holes.
        return Native.getLastError() == ENXIO ? chunks : all;
      }
      if (data >= sizeBytes) {
        return chunks;
      }
      long hole = lseek(fd, data, SEEK_HOLE);
      if (hole <= data) {
        return all;
      }
      long end = Math.min(hole, sizeBytes);
      chunks.set((int) (data / chunkBytes), (int) ((end - 1) / chunkBytes) + 1);
      // What else the chunk has is read with it.
      at = ((end - 1) / chunkBytes + 1) * (long) chunkBytes;
    }
    return chunks;
  }
}
