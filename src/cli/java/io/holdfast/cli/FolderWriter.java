package io.holdfast.cli;

import io.holdfast.failure.Invalid;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The one program that writes points into a vault in a folder, for as long as it runs. The system
 * ends the lock with the program, however that ends.
 */
final class FolderWriter implements AutoCloseable {
  private static final String NAME = ".writer";

  private final FileChannel channel;

  private FolderWriter(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the place of the writer, and removes what killed ones left.
   *
   * @throws Invalid {@code VaultLocked} while another program has it
   */
  static FolderWriter of(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (!locks(channel)) {
      channel.close();
      throw new Invalid(
          "VaultLocked",
          ("another program is writing a point into the vault in %s: wait until it has ended, or give"
                  + " a vault of your own")
              .formatted(folder));
    }
    // Only the names go: an object that has another one stays.
    Path temporaries = folder.resolve(FolderBlobs.TEMPORARY);
    if (Files.isDirectory(temporaries)) {
      try (DirectoryStream<Path> left = Files.newDirectoryStream(temporaries)) {
        for (Path file : left) {
          Files.deleteIfExists(file);
        }
      }
    }
    return new FolderWriter(channel);
  }

  private static boolean locks(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      // This very program has it, in another thread.
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
