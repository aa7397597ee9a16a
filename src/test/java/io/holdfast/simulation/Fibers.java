package io.holdfast.simulation;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * Tasks of which exactly one runs at any time, and which change places only where they say so. Each
 * has a thread of its own, since the real code keeps its state on a stack; a baton decides which
 * thread goes on, so that a run is the same every time.
 */
final class Fibers {
  private static final ExecutorService THREADS =
      Executors.newCachedThreadPool(
          work -> {
            Thread thread = new Thread(work, "fiber");
            thread.setDaemon(true);
            return thread;
          });

  private final Semaphore back = new Semaphore(0);
  private Fiber running;

  /** One task. */
  static final class Fiber {
    private final Semaphore go = new Semaphore(0);
    private boolean done;
    private Throwable failure;

    boolean done() {
      return done;
    }
  }

  /** Starts a task; comes back when it pauses or ends. */
  Fiber start(Runnable body) {
    Fiber fiber = new Fiber();
    THREADS.execute(
        () -> {
          fiber.go.acquireUninterruptibly();
          try {
            body.run();
          } catch (Throwable e) {
            fiber.failure = e;
          } finally {
            fiber.done = true;
            back.release();
          }
        });
    resume(fiber);
    return fiber;
  }

  /**
   * Goes on with a task that has paused; comes back when it pauses again or ends.
   *
   * @throws AssertionError what the task failed with: tasks deal with what they expect
   */
  void resume(Fiber fiber) {
    Fiber before = running;
    running = fiber;
    fiber.go.release();
    back.acquireUninterruptibly();
    running = before;
    if (fiber.failure != null) {
      throw new AssertionError("a task of the simulation failed: " + fiber.failure, fiber.failure);
    }
  }

  /** Lets others go on; comes back when this task is resumed. Does nothing outside of a task. */
  void pause() {
    Fiber self = running;
    if (self == null) {
      return;
    }
    back.release();
    self.go.acquireUninterruptibly();
  }

  /** The task that runs; null outside of any. */
  Fiber running() {
    return running;
  }
}
