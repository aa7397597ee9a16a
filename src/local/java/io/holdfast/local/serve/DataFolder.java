package io.holdfast.local.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Removing a stack's folder, which must not be in use. */
public final class DataFolder {
  private static final Duration FORMER_CHILDREN_MAX = Duration.ofSeconds(30);

  private DataFolder() {}

  /**
   * Removes a folder and all that is in it.
   *
   * @param data the stack's data folder inside it
   * @throws StackFailure where a stack runs on it
   */
  public static void clear(Path folder, Path data) throws StackFailure, InterruptedException {
    if (!Files.exists(folder)) {
      return;
    }
    if (Files.exists(data)) {
      try (DataLock lock = DataLock.take(data)) {
        lock.awaitFormerChildren(FORMER_CHILDREN_MAX);
      } catch (IOException e) {
        throw new StackFailure("Cannot unlock %s: %s".formatted(data, e), e);
      }
    }
    try (Stream<Path> all = Files.walk(folder)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new StackFailure("Cannot remove %s: %s".formatted(folder, e), e);
    }
  }
}
