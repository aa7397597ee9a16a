package io.holdfast.backup;

import io.holdfast.backup.OpenSlot.Outcome;
import io.holdfast.backup.Prechecks.Prechecked;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.Job.Snapshot;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobRows.Opening;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The step that opens a backup, freezes what it backs up, and asks for the snapshot. */
public final class StartBackup {
  /** The task's name as users see it. */
  static final String TAKE_SNAPSHOT = "Take snapshot";

  private static final Logger LOG = LoggerFactory.getLogger(StartBackup.class);

  private final Catalogue catalogue;
  private final Disks disks;
  private final OpenSlot slots;
  private final JobEnd jobEnd;
  private final InstallExtension install;
  private final Prechecks prechecks;
  private final InstantSource clock;

  StartBackup(
      Catalogue catalogue,
      Disks disks,
      OpenSlot slots,
      JobEnd jobEnd,
      InstallExtension install,
      Prechecks prechecks,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.slots = slots;
    this.jobEnd = jobEnd;
    this.install = install;
    this.prechecks = prechecks;
    this.clock = clock;
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
    Opening opening = slots.open(vm.get(), time, distinct, request.apply(vm.get()));
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
    Outcome slot = known.isPresent() ? new Outcome(known, List.of()) : slots.open(task, vm);
    Optional<Versioned<Job>> job = slot.job();
    if (job.isEmpty()) {
      return slot.next();
    }
    if (!job.get().value().status().active()) {
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
    return install.begin(job.get());
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
    Prechecked checked = prechecks.of(vm, job.value().request().protection());
    List<Check> stops = checked.checks().stream().filter(Check::stops).toList();
    if (!stops.isEmpty()) {
      return jobEnd.fail(id, stops.get(0).code(), stops(vm, stops));
    }
    Decision decision = decide(job.value(), vm, checked);
    boolean decided = catalogue.jobs().update(job, decision.started(), decision.with());
    if (!decided) {
      LOG.info("job {} was started by another run", id);
    }
    Versioned<Job> now = catalogue.jobs().get(id);
    if (now.value().status() == JobStatus.QUEUED) {
      // Its row changed, but nobody has started it yet: a failure was put on record.
      return List.of(next(now.value()));
    }
    return now.value().status() == JobStatus.IN_PROGRESS && !now.value().transferring()
        ? install.begin(now)
        : List.of();
  }

  private static String stops(Vm vm, List<Check> stops) {
    return "VM %s cannot be backed up: ".formatted(vm.id())
        + stops.stream()
            .map(stop -> stop.message() + ". " + stop.remedy())
            .collect(Collectors.joining(" | "));
  }

  /** What a start writes: the job's row, and the rows that go with it. */
  private record Decision(Job started, List<Change> with) {}

  private Decision decide(Job job, Vm vm, Prechecked checked) {
    Intent intent = checked.intent();
    List<SourceDisk> sources = Intent.sources(intent.disks(), vm.facts());
    SnapshotSet set =
        SnapshotNames.first(
            job.id(),
            intent.first(),
            vm,
            prechecks.group(),
            catalogue.id(),
            sources,
            intent.excluded().stream().map(disk -> disk.id()).toList());
    Instant now = clock.instant();
    Job started =
        job.become(JobStatus.IN_PROGRESS)
            .withSnapshot(
                new Snapshot(set, intent.guest(), intent.requested(), null, null, List.of()))
            .withDisks(jobDisks(intent.disks(), sources))
            .withExcluded(intent.excluded())
            .begin(
                intent.installs() ? InstallExtension.TASK : SnapshotTasks.next(job, set.method()),
                now);
    for (Check check : checked.checks()) {
      if (check.code() != null) {
        started =
            check.degrades()
                ? started.withWarning(check.warning())
                : started.withNote(check.warning());
      }
    }
    CapturedNics nics = CapturedNics.of(prechecks.nics(vm));
    for (Warning fault : nics.faults()) {
      started = started.withWarning(fault);
    }
    List<Change> with = new ArrayList<>();
    with.add(catalogue.held().made(job.id(), set));
    with.add(catalogue.held().model(job.id(), CommitRows.VM, vm.model()));
    with.add(catalogue.held().model(job.id(), CommitRows.NICS, nics.json()));
    intent
        .disks()
        .forEach(disk -> with.add(catalogue.held().model(job.id(), disk.key(), disk.model())));
    if (intent.installs()) {
      with.addAll(prechecks.asked(job.id()));
    }
    return new Decision(started, with);
  }

  private static List<JobDisk> jobDisks(List<VmDisk> disks, List<SourceDisk> sources) {
    List<JobDisk> all = new ArrayList<>();
    for (VmDisk disk : disks) {
      all.add(
          new JobDisk(
              disk.key(),
              disk.name(),
              disk.id(),
              disk.uniqueId(),
              disk.lun(),
              disk.sizeBytes(),
              null));
    }
    for (int i = 0; i < disks.size(); i++) {
      if (sources.get(i).guestState()) {
        VmDisk disk = disks.get(i);
        all.add(
            new JobDisk(
                Vm.GUEST_STATE,
                disk.name(),
                disk.id(),
                Vm.guestStateOf(disk.uniqueId()),
                disk.lun(),
                0,
                null));
      }
    }
    return all;
  }
}
