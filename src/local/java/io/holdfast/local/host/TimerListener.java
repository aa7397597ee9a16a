package io.holdfast.local.host;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * One timer-triggered function. Occurrences never overlap: the next one is reckoned when a run has
 * ended. Not run at the start, except once for what was missed while no host ran.
 */
final class TimerListener {
  private static final Logger LOG = Logger.getLogger(TimerListener.class.getName());

  /** Waits are cut into pieces, so that a machine's sleep or clock change is seen soon. */
  private static final long WAIT_MILLIS_MAX = 30_000;

  private final LoadedFunction function;
  private final TimerSchedule schedule;
  private final Path statusFile;
  private final InstantSource time;
  private final HostRuntime runtime;
  private TimerStatus status;
  private boolean stopping;
  private boolean busy;

  TimerListener(
      LoadedFunction function,
      TimerSchedule schedule,
      Path statusFile,
      InstantSource time,
      HostRuntime runtime) {
    this.function = function;
    this.schedule = schedule;
    this.statusFile = statusFile;
    this.time = time;
    this.runtime = runtime;
  }

  synchronized void start() {
    Instant now = time.instant();
    status = saved().map(found -> resumed(found, now)).orElseGet(() -> fresh(now));
    save();
    if (status.next().isBefore(now)) {
      LOG.info("%s missed %s: runs now".formatted(function.name(), status.next()));
      busy = true;
      runtime.workers().execute(() -> run(true));
    } else {
      waitOn();
    }
  }

  /** Takes the next occurrence from the schedule as it is now, which may have been changed. */
  private TimerStatus resumed(TimerStatus found, Instant now) {
    Instant from = found.last() == null ? found.updated() : found.last();
    return new TimerStatus(found.last(), schedule.next(from), now);
  }

  private TimerStatus fresh(Instant now) {
    return new TimerStatus(null, schedule.next(now), now);
  }

  synchronized void stop() {
    stopping = true;
  }

  /** Waits until the occurrence that runs has ended, or until the deadline. */
  synchronized void drain(long deadlineNanos) throws InterruptedException {
    while (busy && deadlineNanos - System.nanoTime() > 0) {
      wait(Math.max(1, (deadlineNanos - System.nanoTime()) / 1_000_000));
    }
  }

  /** What the function gets as its timer text. */
  synchronized String info(boolean pastDue) {
    ObjectNode info = Json.MAPPER.createObjectNode();
    info.putObject("Schedule").put("AdjustForDST", true);
    info.set("ScheduleStatus", status.json());
    return info.put("IsPastDue", pastDue).toString();
  }

  private synchronized void waitOn() {
    if (stopping) {
      return;
    }
    long millis = Math.max(0, Duration.between(time.instant(), status.next()).toMillis());
    try {
      runtime
          .clock()
          .schedule(this::look, Math.min(millis + 1, WAIT_MILLIS_MAX), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      stopping = true;
    }
  }

  private synchronized void look() {
    if (stopping) {
      return;
    }
    if (time.instant().isBefore(status.next())) {
      waitOn();
    } else {
      busy = true;
      runtime.workers().execute(() -> run(false));
    }
  }

  private void run(boolean pastDue) {
    Instant due;
    synchronized (this) {
      due = status.next();
    }
    try {
      runtime.runner().run(function, TriggerInput.text(info(pastDue)));
    } catch (FunctionRunner.FunctionFailed logged) {
      // A timer has no retry: its next occurrence is the next try, as in Azure.
      LOG.fine(() -> function.name() + " failed; its next occurrence is the next try");
    } finally {
      ended(due);
    }
  }

  private synchronized void ended(Instant due) {
    Instant now = time.instant();
    Instant from = now.isBefore(due) ? due : now;
    status = new TimerStatus(due, schedule.next(from), now);
    busy = false;
    notifyAll();
    save();
    waitOn();
  }

  private Optional<TimerStatus> saved() {
    try {
      return TimerStatus.read(statusFile);
    } catch (IOException | RuntimeException e) {
      LOG.log(Level.WARNING, "Cannot read " + statusFile + ": the timer starts afresh", e);
      return Optional.empty();
    }
  }

  private void save() {
    try {
      status.write(statusFile);
    } catch (IOException e) {
      // The timer goes on; only what is missed while no host runs may be lost.
      LOG.log(Level.WARNING, "Cannot write " + statusFile, e);
    }
  }
}
