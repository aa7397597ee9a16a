package io.holdfast.local.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * The bytes of one disk or snapshot. Everything above reads disks through this class only: a later
 * synthetic image (seed and extents, for disks that no file can hold) takes its place here.
 */
final class Image {
  private final Path file;
  private final long size;
  private final Extents known;

  /**
   * @param known where data is, or null for a live disk, which is scanned at each question
   */
  Image(Path file, long size, Extents known) {
    this.file = file;
    this.size = size;
    this.known = known;
  }

  /** Bytes, without a footer. */
  long size() {
    return size;
  }

  Extents extents() {
    try {
      return known != null ? known : SparseFile.extents(file, size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** True for bytes that are known to be zero without reading; a live disk knows none. */
  boolean isHole(long from, long to) {
    return known != null && !known.hasDataIn(from, to);
  }

  Reader open() throws IOException {
    return new Reader(FileChannel.open(file, StandardOpenOption.READ));
  }

  /** Writes into a live disk. */
  void write(ByteBuffer bytes, long offset) throws IOException {
    try (FileChannel out = FileChannel.open(file, StandardOpenOption.WRITE)) {
      SparseFile.writeFully(out, bytes, offset);
    }
  }

  /**
   * Copies this image into a new file with the same holes; the file has its name once it is whole.
   */
  Extents copyTo(Path to) {
    Path part = to.resolveSibling(UUID.randomUUID() + DiskFiles.PART);
    try {
      Extents copied = SparseFile.copy(file, part, size);
      Files.move(part, to);
      return copied;
    } catch (IOException e) {
      try {
        Files.deleteIfExists(part);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw new UncheckedIOException("cannot copy " + file + " to " + to, e);
    }
  }

  /** Reads of one request. Not for two threads. */
  final class Reader implements AutoCloseable {
    private final FileChannel channel;

    private Reader(FileChannel channel) {
      this.channel = channel;
    }

    /** Fills the buffer; bytes past the end of the disk read as zero. */
    void read(ByteBuffer buffer, long offset) throws IOException {
      int limit = buffer.limit();
      long here = Math.max(0, Math.min(buffer.remaining(), size - offset));
      buffer.limit(buffer.position() + (int) here);
      SparseFile.readFully(channel, buffer, offset);
      buffer.limit(limit);
      while (buffer.remaining() >= Long.BYTES) {
        buffer.putLong(0);
      }
      while (buffer.hasRemaining()) {
        buffer.put((byte) 0);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
