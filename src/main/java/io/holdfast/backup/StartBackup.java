package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.Job.JobError;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.Job.Snapshot;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobRows.Opening;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The step that opens a backup, freezes what it backs up, and asks for the snapshot. */
public final class StartBackup {
  /** The task's name as users see it. */
  static final String TAKE_SNAPSHOT = "Take snapshot";

  private static final Logger LOG = LoggerFactory.getLogger(StartBackup.class);

  private final Catalogue catalogue;
  private final Disks disks;
  private final JobEnd jobEnd;
  private final Ladder ladder;
  private final Limits limits;
  private final InstantSource clock;
  private final String snapshotGroup;

  /**
   * @param snapshotGroup name of the resource group for snapshots, in each VM's subscription
   */
  StartBackup(
      Catalogue catalogue,
      Disks disks,
      JobEnd jobEnd,
      Ladder ladder,
      Limits limits,
      InstantSource clock,
      String snapshotGroup) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.jobEnd = jobEnd;
    this.ladder = ladder;
    this.limits = limits;
    this.clock = clock;
    this.snapshotGroup = snapshotGroup;
  }

  /** What came of a request. */
  public sealed interface Requested {
    /** The job is open, by this request or by an earlier one of the same id. */
    record Open(Job job, boolean fresh) implements Requested {}

    /** Another backup of the VM is queued or in progress. */
    record Busy(JobId running) implements Requested {}

    /** There is no such VM. */
    record NoVm() implements Requested {}
  }

  /**
   * Opens the job of an on-demand backup.
   *
   * @param time the request's instant: part of the job's id
   * @param distinct the request's own id: the same request finds the same job
   * @param request what is asked for, given the VM as it is
   */
  public Requested request(
      String vmId, Instant time, String distinct, Function<Vm, Request> request) {
    Optional<Vm> vm = disks.vm(vmId);
    if (vm.isEmpty()) {
      return new Requested.NoVm();
    }
    Opening opening = open(vm.get(), time, distinct, request.apply(vm.get()));
    if (opening instanceof Opening.Busy busy) {
      return new Requested.Busy(busy.running());
    }
    Opening.Opened opened = (Opening.Opened) opening;
    return new Requested.Open(opened.job().value(), opened.fresh());
  }

  /** The message that goes on with an opened job. */
  public static Next next(Job job) {
    return Next.now(
        new Task.StartBackup(
            job.vmId(),
            job.id().toString(),
            job.request().policy(),
            job.request().slot(),
            job.request().instantRestoreDays()));
  }

  public List<Next> run(Task.StartBackup task, Delivery delivery) {
    // A message whose job is gone is refused before anything is asked.
    Optional<Versioned<Job>> known =
        Optional.ofNullable(task.jobId()).map(JobId::of).map(catalogue.jobs()::get);
    Optional<Vm> vm = disks.vm(task.vmId());
    Optional<Versioned<Job>> job = known.isPresent() ? known : openSlot(task, vm);
    if (job.isEmpty() || !job.get().value().status().active()) {
      return List.of();
    }
    if (task.jobId() == null) {
      // From here on by a message that names the job, so that a failure is the job's.
      return List.of(next(job.get().value()));
    }
    if (job.get().value().status() == JobStatus.QUEUED) {
      return start(job.get(), vm);
    }
    if (job.get().value().transferring()) {
      return List.of();
    }
    // The decision was made by an earlier run, whose call to Azure may have been lost.
    return ladder.begin(job.get());
  }

  private Opening open(Vm vm, Instant time, String distinct, Request request) {
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

  /** Opens the job of a schedule's slot; says so where that cannot be. */
  private Optional<Versioned<Job>> openSlot(Task.StartBackup task, Optional<Vm> vm) {
    Request request = new Request(task.policy(), task.slot(), task.instantRestoreDays(), null);
    if (vm.isEmpty()) {
      List<String> items = catalogue.index().itemsOf(task.vmId());
      if (items.isEmpty()) {
        LOG.warn(
            "policy {} names {}, but there is no such VM: nothing is backed up",
            task.policy(),
            task.vmId());
      }
      for (String item : items) {
        refuseSlot(
            JobId.of(item, task.slot(), task.policy()),
            task,
            new JobError(
                "VirtualMachineNotFound",
                "there is no VM %s any more; its recovery points are kept. Remove it from policy %s."
                    .formatted(task.vmId(), task.policy())));
      }
      return Optional.empty();
    }
    Opening opening = open(vm.get(), task.slot(), task.policy(), request);
    if (opening instanceof Opening.Busy busy) {
      refuseSlot(
          JobId.of(Item.idOf(vm.get().guid()), task.slot(), task.policy()),
          task,
          new JobError(
              "BackupAlreadyInProgress",
              "the slot of %s was skipped, since job %s of this VM was still running"
                  .formatted(task.slot(), busy.running())));
      return Optional.empty();
    }
    return Optional.of(((Opening.Opened) opening).job());
  }

  /**
   * Puts a slot that could not open its job on record, for every item that the VM's id has named.
   *
   * @param cause what its message failed with
   */
  void failedSlot(Task.StartBackup task, String cause) {
    for (String item : catalogue.index().itemsOf(task.vmId())) {
      refuseSlot(
          JobId.of(item, task.slot(), task.policy()), task, new JobError("StepFailed", cause));
    }
  }

  private void refuseSlot(JobId id, Task.StartBackup task, JobError error) {
    Instant now = clock.instant();
    Job job =
        Job.queued(
            id,
            new Request(task.policy(), task.slot(), task.instantRestoreDays(), null),
            task.vmId(),
            io.holdfast.disk.ArmId.nameOf(task.vmId()),
            now,
            now);
    catalogue.jobs().insertEnded(job.failed(error, now).asReleased());
  }

  /** Decides, once, what this job backs up and how; then asks for the snapshot. */
  private List<Next> start(Versioned<Job> job, Optional<Vm> found) {
    JobId id = job.value().id();
    if (found.isEmpty() || !Item.idOf(found.get().guid()).equals(id.itemId())) {
      return jobEnd.fail(
          id,
          "VirtualMachineNotFound",
          "VM %s was deleted or made anew after the backup was asked for"
              .formatted(job.value().vmId()));
    }
    Vm vm = found.get();
    if (vm.disks().isEmpty()) {
      return jobEnd.fail(
          id,
          "NoManagedDisks",
          "VM %s has no managed disk; unmanaged disks cannot be backed up: convert them first"
              .formatted(vm.id()));
    }
    List<SourceDisk> sources =
        vm.disks().stream()
            .map(disk -> new SourceDisk(disk.key(), disk.id(), disk.uniqueId()))
            .toList();
    SnapshotMethod first = SnapshotMethod.ladder(vm.running()).get(0);
    SnapshotSet set =
        SnapshotNames.set(
            id, 1, first, vm.id(), vm.location(), snapshotGroup, catalogue.id(), sources);
    Job started =
        job.value()
            .become(JobStatus.IN_PROGRESS)
            .withSnapshot(new Snapshot(set, vm.defaultConsistency(), null, null, List.of()))
            .withDisks(
                vm.disks().stream()
                    .map(
                        disk ->
                            new JobDisk(
                                disk.key(),
                                disk.name(),
                                disk.id(),
                                disk.uniqueId(),
                                disk.lun(),
                                disk.sizeBytes(),
                                null))
                    .toList())
            .begin(TAKE_SNAPSHOT, clock.instant());
    List<Change> with = new ArrayList<>();
    with.add(catalogue.held().made(id, set));
    with.add(catalogue.held().model(id, "vm", vm.model()));
    vm.disks().forEach(disk -> with.add(catalogue.held().model(id, disk.key(), disk.model())));
    boolean decided = catalogue.jobs().update(job, started, with);
    if (!decided) {
      LOG.info("job {} was started by another run", id);
    }
    Versioned<Job> now = catalogue.jobs().get(id);
    if (now.value().status() == JobStatus.QUEUED) {
      // Its row changed, but nobody has started it yet: a failure was put on record.
      return List.of(next(now.value()));
    }
    return now.value().status() == JobStatus.IN_PROGRESS && !now.value().transferring()
        ? ladder.begin(now)
        : List.of();
  }
}
