package io.holdfast.backup;

import io.holdfast.backup.Grants.Access;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Versioned;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.ChangeList;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Unavailable;
import io.holdfast.transfer.Bases;
import io.holdfast.transfer.Segment;
import io.holdfast.transfer.SegmentGrid;
import io.holdfast.transfer.SegmentMover;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** The step that goes on with one lane: at most one segment a visit, then itself again. */
public final class TransferLane {
  /** Deliveries at which a comparison that was possible when it was planned may be refused. */
  private static final int REFUSALS_MAX = 5;

  private final Catalogue catalogue;
  private final Grants grants;
  private final OwnVault vault;
  private final SegmentMover mover;
  private final Bases bases = new Bases();
  private final JobEnd jobEnd;
  private final Limits limits;
  private final InstantSource clock;

  TransferLane(
      Catalogue catalogue,
      Grants grants,
      OwnVault vault,
      SegmentMover mover,
      JobEnd jobEnd,
      Limits limits,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.grants = grants;
    this.vault = vault;
    this.mover = mover;
    this.jobEnd = jobEnd;
    this.limits = limits;
    this.clock = clock;
  }

  public List<Next> run(Task.Transfer task, Delivery delivery) {
    JobId id = JobId.of(task.jobId());
    Job job = catalogue.jobs().get(id).value();
    if (!job.transferring()) {
      return List.of();
    }
    if (clock.instant().isAfter(job.deadline())) {
      return jobEnd.fail(id, "DeadlineExceeded", Deadlines.exceeded(job));
    }
    Optional<DiskPlan> plan = catalogue.work().sealed(id, task.disk());
    Optional<Versioned<Lane>> lane =
        catalogue.work().lane(id, task.disk(), task.plan(), task.lane());
    if (plan.isEmpty() || plan.get().number() != task.plan() || lane.isEmpty()) {
      return List.of();
    }
    if (!catalogue.work().isOpen(id, open(task))) {
      // The lane is done; whoever did it may not have come to look at the others.
      return FanIn.whenNoneIsOpen(catalogue, id);
    }
    if (task.cursor() < lane.get().value().cursor()) {
      return delivery.redelivered() ? again(task, lane.get().value(), Duration.ZERO) : List.of();
    }
    return move(job, plan.get(), lane.get(), task, delivery);
  }

  private static Open open(Task.Transfer task) {
    return new Open.Moving(task.disk(), task.plan(), task.lane());
  }

  private static List<Next> again(Task.Transfer task, Lane lane, Duration delay) {
    return List.of(
        Next.in(
            delay,
            new Task.Transfer(task.jobId(), task.disk(), task.plan(), task.lane(), lane.cursor())));
  }

  private List<Next> move(
      Job job, DiskPlan plan, Versioned<Lane> lane, Task.Transfer task, Delivery delivery) {
    Access access = grants.open(job, open(task), task.disk(), job.snapshot().part(task.disk()));
    Access base =
        plan.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF
            ? grants.open(
                job, open(task), Grants.ofBase(task.disk()), plan.decision().baseSnapshot())
            : access;
    if (access instanceof Access.Denied denied) {
      return denied.next();
    }
    if (base instanceof Access.Denied denied) {
      return denied.next();
    }
    if (!(access instanceof Access.Granted now) || !(base instanceof Access.Granted earlier)) {
      return again(task, lane.value(), PlanDisk.ACCESS_DELAY);
    }
    LaneProgress progress = new LaneProgress(catalogue.work(), job.id(), plan, lane);
    int segment = plan.segmentsOf(task.lane())[lane.value().place()];
    SegmentGrid grid =
        new SegmentGrid(
            plan.decision().sizeBytes(),
            vault.vault().config().chunkBytes(),
            vault.vault().config().segmentChunks());
    try {
      SegmentGrid.Touched touched = touched(plan, grid, segment, now.reader(), earlier.reader());
      boolean owned =
          mover.move(
              UnusableBase.writer(vault.vault(), plan),
              new Segment(
                  grid,
                  segment,
                  bases.segment(vault.vault(), plan.decision().baseRoot(), segment),
                  plan.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF,
                  touched,
                  now.reader(),
                  job.snapshot().part(task.disk()).id()),
              progress,
              clock.instant().plus(limits.visitMax()),
              delivery.redelivered());
      if (!owned) {
        // Another run of this lane was faster: its messages go on, not ours.
        return List.of();
      }
    } catch (Unavailable busy) {
      if (busy.retryAfter().isEmpty()) {
        throw busy;
      }
      return again(task, progress.lane(), busy.retryAfter().get());
    } catch (Corrupt missing) {
      String builtOn = plan.decision().base();
      if (builtOn != null && catalogue.points().find(builtOn).isEmpty()) {
        return jobEnd.failBaseGone(job.id());
      }
      if (builtOn != null) {
        return jobEnd.failBaseUnusable(job.id(), builtOn, missing.getMessage());
      }
      throw missing;
    } catch (DiffRefused refused) {
      if (delivery.attempt() < REFUSALS_MAX) {
        // Someone may only have ended the access to the base: the next delivery asks for it anew.
        throw new Unavailable(refused.getMessage(), refused);
      }
      return jobEnd.fail(
          job.id(),
          "BaseSnapshotLost",
          "disk %s: %s; it was possible when the disk was planned. The next backup compares all of"
                  .formatted(task.disk(), refused.getMessage())
              + " it");
    }
    return progress.finished()
        ? FanIn.whenNoneIsOpen(catalogue, job.id())
        : again(task, progress.lane(), Duration.ZERO);
  }

  /** What the change list of a segment means for its chunks; the list itself is not kept. */
  private static SegmentGrid.Touched touched(
      DiskPlan plan, SegmentGrid grid, int segment, DiskReader now, DiskReader earlier)
      throws DiffRefused {
    if (now.sizeBytes() != grid.sizeBytes()) {
      throw new Unavailable(
          "%s has %d bytes now, and had %d when the disk was planned"
              .formatted(now, now.sizeBytes(), grid.sizeBytes()));
    }
    ChangeList changes =
        plan.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF
            ? (from, length, into) -> now.changed(earlier, from, length, into)
            : now::allocated;
    SegmentGrid.Marks marks = grid.marks(segment);
    changes.all(grid.start(segment), grid.length(segment), marks);
    return marks.touched();
  }
}
