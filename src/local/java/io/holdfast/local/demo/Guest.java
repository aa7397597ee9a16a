package io.holdfast.local.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/** What the guest does: file systems and files on its disks, made with the machine's own tools. */
final class Guest {
  private static final int MIB = 1 << 20;
  private static final int FILES = 12;
  private static final int FILE_MIB = 10;
  private static final int CHANGE_BYTES = 3 * MIB / 2;

  private final Tools tools;
  private final Path scratch;
  private final Random random = new Random(20261123);

  /**
   * @param scratch an empty folder for files on their way to the disks
   */
  Guest(Tools tools, Path scratch) {
    this.tools = tools;
    this.scratch = scratch;
  }

  /** Fills a disk with ext4, or says why not; returns what it did. */
  String fillExt4(Path disk) throws DemoFailure, IOException, InterruptedException {
    if (!tools.have("mke2fs")) {
      return fillPlain(disk) + ": mke2fs is not here (Debian: apt-get install e2fsprogs)";
    }
    Path tree = writeTree("ext4");
    tools.run("mke2fs", "-q", "-F", "-t", "ext4", "-L", "demo-os", "-d", tree + "", disk + "");
    return "ext4 with %d files, %d MiB (mke2fs)".formatted(FILES, FILES * FILE_MIB);
  }

  /** Fills a disk with NTFS, or says why not; returns what it did. */
  String fillNtfs(Path disk) throws DemoFailure, IOException, InterruptedException {
    if (!tools.have("mkntfs", "ntfscp")) {
      return fillPlain(disk) + ": mkntfs is not here (Debian: apt-get install ntfs-3g)";
    }
    Path tree = writeTree("ntfs");
    tools.run("mkntfs", "-q", "-F", "-Q", "-L", "demo-data", disk.toString());
    for (int i = 0; i < FILES; i++) {
      tools.run("ntfscp", "-q", disk.toString(), tree.resolve("file" + i).toString(), "file" + i);
    }
    return "NTFS with %d files, %d MiB (mkntfs, ntfscp)".formatted(FILES, FILES * FILE_MIB);
  }

  /** Writes a little into a disk, as a running guest would; returns what it did. */
  String change(Path disk, String fileSystem)
      throws DemoFailure, IOException, InterruptedException {
    if (fileSystem.startsWith("ext4") && tools.have("debugfs")) {
      Path file = Files.write(scratch.resolve("new.bin"), randomBytes(CHANGE_BYTES));
      tools.run("debugfs", "-w", "-R", "write " + file + " /new.bin", disk.toString());
      return "a new file of 1.5 MiB in ext4 (debugfs)";
    }
    if (fileSystem.startsWith("NTFS")) {
      Path file = Files.write(scratch.resolve("new.bin"), randomBytes(CHANGE_BYTES));
      tools.run("ntfscp", "-q", disk.toString(), file.toString(), "new.bin");
      return "a new file of 1.5 MiB in NTFS (ntfscp)";
    }
    try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
      for (long mib : new long[] {17, 93, 201}) {
        // Off the chunk boundaries on purpose.
        writeAll(channel, ByteBuffer.wrap(randomBytes(CHANGE_BYTES / 3)), mib * MIB + 12_345);
      }
    }
    return "1.5 MiB in three places";
  }

  private String fillPlain(Path disk) throws IOException {
    try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.WRITE)) {
      for (int file = 0; file < FILES; file++) {
        for (int part = 0; part < FILE_MIB; part++) {
          ByteBuffer bytes = ByteBuffer.wrap(content(file, MIB));
          writeAll(channel, bytes, (1L + (long) file * (FILE_MIB + 8) + part) * MIB);
        }
      }
    }
    return "%d MiB of random and text data without a file system".formatted(FILES * FILE_MIB);
  }

  private Path writeTree(String name) throws IOException {
    Path tree = Files.createDirectories(scratch.resolve(name));
    for (int file = 0; file < FILES; file++) {
      try (OutputStream out = Files.newOutputStream(tree.resolve("file" + file))) {
        for (int part = 0; part < FILE_MIB; part++) {
          out.write(content(file, MIB));
        }
      }
    }
    return tree;
  }

  /** Random bytes, which do not compress, and log lines, which do, by turns. */
  private byte[] content(int file, int bytes) {
    if (file % 2 == 0) {
      return randomBytes(bytes);
    }
    StringBuilder text = new StringBuilder(bytes + 100);
    while (text.length() < bytes) {
      text.append("2026-11-23 INFO request ").append(random.nextInt(1_000_000));
      text.append(" served in ").append(random.nextInt(1000)).append(" ms\n");
    }
    return text.substring(0, bytes).getBytes(StandardCharsets.US_ASCII);
  }

  private byte[] randomBytes(int bytes) {
    byte[] filled = new byte[bytes];
    random.nextBytes(filled);
    return filled;
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes, long offset)
      throws IOException {
    long at = offset;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }
}
