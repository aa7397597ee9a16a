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
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Extent;
import io.holdfast.failure.Invalid;
import io.holdfast.transfer.SegmentGrid;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
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
      Decision made = ChangeChoice.choose(base(job.id()), snapshot, reader.sizeBytes());
      boolean mine =
          catalogue.work().advance(job.id(), plan.get(), plan.get().value().decided(made));
      return mine ? List.of(Next.now(task)) : List.of();
    }
    return walk(
        job,
        plan.get(),
        task,
        decision.changeSource() == ChangeSource.SNAPSHOT_DIFF
            ? (from, length) -> reader.changed(earlier.reader(), from, length)
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
    // One that has committed and is not published yet is no base: it may still be lost.
    Optional<RecoveryPoint> base =
        item.map(Item::latestPoint)
            .flatMap(point -> catalogue.points().find(point))
            .map(Versioned::value)
            .filter(RecoveryPoint::published)
            .or(() -> catalogue.points().newestPublished(id.itemId()));
    base.ifPresent(
        point -> vault.assertOurs("the row of recovery point " + point.id(), point.vaultId()));
    return base;
  }

  /** A change list, window by window. */
  private interface Changes {
    List<Extent> in(long offset, long length) throws DiffRefused;
  }

  private List<Next> walk(Job job, Versioned<DiskPlan> was, Task.PlanDisk task, Changes changes) {
    Instant stop = clock.instant().plus(limits.visitMax());
    Instant looked = clock.instant();
    DiskPlan plan = was.value();
    SegmentGrid grid =
        new SegmentGrid(
            plan.decision().sizeBytes(),
            vault.vault().config().chunkBytes(),
            vault.vault().config().segmentChunks());
    BitSet segments = plan.segments();
    while (plan.cursorBytes() < grid.sizeBytes()) {
      if (clock.instant().isAfter(stop)) {
        // Who loses the row sends nothing: the faster run's messages go on.
        boolean mine = catalogue.work().advance(job.id(), was, plan);
        return mine ? List.of(Next.now(task)) : List.of();
      }
      if (clock.instant().isAfter(looked.plus(limits.checkpoint()))) {
        if (!catalogue.work().isOpen(job.id(), new Open.Planning(plan.disk(), plan.number()))) {
          // The job has ended, or another run has sealed the plan.
          return List.of();
        }
        looked = clock.instant();
      }
      long length = Math.min(limits.planWindowBytes(), grid.sizeBytes() - plan.cursorBytes());
      List<Extent> extents;
      try {
        extents = changes.in(plan.cursorBytes(), length);
      } catch (DiffRefused refused) {
        return replan(job, was, refused.getMessage());
      }
      long bytes = mark(grid, extents, segments);
      plan = plan.advanced(plan.cursorBytes() + length, segments, bytes);
    }
    return seal(job.id(), was, plan, task);
  }

  /** Marks the segments that the extents touch. */
  private static long mark(SegmentGrid grid, List<Extent> extents, BitSet segments) {
    long bytes = 0;
    int at = 0;
    while (at < extents.size()) {
      int segment = (int) (extents.get(at).offset() / grid.segmentBytes());
      long start = grid.start(segment);
      long end = start + grid.length(segment);
      int after = at;
      while (after < extents.size() && extents.get(after).offset() < end) {
        after++;
      }
      // A range may reach into the next segment: then that one begins with the same range.
      List<Extent> inside = Extent.clipped(extents.subList(at, after), start, end);
      bytes += grid.bytes(segment, grid.touched(segment, inside).read());
      segments.set(segment);
      boolean reachesOn = extents.get(after - 1).end() > end;
      if (reachesOn) {
        Extent last = extents.get(after - 1);
        List<Extent> rest = new ArrayList<>();
        rest.add(new Extent(end, last.end() - end, last.clear()));
        rest.addAll(extents.subList(after, extents.size()));
        extents = rest;
        at = 0;
      } else {
        at = after;
      }
    }
    return bytes;
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
    boolean done =
        catalogue
            .jobs()
            .update(
                job.get(),
                job.get().value().withDeadline(deadline),
                catalogue.work().seal(id, was, sealed));
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
