package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.GuestState;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.Job.Snapshot;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The step that looks once whether the snapshot is there, and opens the transfer when it is. */
public final class AwaitSnapshot {
  /** The task's name as users see it. */
  static final String TRANSFER = "Transfer data to vault";

  /** Warnings that say already why less was achieved than asked for. */
  private static final Set<String> WHY = Set.of(Ladder.REFUSED, Intent.AGENT, Intent.FROZEN);

  private final Catalogue catalogue;
  private final Disks disks;
  private final InstallExtension install;
  private final Ladder ladder;
  private final FreezeGuard guard;
  private final JobEnd jobEnd;
  private final Limits limits;
  private final InstantSource clock;

  AwaitSnapshot(
      Catalogue catalogue,
      Disks disks,
      InstallExtension install,
      Ladder ladder,
      FreezeGuard guard,
      JobEnd jobEnd,
      Limits limits,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.install = install;
    this.ladder = ladder;
    this.guard = guard;
    this.jobEnd = jobEnd;
    this.limits = limits;
    this.clock = clock;
  }

  public List<Next> run(Task.AwaitSnapshot task, Delivery delivery) {
    JobId id = JobId.of(task.jobId());
    Versioned<Job> job = catalogue.jobs().get(id);
    if (job.value().status() != JobStatus.IN_PROGRESS) {
      return List.of();
    }
    if (job.value().transferring()) {
      // An earlier run opened the transfer; its messages may have been lost with it.
      return delivery.redelivered() ? plans(id) : List.of();
    }
    if (job.value().setNumber() != task.set()) {
      // The run that went down a rung may have died before it sent anything.
      return delivery.redelivered()
          ? List.of(Next.now(new Task.AwaitSnapshot(task.jobId(), job.value().setNumber(), 1)))
          : List.of();
    }
    if (job.value().running(InstallExtension.TASK).isPresent()) {
      return install.look(job, task.look());
    }
    SetState state = disks.look(job.value().snapshot().set());
    if (state instanceof SetState.Pending) {
      catalogue.held().alive(id);
      return List.of(
          Next.in(
              limits.lookDelay(task.look()),
              new Task.AwaitSnapshot(task.jobId(), task.set(), task.look() + 1)));
    }
    if (state instanceof SetState.Missing) {
      return ladder.begin(job);
    }
    if (state instanceof SetState.Failed failed) {
      return failed(job, failed);
    }
    return openTransfer(job, (SetState.Ready) state);
  }

  /** One transaction: what the snapshot is, and an open row per disk, before any plan's message. */
  private List<Next> openTransfer(Versioned<Job> job, SetState.Ready ready) {
    Job before = job.value();
    Snapshot snapshot = before.snapshot();
    for (JobDisk disk : before.disks()) {
      // By the disk's immutable id: another disk may have its name and its place by now.
      if (ready.snapshots().stream().noneMatch(part -> isOf(part, disk))) {
        return ladder.descend(
            job,
            new Refusal(
                "SnapshotIncomplete",
                "the snapshot does not hold disk %s (%s, unique id %s)"
                    .formatted(disk.disk(), disk.name(), disk.uniqueId()),
                null),
            List.of());
      }
    }
    Reached reached = Reached.of(before, ready, this::vm);
    if (before.request().protection().refuses(reached.achieved())) {
      return notEnough(job, reached);
    }
    String task = SnapshotTasks.running(before, snapshot.set().method()).orElse("");
    Job after =
        before
            .withSnapshot(
                new Snapshot(
                    snapshot.set(),
                    snapshot.guest(),
                    snapshot.requested(),
                    reached.achieved(),
                    ready.time(),
                    ready.snapshots()))
            .end(task, "Completed", clock.instant())
            .begin(TRANSFER, clock.instant());
    for (Warning script : reached.scripts()) {
      after = after.withWarning(script);
    }
    boolean said = before.warnings().stream().anyMatch(w -> WHY.contains(w.code()));
    if (reached.achieved().below(snapshot.requested()) && !said) {
      after = after.withWarning(reached.degraded(snapshot));
    }
    if (snapshot.guest() == GuestState.WINDOWS
        && reached.achieved() == Consistency.APPLICATION_CONSISTENT) {
      after = after.withNote(Reached.FULL_VSS);
    }
    List<Change> openings = new ArrayList<>(freeze(before, reached));
    for (JobDisk disk : before.disks()) {
      openings.add(catalogue.work().openPlanning(before.id(), DiskPlan.open(disk.disk(), 1)));
    }
    if (!catalogue.jobs().update(job, after, openings)) {
      return List.of(
          Next.in(
              limits.lookDelay(0),
              new Task.AwaitSnapshot(before.id().toString(), before.setNumber(), 1)));
    }
    return plans(before.id());
  }

  private static boolean isOf(DiskSnapshot part, JobDisk disk) {
    return part.disk().equals(disk.disk()) && part.uniqueId().equalsIgnoreCase(disk.uniqueId());
  }

  /** Counts a consistent snapshot that the guest took without a freeze as a bad one. */
  private List<Change> freeze(Job job, Reached reached) {
    SnapshotSet set = job.snapshot().set();
    boolean crashed =
        reached.achieved() == Consistency.CRASH_CONSISTENT && set.singleDisks().isEmpty();
    return crashed
        ? guard.failed(
            job.id(),
            set.method(),
            Reached.NOT_FROZEN,
            "Azure made a crash-consistent restore point instead, without a word")
        : guard.good(job.id(), set.method());
  }

  private List<Next> notEnough(Versioned<Job> job, Reached reached) {
    Job before = job.value();
    String demanded = before.request().protection().consistency().text();
    String text =
        "%s is demanded of %s, %s was achieved by %s%s"
            .formatted(
                demanded,
                before.vmId(),
                reached.achieved().text(),
                before.snapshot().set().method().label(),
                reached.scripts().isEmpty() ? "" : ": " + reached.scripts().get(0).message());
    String task = SnapshotTasks.running(before, before.snapshot().set().method()).orElse("");
    Job after =
        before.endFailed(
            task,
            new Warning(
                "ConsistencyNotAchieved", text, reached.degraded(before.snapshot()).remedy()),
            clock.instant());
    if (!catalogue.jobs().update(job, after, freeze(before, reached))) {
      return List.of(
          Next.now(new Task.AwaitSnapshot(before.id().toString(), before.setNumber(), 1)));
    }
    return jobEnd.fail(
        before.id(),
        "ConsistencyNotAchieved",
        text + ". Mend that, or do not demand it (consistencyRequired)");
  }

  /** A rung that failed: with what the extension says of it, and the scripts by their names. */
  private List<Next> failed(Versioned<Job> job, SetState.Failed failed) {
    Snapshot snapshot = job.value().snapshot();
    boolean froze = snapshot.set().method() == SnapshotMethod.RESTORE_POINT;
    List<String> texts = froze ? Reached.extension(vm(job.value())) : List.of();
    String message =
        texts.isEmpty()
            ? failed.message()
            : failed.message() + " The extension says: " + String.join("; ", texts);
    return ladder.descend(
        job, new Refusal(failed.code(), message, null), ScriptOutcome.failures(texts));
  }

  private Optional<Vm> vm(Job job) {
    return disks.vm(job.vmId());
  }

  private List<Next> plans(JobId id) {
    List<Next> next = new ArrayList<>();
    for (Open open : catalogue.work().open(id)) {
      if (open instanceof Open.Planning planning) {
        next.add(Next.now(new Task.PlanDisk(id.toString(), planning.disk(), planning.plan())));
      }
    }
    return next;
  }
}
