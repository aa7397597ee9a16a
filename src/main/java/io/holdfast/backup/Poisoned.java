package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.JobId;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** What is done about a message that failed for good. */
public final class Poisoned {
  private final Catalogue catalogue;
  private final StartBackup start;
  private final JobEnd jobEnd;
  private final InstantSource clock;

  Poisoned(Catalogue catalogue, StartBackup start, JobEnd jobEnd, InstantSource clock) {
    this.catalogue = catalogue;
    this.start = start;
    this.jobEnd = jobEnd;
    this.clock = clock;
  }

  /**
   * Keeps the message for a human, and ends its job with the cause, if it is still open.
   *
   * @param task what the message says; empty when it cannot be read
   */
  public List<Next> run(String queue, String messageId, String body, Optional<Task> task) {
    catalogue.parked().park(queue, messageId, body, clock.instant());
    Optional<JobId> job = task.flatMap(Poisoned::jobOf);
    if (job.isEmpty()) {
      task.filter(Task.StartBackup.class::isInstance)
          .map(Task.StartBackup.class::cast)
          .filter(slot -> slot.slot() != null)
          .ifPresent(
              slot ->
                  start.failedSlot(
                      slot,
                      "the backup could not be started; the log of function startBackup says why"));
      return List.of();
    }
    String cause = catalogue.work().fault(job.get()).orElse("its cause was not recorded");
    return jobEnd.fail(
        job.get(),
        "StepFailed",
        "a step of queue %s failed too often; the last time: %s".formatted(queue, cause));
  }

  /** The job that a task works for; empty when it has none yet. */
  public static Optional<JobId> jobOf(Task task) {
    String id;
    if (task instanceof Task.StartBackup start) {
      id = start.jobId();
    } else if (task instanceof Task.AwaitSnapshot await) {
      id = await.jobId();
    } else if (task instanceof Task.PlanDisk plan) {
      id = plan.jobId();
    } else if (task instanceof Task.Transfer transfer) {
      id = transfer.jobId();
    } else {
      id = ((Task.Finalize) task).jobId();
    }
    return Optional.ofNullable(id).flatMap(JobId::parse);
  }
}
