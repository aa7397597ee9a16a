package io.holdfast.local.host;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;

/** Waits for what happens elsewhere. */
public final class Waiting {
  private Waiting() {}

  public static void until(String what, Duration most, Callable<Boolean> condition)
      throws Exception {
    long deadlineNanos = System.nanoTime() + most.toNanos();
    while (!condition.call()) {
      if (System.nanoTime() > deadlineNanos) {
        fail("not within %s: %s", most, what);
      }
      Thread.sleep(20);
    }
  }

  /** The lines of a file that begin so; none where it is missing. */
  public static List<String> lines(Path file, String start) throws IOException {
    if (!Files.exists(file)) {
      return List.of();
    }
    return Files.readAllLines(file).stream().filter(line -> line.startsWith(start)).toList();
  }
}
