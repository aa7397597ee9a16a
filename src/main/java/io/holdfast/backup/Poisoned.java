package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.JobId;
import io.holdfast.failure.Invalid;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** What is done about a message that failed for good. */
public final class Poisoned {
  private final Catalogue catalogue;
  private final OpenSlot slots;
  private final JobEnd jobEnd;
  private final InstantSource clock;

  Poisoned(Catalogue catalogue, OpenSlot slots, JobEnd jobEnd, InstantSource clock) {
    this.catalogue = catalogue;
    this.slots = slots;
    this.jobEnd = jobEnd;
    this.clock = clock;
  }

  /**
   * Keeps the message for a human, and ends its job with the cause, if it is still open.
   *
   * @param task what the message says
   */
  public List<Next> run(String queue, String messageId, String body, Task task) {
    Optional<JobId> job = jobOf(task);
    String reason = job.isPresent() ? reason(job.get()) : reason(task);
    catalogue.parked().park(queue, messageId, body, reason, clock.instant());
    if (job.isEmpty()) {
      if (task instanceof Task.StartBackup slot && slot.slot() != null && slot.jobId() == null) {
        slots.failed(slot, reason);
      }
      return List.of();
    }
    return jobEnd.fail(
        job.get(),
        "StepFailed",
        "a step of queue %s failed too often; the last time: %s".formatted(queue, reason));
  }

  /**
   * Keeps a message that nobody can read, for a human. Nothing else changes.
   *
   * @param reason why it cannot be read
   */
  public void unreadable(String queue, String messageId, String body, String reason) {
    catalogue.parked().park(queue, messageId, body, reason, clock.instant());
  }

  private String reason(JobId job) {
    try {
      return catalogue.jobs().get(job).value().released()
          ? "the job is over, and holds nothing"
          : catalogue
              .held()
              .fault(job)
              .orElse("no cause was recorded: its host may have died each time");
    } catch (Invalid gone) {
      return gone.getMessage();
    }
  }

  private static String reason(Task task) {
    if (task instanceof Task.Retain retain) {
      return "the points of item %s could not be looked at; the log of function retainItem says why"
          .formatted(retain.itemId());
    }
    return task instanceof Task.StartBackup slot && slot.jobId() == null
        ? "the backup could not be started; the log of function startBackup says why"
        : "\"%s\" is not a job's id".formatted(idOf(task).orElse(""));
  }

  /** The job that a task works for; empty when it has none yet, or names none. */
  public static Optional<JobId> jobOf(Task task) {
    return idOf(task).flatMap(JobId::parse);
  }

  private static Optional<String> idOf(Task task) {
    String id;
    if (task instanceof Task.StartBackup start) {
      id = start.jobId();
    } else if (task instanceof Task.AwaitSnapshot await) {
      id = await.jobId();
    } else if (task instanceof Task.PlanDisk plan) {
      id = plan.jobId();
    } else if (task instanceof Task.Transfer transfer) {
      id = transfer.jobId();
    } else if (task instanceof Task.Finalize finish) {
      id = finish.jobId();
    } else {
      id = null;
    }
    return Optional.ofNullable(id);
  }
}
