package io.holdfast.local.serve;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One child process. Its standard input is a pipe that nobody writes to: it ends when this process
 * is gone, and the child watches that.
 */
final class Child {
  private final String name;
  private final Path log;
  private final List<String> command;
  private final Map<String, String> environment;
  private Process process;
  private long startNanos;
  private int startsInARow;

  Child(String name, Path logs, List<String> command, Map<String, String> environment) {
    this.name = name;
    this.log = logs.resolve(name + ".log");
    this.command = List.copyOf(command);
    this.environment = Map.copyOf(environment);
  }

  /** Starts the process; both its outputs go to the end of its log. */
  Process start() throws StackFailure {
    try {
      Files.createDirectories(log.getParent());
      Files.writeString(
          log,
          "%n--- %s started at %s%n".formatted(name, Instant.now()),
          java.nio.file.StandardOpenOption.CREATE,
          java.nio.file.StandardOpenOption.APPEND);
      File file = log.toFile();
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(file));
      builder.environment().putAll(environment);
      process = builder.start();
      startNanos = System.nanoTime();
      startsInARow++;
      return process;
    } catch (IOException e) {
      throw new StackFailure("Cannot start %s (%s): %s".formatted(name, command.get(0), e), e);
    }
  }

  String name() {
    return name;
  }

  Path log() {
    return log;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** Starts without a longer life between them, the latest included. */
  int startsInARow() {
    return startsInARow;
  }

  /** Its next start counts as the first. */
  void forgive() {
    startsInARow = 0;
  }

  /** Whether the process that ended had run that long; if so its next start counts as the first. */
  boolean hadRun(Duration time) {
    boolean longEnough = System.nanoTime() - startNanos >= time.toNanos();
    if (longEnough) {
      forgive();
    }
    return longEnough;
  }

  /**
   * Asks the process to end and waits.
   *
   * @return whether it has ended
   */
  boolean stop(Duration most) throws InterruptedException {
    if (!isAlive()) {
      return true;
    }
    process.destroy();
    return process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Ends the process at once; not for one that holds state in memory. */
  void kill() {
    process.destroyForcibly();
  }
}
