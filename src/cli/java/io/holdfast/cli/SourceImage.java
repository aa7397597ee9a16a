package io.holdfast.cli;

import io.holdfast.disk.DiskReader;
import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.vault.VhdFooter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A disk that is a file, a block device, or a fixed VHD, whose footer is no part of the disk.
 * Images of other forms are refused: their bytes are not those of the disk.
 */
final class SourceImage implements DiskReader, AutoCloseable {
  private static final int FOOTER_BYTES = 512;
  private static final int FOOTER_TYPE_AT = 60;
  private static final int FOOTER_SIZE_AT = 48;
  private static final int TYPE_FIXED = 2;
  private static final int MAGIC_BYTES = 8;

  private final Path file;
  private final FileChannel channel;
  private final long sizeBytes;

  private SourceImage(Path file, FileChannel channel, long sizeBytes) {
    this.file = file;
    this.channel = channel;
    this.sizeBytes = sizeBytes;
  }

  /**
   * Opens a disk to read it.
   *
   * @throws Invalid {@code ImageUnsupported} if it is empty or of a form that has to be converted
   */
  static SourceImage open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      // Of a block device only the channel knows the size.
      long bytes = channel.size();
      if (bytes == 0) {
        throw unsupported(file, "it is empty");
      }
      refuseOtherForms(file, channel, bytes);
      long footer = isFixedVhd(file, channel, bytes) ? FOOTER_BYTES : 0;
      return new SourceImage(file, channel, bytes - footer);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static Invalid unsupported(Path file, String why) {
    return new Invalid("ImageUnsupported", "%s is no disk to back up: %s".formatted(file, why));
  }

  private static void refuseOtherForms(Path file, FileChannel channel, long bytes)
      throws IOException {
    String magic = text(channel, 0, (int) Math.min(MAGIC_BYTES, bytes));
    String form =
        magic.startsWith("QFI\u00fb")
            ? "a qcow2 image"
            : magic.equals("vhdxfile")
                ? "a VHDX"
                : magic.equals("conectix")
                    ? "a dynamic VHD"
                    : magic.startsWith("KDMV") ? "a VMDK" : "";
    if (!form.isEmpty()) {
      throw unsupported(
          file, "it is %s; convert it first: qemu-img convert -O raw IN OUT".formatted(form));
    }
  }

  private static boolean isFixedVhd(Path file, FileChannel channel, long bytes) throws IOException {
    if (bytes <= FOOTER_BYTES
        || !text(channel, bytes - FOOTER_BYTES, MAGIC_BYTES).equals("conectix")) {
      return false;
    }
    ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES);
    readFully(channel, bytes - FOOTER_BYTES, footer);
    if (!VhdFooter.isSound(footer.array())) {
      // The bytes of a disk that happen to look like one: a raw image keeps all of them.
      return false;
    }
    int type = footer.getInt(FOOTER_TYPE_AT);
    if (type != TYPE_FIXED) {
      throw unsupported(file, "it ends as a VHD of type %d, not as a fixed one".formatted(type));
    }
    long size = footer.getLong(FOOTER_SIZE_AT);
    if (size != bytes - FOOTER_BYTES) {
      throw unsupported(
          file,
          "it ends as a fixed VHD of %d bytes, but has %d before its footer: it was cut or grown"
              .formatted(size, bytes - FOOTER_BYTES));
    }
    return true;
  }

  private static String text(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    readFully(channel, offset, bytes);
    return new String(bytes.array(), StandardCharsets.ISO_8859_1);
  }

  private static void readFully(FileChannel channel, long offset, ByteBuffer target)
      throws IOException {
    long at = offset;
    while (target.hasRemaining()) {
      int count = channel.read(target, at);
      if (count < 0) {
        throw new IOException("it ends at %d, %d bytes short".formatted(at, target.remaining()));
      }
      at += count;
    }
  }

  Path file() {
    return file;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    try {
      readFully(channel, offset, target);
    } catch (IOException e) {
      throw new Unavailable("cannot read %s at %d: %s".formatted(file, offset, e.getMessage()), e);
    }
  }

  @Override
  public long allocated(long offset, long length, Extents into) {
    long end = Math.min(offset + length, sizeBytes);
    long pages = (end - offset + Extent.PAGE_BYTES - 1) / Extent.PAGE_BYTES;
    into.take(new Extent(offset, pages * Extent.PAGE_BYTES, false));
    return end;
  }

  @Override
  public long changed(DiskReader base, long offset, long length, Extents into) throws DiffRefused {
    throw new DiffRefused("a file does not know what changed in it: give --ranges");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
