package io.holdfast.local.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Follows a job to its end, with a progress line per disk: bytes, rate and time left. */
final class JobWatch {
  private static final Set<String> GOOD = Set.of("Completed", "CompletedWithWarnings");
  private static final Set<String> BAD = Set.of("Failed", "Cancelled");
  private static final int PAUSE_MILLIS = 200;
  private static final int PLAIN_PAUSE_MILLIS = 1000;
  private static final int COLUMNS = 100;
  private static final long MIB = 1 << 20;

  private final JsonClient http;
  private final PrintStream out;
  private final boolean terminal;

  /**
   * @param terminal whether lines can be drawn over; else a line is printed now and then
   */
  JobWatch(JsonClient http, PrintStream out, boolean terminal) {
    this.http = http;
    this.out = out;
    this.terminal = terminal;
  }

  /** The job as it ended, if it ended well; {@link DemoFailure} with its error otherwise. */
  JsonNode await(String jobUrl, Duration most) throws DemoFailure, InterruptedException {
    long deadlineNanos = System.nanoTime() + most.toNanos();
    Map<String, ProgressBar> bars = new LinkedHashMap<>();
    try {
      for (boolean first = true; ; first = false) {
        JsonNode job = http.get(jobUrl);
        String status = job.path("status").asText();
        if (!first || !GOOD.contains(status)) {
          // What had ended before the first look needs no progress line.
          job.path("disks").forEach(disk -> show(bars, disk));
        }
        if (GOOD.contains(status)) {
          return job;
        }
        if (BAD.contains(status)) {
          throw new DemoFailure("Job %s is %s: %s".formatted(jobUrl, status, job.path("error")));
        }
        if (System.nanoTime() > deadlineNanos) {
          throw new DemoFailure(
              "Job %s is still %s after %d s".formatted(jobUrl, status, most.toSeconds()));
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } finally {
      bars.values().stream()
          .filter(bar -> bar.getCurrent() < bar.getMax())
          .forEach(ProgressBar::close);
    }
  }

  private void show(Map<String, ProgressBar> bars, JsonNode disk) {
    long total = disk.path("bytesTotal").asLong(0);
    if (total <= 0) {
      return;
    }
    ProgressBar bar =
        bars.computeIfAbsent(disk.path("disk").asText(), name -> bar("   " + name, total));
    if (bar.getCurrent() < total) {
      bar.maxHint(total);
      bar.stepTo(Math.min(total, disk.path("bytesRead").asLong()));
      if (bar.getCurrent() >= total) {
        // Closed when its disk is done, so that its rate is not that of the steps that follow.
        bar.close();
      }
    }
  }

  private ProgressBar bar(String name, long total) {
    ProgressBarBuilder builder =
        new ProgressBarBuilder()
            .setTaskName(name)
            .setInitialMax(total)
            .setUnit(" MiB", MIB)
            .setStyle(ProgressBarStyle.ASCII)
            .showSpeed(new DecimalFormat("0.0", DecimalFormatSymbols.getInstance(Locale.ROOT)));
    if (terminal) {
      return builder.setUpdateIntervalMillis(PAUSE_MILLIS).setMaxRenderedLength(COLUMNS).build();
    }
    return builder
        .setUpdateIntervalMillis(PLAIN_PAUSE_MILLIS)
        .setConsumer(new DelegatingProgressBarConsumer(new Plain()::print, COLUMNS))
        .build();
  }

  /** One bar's lines; its timer and its end may both render the full bar, which is printed once. */
  private final class Plain {
    private boolean full;

    synchronized void print(String line) {
      if (!full) {
        full = line.contains("100%");
        out.println(line.stripTrailing());
      }
    }
  }
}
