package io.holdfast.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;

/**
 * Bytes, rate and time left of one long work, on the error stream: a bar on a terminal, else a line
 * now and then. Work that is over in two seconds shows nothing. Safe for several threads.
 */
final class Progress implements AutoCloseable {
  private static final Duration QUIET = Duration.ofSeconds(2);
  private static final Duration LINE_EVERY = Duration.ofSeconds(10);
  private static final int REDRAW_MILLIS = 250;

  private final Console console;
  private final InstantSource clock;
  private final String task;
  private final long totalBytes;
  private final Instant start;
  private final AtomicLong done = new AtomicLong();
  private Instant nextLine;
  private ProgressBar bar;

  /**
   * @param totalBytes -1 when it is not known
   */
  Progress(Console console, InstantSource clock, String task, long totalBytes) {
    this.console = console;
    this.clock = clock;
    this.task = task;
    this.totalBytes = totalBytes;
    this.start = clock.instant();
    this.nextLine = start.plus(LINE_EVERY);
  }

  void add(long bytes) {
    long now = done.addAndGet(bytes);
    Instant time = clock.instant();
    if (Duration.between(start, time).compareTo(QUIET) >= 0) {
      show(now, time);
    }
  }

  private synchronized void show(long bytes, Instant time) {
    if (console.terminal()) {
      if (bar == null) {
        bar =
            new ProgressBarBuilder()
                .setTaskName(task)
                .setInitialMax(totalBytes)
                .setUnit(" MiB", 1 << 20)
                .setUpdateIntervalMillis(REDRAW_MILLIS)
                .showSpeed()
                .startsFrom(0, Duration.between(start, time))
                .build();
      }
      ProgressBar unused = bar.stepTo(bytes);
    } else if (!time.isBefore(nextLine)) {
      nextLine = time.plus(LINE_EVERY);
      console.note(line(bytes, time));
    }
  }

  private String line(long bytes, Instant time) {
    long millis = Math.max(1, Duration.between(start, time).toMillis());
    String rate = Console.size(bytes * 1000 / millis) + "/s";
    if (totalBytes < 0) {
      return "%s: %s, %s".formatted(task, Console.size(bytes), rate);
    }
    long secondsLeft =
        bytes == 0 ? 0 : (long) ((double) millis / bytes * (totalBytes - bytes)) / 1000;
    return "%s: %s of %s, %s, about %d s left"
        .formatted(task, Console.size(bytes), Console.size(totalBytes), rate, secondsLeft);
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
