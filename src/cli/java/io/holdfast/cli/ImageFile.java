package io.holdfast.cli;

import io.holdfast.failure.Invalid;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointReader;
import io.holdfast.vault.VhdFooter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * A disk as a file. It is written beside its name, as {@code NAME.partial}, and gets its name when
 * it is whole and flushed: whoever sees the name sees the disk. Zeros become holes.
 *
 * @param out the name
 * @param overwrite whether a file of that name is replaced
 */
record ImageFile(Path out, Format format, boolean overwrite) {
  private static final int SECTOR_BYTES = 512;

  /** The forms of {@code --format}, spelt as users type them. */
  enum Format {
    raw,
    vhd
  }

  /** Why the file cannot be written, as far as can be seen before. */
  Optional<String> fault() {
    Path folder = out.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return Optional.of("--out: there is no folder %s".formatted(folder));
    }
    if (!Files.exists(out, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    if (!Files.isRegularFile(out, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.of("--out: %s is not a regular file".formatted(out));
    }
    return overwrite
        ? Optional.empty()
        : Optional.of("--out: %s exists; say --overwrite to replace it".formatted(out));
  }

  /**
   * Writes the disk.
   *
   * @throws Invalid {@code OutputInUse} if another export writes this file, {@code
   *     FormatUnsupported} if the format cannot hold the disk
   */
  void write(
      PointReader reader, PointManifest point, PointManifest.Disk disk, LongConsumer progress)
      throws IOException {
    if (format == Format.vhd && disk.logicalSectorBytes() != SECTOR_BYTES) {
      throw new Invalid(
          "FormatUnsupported",
          "disk %s has sectors of %d bytes, which a VHD cannot hold: use --format raw"
              .formatted(disk.disk(), disk.logicalSectorBytes()));
    }
    Path partial = out.resolveSibling(out.getFileName() + ".partial");
    // An interrupted program leaves nothing behind either.
    Thread remover = new Thread(() -> deleteQuietly(partial));
    try (RandomAccessFile file = new RandomAccessFile(partial.toFile(), "rw");
        FileLock unused = lock(file, partial)) {
      Runtime.getRuntime().addShutdownHook(remover);
      try {
        fill(file, reader, point, disk, progress);
        publish(partial);
      } catch (IOException | RuntimeException e) {
        boolean gone = Files.deleteIfExists(partial);
        throw e;
      } finally {
        boolean removed = Runtime.getRuntime().removeShutdownHook(remover);
      }
    }
  }

  private static FileLock lock(RandomAccessFile file, Path partial) throws IOException {
    Optional<FileLock> lock;
    try {
      lock = Optional.ofNullable(file.getChannel().tryLock());
    } catch (OverlappingFileLockException e) {
      lock = Optional.empty();
    }
    return lock.orElseThrow(
        () ->
            new Invalid(
                "OutputInUse", "another export is writing %s: wait for it".formatted(partial)));
  }

  private void fill(
      RandomAccessFile file,
      PointReader reader,
      PointManifest point,
      PointManifest.Disk disk,
      LongConsumer progress)
      throws IOException {
    file.setLength(0);
    file.setLength(disk.sizeBytes());
    try (SparseFileWriter writer = new SparseFileWriter(file.getChannel())) {
      reader.read(disk, writer::write, progress);
      if (format == Format.vhd) {
        long sectors = (disk.sizeBytes() + SECTOR_BYTES - 1) / SECTOR_BYTES;
        byte[] footer =
            VhdFooter.of(sectors * SECTOR_BYTES, point.time(), point.pointId() + "/" + disk.disk());
        writer.write(sectors * SECTOR_BYTES, ByteBuffer.wrap(footer));
      }
      writer.flush();
    }
  }

  private void publish(Path partial) throws IOException {
    // Without --overwrite a file that came into being meanwhile is not replaced.
    Path unused =
        overwrite
            ? Files.move(
                partial, out, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING)
            : Files.move(partial, out);
  }

  private static void deleteQuietly(Path file) {
    try {
      boolean gone = Files.deleteIfExists(file);
    } catch (IOException e) {
      // The program is ending: all that is left to do is to say which file stays.
      System.err.println("holdfast: could not remove " + file + ": " + e.getMessage());
    }
  }
}
