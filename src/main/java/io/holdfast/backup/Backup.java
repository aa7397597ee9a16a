package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.disk.Disks;
import io.holdfast.transfer.SegmentMover;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;

/**
 * The steps of a backup, wired.
 *
 * @param start opens a backup and asks for the snapshot
 * @param await looks for the snapshot
 * @param plan plans one disk
 * @param transfer moves a lane
 * @param finish commits and releases
 * @param jobEnd ends a job for a cause
 * @param poisoned deals with messages that failed for good
 * @param reconcile looks after open jobs
 */
public record Backup(
    StartBackup start,
    AwaitSnapshot await,
    PlanDisk plan,
    TransferLane transfer,
    FinalizeBackup finish,
    JobEnd jobEnd,
    Poisoned poisoned,
    Reconcile reconcile) {

  /** Reads of a segment that are in hand at a time. */
  private static final int IN_HAND_MAX = 8;

  /** Longer than a read or a write may take by itself. */
  private static final Duration STALL_MAX = Duration.ofMinutes(1);

  /**
   * Wires the steps.
   *
   * @param threads where chunks are moved
   * @param snapshotGroup name of the resource group for snapshots
   */
  public static Backup over(
      Catalogue catalogue,
      Disks disks,
      OwnVault vault,
      ExecutorService threads,
      Limits limits,
      InstantSource clock,
      String snapshotGroup) {
    JobEnd jobEnd = new JobEnd(catalogue, clock);
    Ladder ladder = new Ladder(catalogue, disks, jobEnd, limits, clock);
    Grants grants = new Grants(catalogue, disks, clock);
    SegmentMover mover =
        new SegmentMover(
            threads,
            new SegmentMover.Bounds(
                IN_HAND_MAX, limits.readBytes(), limits.checkpoint(), STALL_MAX),
            clock);
    Turns turns = new Turns(limits.sweepTurns(), clock);
    OldSnapshots oldSnapshots = new OldSnapshots(catalogue, disks, turns, clock);
    Sweep sweep = new Sweep(catalogue, disks, turns, clock, snapshotGroup);
    StartBackup start =
        new StartBackup(catalogue, disks, jobEnd, ladder, limits, clock, snapshotGroup);
    return new Backup(
        start,
        new AwaitSnapshot(catalogue, disks, ladder, limits, clock),
        new PlanDisk(catalogue, grants, vault, jobEnd, limits, clock),
        new TransferLane(catalogue, grants, vault, mover, jobEnd, limits, clock),
        new FinalizeBackup(
            catalogue,
            vault,
            new Commit(catalogue, disks, vault, clock),
            new Release(catalogue, disks, oldSnapshots, clock),
            jobEnd,
            limits,
            clock),
        jobEnd,
        new Poisoned(catalogue, start, jobEnd, clock),
        new Reconcile(catalogue, jobEnd, oldSnapshots, sweep, clock));
  }
}
