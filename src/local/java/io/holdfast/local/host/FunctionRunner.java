package io.holdfast.local.host;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs one invocation: context, log lines, output bindings, the time limit. */
final class FunctionRunner {
  private static final Logger LOG = Logger.getLogger(FunctionRunner.class.getName());

  private final Duration timeout;
  private final QueueOutputs queues;
  private final ScheduledExecutorService clock;
  private final Runnable onTimeout;

  /**
   * @param onTimeout what follows when an invocation is over its time; the real host ends the
   *     worker process then, whatever else it runs
   */
  FunctionRunner(
      Duration timeout, QueueOutputs queues, ScheduledExecutorService clock, Runnable onTimeout) {
    this.timeout = timeout;
    this.queues = queues;
    this.clock = clock;
    this.onTimeout = onTimeout;
  }

  /**
   * Invokes the function and sends its queue outputs.
   *
   * @return what the function returned
   * @throws FunctionFailed when it threw, or an output could not be sent; logged already
   */
  Object run(LoadedFunction function, TriggerInput input) throws FunctionFailed {
    String id = UUID.randomUUID().toString();
    long startNanos = System.nanoTime();
    ScheduledFuture<?> limit =
        clock.schedule(
            () -> {
              LOG.severe(
                  "%s (%s) is over functionTimeout of host.json (%s): the host ends, as in Azure"
                      .formatted(function.name(), id, timeout));
              onTimeout.run();
            },
            timeout.toMillis(),
            TimeUnit.MILLISECONDS);
    HostLog.enter(function.name(), id);
    try {
      LoadedFunction.Outcome outcome =
          function.invoke(
              input,
              new InvocationContext(
                  function.name(), id, HostLog.forInvocation(function.name(), id)));
      queues.send(function, outcome);
      LOG.info("Succeeded in %d ms".formatted(millisSince(startNanos)));
      return outcome.returned();
    } catch (Exception | Error e) {
      // An Error too counts as this invocation's failure: the worker lives on, as the real one.
      LOG.log(Level.SEVERE, "Failed after %d ms".formatted(millisSince(startNanos)), e);
      throw new FunctionFailed(function.name(), e);
    } finally {
      HostLog.leave();
      limit.cancel(false);
    }
  }

  private static long millisSince(long startNanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
  }

  /** The function threw. */
  static final class FunctionFailed extends Exception {
    private static final long serialVersionUID = 1;

    FunctionFailed(String function, Throwable cause) {
      super("function " + function + " failed", cause);
    }
  }
}
