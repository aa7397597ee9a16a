package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobError;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobRows.Opening;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Stance;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Vm;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the jobs of backups; puts a slot that cannot have one on record. */
final class OpenSlot {
  private static final Logger LOG = LoggerFactory.getLogger(OpenSlot.class);

  /** How long a VM waits before it looks again for one of the policy's seats. */
  private static final Duration SEAT_DELAY = Duration.ofMinutes(2);

  /**
   * What came of a slot.
   *
   * @param job to go on with; empty: there is none
   * @param next to send instead
   */
  record Outcome(Optional<Versioned<Job>> job, List<Next> next) {
    static final Outcome NOTHING = new Outcome(Optional.empty(), List.of());
  }

  private final Catalogue catalogue;
  private final Function<Vm, Optional<Policy>> covering;
  private final Prechecks prechecks;
  private final Limits limits;
  private final InstantSource clock;

  /**
   * @param covering the policy that a VM is under now
   */
  OpenSlot(
      Catalogue catalogue,
      Function<Vm, Optional<Policy>> covering,
      Prechecks prechecks,
      Limits limits,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.covering = covering;
    this.prechecks = prechecks;
    this.limits = limits;
    this.clock = clock;
  }

  /** Opens a job. */
  Opening open(Vm vm, Instant time, String distinct, Request request) {
    JobId id = JobId.of(Item.idOf(vm.guid()), time, distinct);
    return catalogue
        .jobs()
        .open(
            Job.queued(
                id,
                request,
                vm.id(),
                vm.name(),
                clock.instant(),
                clock.instant().plus(limits.deadline())));
  }

  /**
   * Opens the job of a schedule's slot. What the policy says is read now, since hours may have gone
   * by since the slot: a VM that is under another policy by now, or under none, has no backup.
   *
   * @return empty when there is none to go on with; then the reason is on record, or in the log
   *     where there is no item yet
   */
  Outcome open(Task.StartBackup task, Optional<Vm> vm) {
    if (vm.isEmpty()) {
      gone(task);
      return Outcome.NOTHING;
    }
    Optional<Policy> policy =
        covering.apply(vm.get()).filter(now -> now.name().equals(task.policy()));
    if (policy.isEmpty()) {
      LOG.info(
          "the slot of {} of policy {} is dropped, since {} is not under it any more",
          task.slot(),
          task.policy(),
          task.vmId());
      return Outcome.NOTHING;
    }
    JobId id = JobId.of(Item.idOf(vm.get().guid()), task.slot(), task.policy());
    Stance stance = catalogue.stances().of(id.itemId());
    if (!stance.backsUp(clock.instant())) {
      LOG.info(
          "the slot of {} of policy {} is dropped, since {} is {}",
          task.slot(),
          task.policy(),
          task.vmId(),
          stance.state().text());
      return Outcome.NOTHING;
    }
    if (task.missed() > 0 || !policy.get().schedule().open(task.slot(), clock.instant())) {
      refuse(id, task, missed(task));
      return Outcome.NOTHING;
    }
    int seats = policy.get().rank().concurrentMax();
    if (seats > 0 && !catalogue.seats().take(task.policy(), seats, id, clock.instant())) {
      return waiting(task, id);
    }
    Request request =
        new Request(
            task.policy(),
            task.slot(),
            policy.get().instantRestoreDays(),
            null,
            policy.get().protection());
    Opening opening = open(vm.get(), task.slot(), task.policy(), request);
    if (opening instanceof Opening.Busy busy) {
      refuse(
          id,
          task,
          new JobError(
              "BackupAlreadyInProgress",
              "the slot of %s was skipped, since job %s of this VM was still running"
                  .formatted(task.slot(), busy.running())));
      return Outcome.NOTHING;
    }
    return new Outcome(Optional.of(((Opening.Opened) opening).job()), List.of());
  }

  /** All seats of the policy are taken: the same message later, but not for ever. */
  private Outcome waiting(Task.StartBackup task, JobId id) {
    if (task.slot().plus(limits.deadline()).isBefore(clock.instant())) {
      refuse(id, task, missed(task));
      return Outcome.NOTHING;
    }
    return new Outcome(Optional.empty(), List.of(Next.in(SEAT_DELAY, task)));
  }

  /**
   * Puts a slot that could not open its job on record, for every item that the VM's id has named.
   *
   * @param cause what its message failed with
   */
  void failed(Task.StartBackup task, String cause) {
    for (String item : catalogue.index().itemsOf(task.vmId())) {
      refuse(JobId.of(item, task.slot(), task.policy()), task, new JobError("StepFailed", cause));
    }
  }

  private void gone(Task.StartBackup task) {
    List<String> items = catalogue.index().itemsOf(task.vmId());
    if (items.isEmpty()) {
      LOG.warn(
          "policy {} names {}, but there is no such VM: nothing is backed up",
          task.policy(),
          task.vmId());
    }
    for (String item : items) {
      refuse(
          JobId.of(item, task.slot(), task.policy()),
          task,
          new JobError(
              "VirtualMachineNotFound",
              "there is no VM %s any more; its recovery points are kept. %s"
                  .formatted(
                      task.vmId(),
                      prechecks
                          .movedTo(task.vmId(), item)
                          .map(
                              id ->
                                  "It was renamed or moved: it is %s now; select that in policy %s."
                                      .formatted(id, task.policy()))
                          .orElse("Remove it from policy %s.".formatted(task.policy())))));
    }
  }

  private static JobError missed(Task.StartBackup task) {
    String slots =
        task.missed() > 1
            ? "%d slots up to that of %s".formatted(task.missed(), task.slot())
            : "the slot of %s".formatted(task.slot());
    String text =
        task.missed() > 0
            ? "%s of policy %s had no backup, since the app was not looking at the clock; the next"
                + " slot's backup holds what changed meanwhile"
            : "%s of policy %s had no backup: its window was over before one could begin. Give the"
                + " policy a longer window, or a higher concurrency";
    return new JobError("WindowMissed", text.formatted(slots, task.policy()));
  }

  private void refuse(JobId id, Task.StartBackup task, JobError error) {
    Instant now = clock.instant();
    Job job =
        Job.queued(
            id,
            new Request(task.policy(), task.slot(), task.instantRestoreDays(), null),
            task.vmId(),
            ArmId.nameOf(task.vmId()),
            now,
            now);
    catalogue.jobs().insertEnded(job.failed(error, now).asReleased());
  }
}
