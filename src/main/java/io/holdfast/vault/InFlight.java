package io.holdfast.vault;

import io.holdfast.failure.Unavailable;
import java.io.IOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs tasks on a few threads, at most so many at once, and keeps the first failure: after it
 * nothing more is started. For one caller's thread, which closes it.
 */
public final class InFlight implements AutoCloseable {
  private final int tasksMax;
  private final Semaphore free;
  private final ExecutorService threads;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  /** What is run; its failure ends the whole. */
  public interface Task {
    void run() throws IOException;
  }

  /**
   * @param tasksMax at least 1
   */
  public InFlight(int tasksMax, String threadName) {
    this.tasksMax = tasksMax;
    this.free = new Semaphore(tasksMax);
    this.threads =
        Executors.newFixedThreadPool(
            tasksMax,
            task -> {
              Thread thread = new Thread(task, threadName);
              // A user who ends the program should not wait for reads that nobody wants.
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Waits for a free place, then starts the task. Throws what an earlier one failed with. */
  public void submit(Task task) throws IOException {
    acquire(1);
    if (failure.get() != null) {
      free.release();
      rethrow();
    }
    threads.execute(() -> run(task));
  }

  /** Waits until all have ended. Throws what the first that failed failed with. */
  public void finish() throws IOException {
    acquire(tasksMax);
    free.release(tasksMax);
    rethrow();
  }

  private void run(Task task) {
    try {
      if (failure.get() == null) {
        task.run();
      }
    } catch (Throwable e) {
      // Not swallowed: submit and finish throw it on the caller's thread.
      boolean first = failure.compareAndSet(null, e);
      if (!first && failure.get() != e) {
        failure.get().addSuppressed(e);
      }
    } finally {
      free.release();
    }
  }

  private void acquire(int places) {
    try {
      free.acquire(places);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while objects were being read", e);
    }
  }

  private void rethrow() throws IOException {
    Throwable first = failure.get();
    if (first instanceof RuntimeException e) {
      throw e;
    }
    if (first instanceof Error e) {
      throw e;
    }
    if (first instanceof IOException e) {
      throw e;
    }
  }

  /** Starts nothing more and waits until what runs has ended, so that its sink may be closed. */
  @Override
  public void close() {
    boolean unused = failure.compareAndSet(null, new CancellationException("closed"));
    threads.shutdown();
    boolean interrupted = false;
    for (boolean ended = false; !ended; ) {
      try {
        ended = threads.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
