package io.holdfast.backup;

import io.holdfast.backup.Grants.Access;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.DiskPlan.Decision;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Versioned;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.ChangeList;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.transfer.SegmentGrid;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The step that decides, once, how one disk's changes are found, reads the change list, and seals
 * the segments to move into lanes.
 */
public final class PlanDisk {
  /** Azure grants an access within a second or two. */
  static final Duration ACCESS_DELAY = Duration.ofMillis(500);

  private static final int SECTOR_BYTES = 512;

  private final Catalogue catalogue;
  private final Grants grants;
  private final OwnVault vault;
  private final JobEnd jobEnd;
  private final Limits limits;
  private final InstantSource clock;

  PlanDisk(
      Catalogue catalogue,
      Grants grants,
      OwnVault vault,
      JobEnd jobEnd,
      Limits limits,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.grants = grants;
    this.vault = vault;
    this.jobEnd = jobEnd;
    this.limits = limits;
    this.clock = clock;
  }

  public List<Next> run(Task.PlanDisk task, Delivery delivery) {
    JobId id = JobId.of(task.jobId());
    Job job = catalogue.jobs().get(id).value();
    if (!job.transferring()) {
      return List.of();
    }
    if (clock.instant().isAfter(job.deadline())) {
      return jobEnd.fail(id, "DeadlineExceeded", Deadlines.exceeded(job));
    }
    Optional<Versioned<DiskPlan>> plan = catalogue.work().planning(id, task.disk());
    if (plan.isEmpty()) {
      // Sealed by an earlier run, whose messages may have been lost with it.
      return delivery.redelivered() ? resend(id, task) : List.of();
    }
    if (plan.get().value().number() != task.plan()) {
      return List.of();
    }
    return plan(job, plan.get().value(), task);
  }

  private List<Next> plan(Job job, DiskPlan seen, Task.PlanDisk task) {
    DiskSnapshot snapshot = job.snapshot().part(task.disk());
    if (snapshot.logicalSectorBytes() != SECTOR_BYTES) {
      return jobEnd.fail(
          job.id(),
          "UnsupportedSectorSize",
          ("disk %s has sectors of %d bytes, which Azure exports as VHDX; only disks with sectors of"
                  + " %d bytes can be backed up")
              .formatted(task.disk(), snapshot.logicalSectorBytes(), SECTOR_BYTES));
    }
    Open needs = new Open.Planning(task.disk(), task.plan());
    Decision decision = seen.decision();
    Access access = grants.open(job, needs, task.disk(), snapshot);
    Access base = access;
    if (decision != null && decision.changeSource() == ChangeSource.SNAPSHOT_DIFF) {
      try {
        base = grants.open(job, needs, Grants.ofBase(task.disk()), decision.baseSnapshot());
      } catch (Invalid lost) {
        // Someone removed it, or it may not be read any more: the next best way does without it.
        return unchanged(job.id(), seen)
            .map(row -> replan(job, row, lost.getMessage()))
            .orElse(List.of(Next.now(task)));
      }
    }
    if (access instanceof Access.Denied denied) {
      return denied.next();
    }
    if (base instanceof Access.Denied denied) {
      return denied.next();
    }
    if (!(access instanceof Access.Granted now) || !(base instanceof Access.Granted earlier)) {
      return List.of(Next.in(ACCESS_DELAY, task));
    }
    // Putting the accesses on record has changed the open row: read it again.
    Optional<Versioned<DiskPlan>> plan = unchanged(job.id(), seen);
    if (plan.isEmpty()) {
      return List.of(Next.now(task));
    }
    DiskReader reader = now.reader();
    if (decision == null) {
      Optional<RecoveryPoint> builtOn = base(job.id());
      Decision made =
          UnusableBase.reason(catalogue, builtOn)
              .map(reason -> ChangeChoice.withoutBase(reason, reader.sizeBytes()))
              .orElseGet(() -> ChangeChoice.choose(builtOn, snapshot, reader.sizeBytes()));
      boolean mine =
          catalogue.work().advance(job.id(), plan.get(), plan.get().value().decided(made));
      return mine ? List.of(Next.now(task)) : List.of();
    }
    return walk(
        job,
        plan.get(),
        task,
        decision.changeSource() == ChangeSource.SNAPSHOT_DIFF
            ? (from, length, into) -> reader.changed(earlier.reader(), from, length, into)
            : reader::allocated);
  }

  /** The open row, if no other run has decided anything since it was seen. */
  private Optional<Versioned<DiskPlan>> unchanged(JobId id, DiskPlan seen) {
    return catalogue
        .work()
        .planning(id, seen.disk())
        .filter(row -> row.value().number() == seen.number())
        .filter(row -> Objects.equals(row.value().decision(), seen.decision()));
  }

  /** The newest point of the item that retention may count on: the one that the vault has. */
  private Optional<RecoveryPoint> base(JobId id) {
    Optional<Item> item = catalogue.jobs().item(id.itemId()).map(Versioned::value);
    item.ifPresent(row -> vault.assertOurs("the row of item " + row.id(), row.vaultId()));
    Optional<RecoveryPoint> base = item.flatMap(catalogue.points()::base);
    base.ifPresent(
        point -> vault.assertOurs("the row of recovery point " + point.id(), point.vaultId()));
    return base;
  }

  /**
   * Reads the change list from where the last visit stopped. Nothing is decided before its end; an
   * answer that fails in the middle of it loses no more than itself.
   */
  private List<Next> walk(
      Job job, Versioned<DiskPlan> was, Task.PlanDisk task, ChangeList changes) {
    Instant stop = clock.instant().plus(limits.visitMax());
    Instant looked = clock.instant();
    DiskPlan plan = was.value();
    SegmentGrid grid =
        new SegmentGrid(
            plan.decision().sizeBytes(),
            vault.vault().config().chunkBytes(),
            vault.vault().config().segmentChunks());
    PlanMarks marks = new PlanMarks(grid, plan);
    long at = plan.cursorBytes();
    while (at < grid.sizeBytes()) {
      // A visit always gets on by a chunk or more, however long the answers take.
      if (clock.instant().isAfter(stop) && marks.settled() > plan.cursorBytes()) {
        // Who loses the row sends nothing: the faster run's messages go on.
        boolean mine = catalogue.work().advance(job.id(), was, marks.plan());
        return mine ? List.of(Next.now(task)) : List.of();
      }
      if (clock.instant().isAfter(looked.plus(limits.checkpoint()))) {
        if (!catalogue.work().isOpen(job.id(), new Open.Planning(plan.disk(), plan.number()))) {
          // The job has ended, or another run has sealed the plan.
          return List.of();
        }
        looked = clock.instant();
      }
      try {
        at = changes.step(at, Math.min(limits.planWindowBytes(), grid.sizeBytes() - at), marks);
      } catch (DiffRefused refused) {
        return replan(job, was, refused.getMessage());
      } catch (Unavailable busy) {
        // What was listed before counts, so that a source that is busy now and then cannot keep a
        // long list from its end.
        if (marks.settled() > plan.cursorBytes()) {
          boolean unused = catalogue.work().advance(job.id(), was, marks.plan());
        }
        throw busy;
      }
      marks.listed(at);
    }
    return seal(job.id(), was, marks.plan(), task);
  }

  /** Another change source is a new plan and a fresh start of the disk. */
  private List<Next> replan(Job job, Versioned<DiskPlan> was, String reason) {
    DiskPlan before = was.value();
    Decision instead = ChangeChoice.afterRefusal(before.decision(), reason);
    DiskPlan next = DiskPlan.open(before.disk(), before.number() + 1).decided(instead);
    boolean mine = catalogue.work().advance(job.id(), was, next);
    return mine
        ? List.of(Next.now(new Task.PlanDisk(job.id().toString(), next.disk(), next.number())))
        : List.of();
  }

  private List<Next> seal(JobId id, Versioned<DiskPlan> was, DiskPlan plan, Task.PlanDisk task) {
    DiskPlan sealed = plan.sealed(Math.min(limits.lanes(), plan.segments().cardinality()));
    Optional<Versioned<Job>> job = catalogue.jobs().find(id);
    if (job.isEmpty() || !job.get().value().transferring()) {
      return List.of();
    }
    Instant deadline = Deadlines.raised(job.get().value(), sealed, limits);
    Job raised = job.get().value().withDeadline(deadline);
    Job next = UnusableBase.warning(sealed).map(raised::withWarning).orElse(raised);
    boolean done = catalogue.jobs().update(job.get(), next, catalogue.work().seal(id, was, sealed));
    if (done) {
      return lanes(id, sealed);
    }
    // Another disk's plan changed the job at the same time, or another run of this step was faster.
    boolean stillMine =
        catalogue
            .work()
            .planning(id, task.disk())
            .filter(row -> row.etag().equals(was.etag()))
            .isPresent();
    return stillMine ? seal(id, was, plan, task) : List.of();
  }

  private List<Next> lanes(JobId id, DiskPlan sealed) {
    List<Next> next = new ArrayList<>();
    for (int lane = 0; lane < sealed.lanes(); lane++) {
      next.add(Next.now(new Task.Transfer(id.toString(), sealed.disk(), sealed.number(), lane, 0)));
    }
    return next.isEmpty() ? FanIn.whenNoneIsOpen(catalogue, id) : next;
  }

  private List<Next> resend(JobId id, Task.PlanDisk task) {
    Optional<DiskPlan> sealed = catalogue.work().sealed(id, task.disk());
    if (sealed.isEmpty() || sealed.get().number() != task.plan()) {
      return List.of();
    }
    List<Next> next = new ArrayList<>();
    for (int lane = 0; lane < sealed.get().lanes(); lane++) {
      Optional<Versioned<Lane>> row = catalogue.work().lane(id, task.disk(), task.plan(), lane);
      if (row.isPresent()) {
        next.add(
            Next.now(
                new Task.Transfer(
                    id.toString(), task.disk(), task.plan(), lane, row.get().value().cursor())));
      }
    }
    return next.isEmpty() ? FanIn.whenNoneIsOpen(catalogue, id) : next;
  }
}
