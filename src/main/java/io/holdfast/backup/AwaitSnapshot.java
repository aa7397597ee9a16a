package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
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
import io.holdfast.disk.Vm;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** The step that looks once whether the snapshot is there, and opens the transfer when it is. */
public final class AwaitSnapshot {
  /** The task's name as users see it. */
  static final String TRANSFER = "Transfer data to vault";

  private final Catalogue catalogue;
  private final Disks disks;
  private final Ladder ladder;
  private final Limits limits;
  private final InstantSource clock;

  AwaitSnapshot(
      Catalogue catalogue, Disks disks, Ladder ladder, Limits limits, InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.ladder = ladder;
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
      return ladder.descend(job, new Refusal(failed.code(), failed.message(), null));
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
                null));
      }
    }
    Consistency achieved = achieved(before, ready);
    Job after =
        before
            .withSnapshot(
                new Snapshot(
                    snapshot.set(),
                    snapshot.requested(),
                    achieved,
                    ready.time(),
                    ready.snapshots()))
            .end(StartBackup.TAKE_SNAPSHOT, "Completed", clock.instant())
            .begin(TRANSFER, clock.instant());
    boolean said = before.warnings().stream().anyMatch(w -> w.code().equals(Ladder.REFUSED));
    if (achieved.below(snapshot.requested()) && !said) {
      after = after.withWarning(degraded(snapshot.requested(), achieved));
    }
    List<Change> openings = new ArrayList<>();
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

  /**
   * Files of a VM that is off are whole, however its disks were frozen. It counts as off only when
   * it was off before and after the snapshot.
   */
  private Consistency achieved(Job job, SetState.Ready ready) {
    // Each further set is one rung lower; the first one of a VM that is off starts at rung 1.
    boolean offBefore = job.snapshot().set().method().ordinal() == job.setNumber();
    if (ready.achieved() != Consistency.CRASH_CONSISTENT || !offBefore) {
      return ready.achieved();
    }
    boolean offNow = disks.vm(job.vmId()).map(Vm::running).filter(running -> running).isEmpty();
    return offNow ? Consistency.FILE_SYSTEM_CONSISTENT : ready.achieved();
  }

  private static Warning degraded(Consistency requested, Consistency achieved) {
    return new Warning(
        "ConsistencyDegraded",
        "%s was asked for, %s was achieved".formatted(requested.text(), achieved.text()),
        "Look at the VM's guest agent and the snapshot extension's status;"
            + " Azure tries the better mode again by itself.");
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
