package io.holdfast.function;

import io.holdfast.backup.JobEnd;
import io.holdfast.backup.Poisoned;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.JobId;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Decodes a message, runs its step, sends what comes next, and maps failures: the one place. */
public final class TaskRunner {
  private final Catalogue catalogue;
  private final JobEnd jobEnd;
  private final Poisoned poisoned;
  private final Consumer<Next> queues;

  TaskRunner(Catalogue catalogue, JobEnd jobEnd, Poisoned poisoned, Consumer<Next> queues) {
    this.catalogue = catalogue;
    this.jobEnd = jobEnd;
    this.poisoned = poisoned;
    this.queues = queues;
  }

  /**
   * Runs one message.
   *
   * @throws Unavailable to have it delivered again
   */
  <T extends Task> void run(
      String body,
      long dequeueCount,
      Class<T> type,
      BiFunction<T, Delivery, List<Next>> step,
      Logger log) {
    // A message that cannot be read fails until the poison queue takes it: a human must see it.
    T task = type.cast(TaskCodec.decode(body));
    List<Next> next;
    try {
      next = step.apply(task, new Delivery(Math.max(1, dequeueCount)));
    } catch (Unavailable busy) {
      if (busy.retryAfter().isEmpty()) {
        record(task, busy);
        throw busy;
      }
      // Being told to wait is no failure, and must not eat the count of deliveries.
      record(task, busy);
      log.log(Level.INFO, "{0}: again in {1}", new Object[] {task, busy.retryAfter().get()});
      next = List.of(Next.in(busy.retryAfter().get(), task));
    } catch (Invalid | Corrupt hopeless) {
      log.log(Level.SEVERE, "this cannot succeed: " + task, hopeless);
      next = end(task, hopeless);
    } catch (RuntimeException | Error bug) {
      record(task, bug);
      throw bug;
    }
    next.forEach(queues);
  }

  /** Deals with a message that the host moved to a poison queue. */
  void poisoned(String queue, String messageId, String body, Logger log) {
    log.log(
        Level.SEVERE, "a message of queue {0} failed for good: {1}", new Object[] {queue, body});
    Task task;
    try {
      task = TaskCodec.decode(body);
    } catch (Invalid unreadable) {
      log.log(Level.SEVERE, "queue " + queue + " had a message that cannot be read", unreadable);
      poisoned.unreadable(queue, messageId, body, unreadable.getMessage());
      return;
    }
    poisoned.run(queue, messageId, body, task).forEach(queues);
  }

  private List<Next> end(Task task, RuntimeException cause) {
    Optional<JobId> job = Poisoned.jobOf(task);
    if (job.isEmpty() || catalogue.jobs().find(job.get()).isEmpty()) {
      // There is nothing to end: the message fails until the poison queue takes it, for a human.
      throw cause;
    }
    String code = cause instanceof Invalid invalid ? invalid.code() : "VaultCorrupt";
    return jobEnd.fail(job.get(), code, cause.getMessage());
  }

  private void record(Task task, Throwable cause) {
    // Where the job is over, the failure is kept nowhere: it is nobody's.
    Poisoned.jobOf(task).ifPresent(job -> catalogue.held().fault(job, text(cause)));
  }

  private static String text(Throwable cause) {
    return cause instanceof io.holdfast.failure.Failure
        ? cause.getMessage()
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }
}
