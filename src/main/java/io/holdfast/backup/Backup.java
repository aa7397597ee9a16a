package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Policy;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Surroundings;
import io.holdfast.disk.Vm;
import io.holdfast.transfer.SegmentMover;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.function.Function;

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
 * @param prechecks looks for what stands in the way of a backup
 */
public record Backup(
    StartBackup start,
    AwaitSnapshot await,
    PlanDisk plan,
    TransferLane transfer,
    FinalizeBackup finish,
    JobEnd jobEnd,
    Poisoned poisoned,
    Reconcile reconcile,
    Prechecks prechecks) {

  /** Reads of a segment that are in hand at a time. */
  private static final int IN_HAND_MAX = 8;

  /** Longer than a read or a write may take by itself. */
  private static final Duration STALL_MAX = Duration.ofMinutes(1);

  /**
   * Wires the steps.
   *
   * @param threads where chunks are moved
   * @param site where snapshots are made
   * @param covering the policy that a VM is under now
   */
  public static Backup over(
      Catalogue catalogue,
      Disks disks,
      Surroundings surroundings,
      OwnVault vault,
      ExecutorService threads,
      Limits limits,
      InstantSource clock,
      SnapshotSite site,
      Function<Vm, Optional<Policy>> covering) {
    JobEnd jobEnd = new JobEnd(catalogue, clock);
    FreezeGuard guard = new FreezeGuard(catalogue, clock);
    Ladder ladder = new Ladder(catalogue, disks, jobEnd, guard, limits, clock);
    InstallExtension install =
        new InstallExtension(catalogue, disks, surroundings, ladder, site, clock);
    Prechecks prechecks = new Prechecks(catalogue, disks, surroundings, guard, site, clock);
    Grants grants = new Grants(catalogue, disks, clock);
    SegmentMover mover =
        new SegmentMover(
            threads,
            new SegmentMover.Bounds(
                IN_HAND_MAX, limits.readBytes(), limits.checkpoint(), STALL_MAX),
            clock);
    Turns turns = new Turns(limits.sweepTurns(), clock);
    OldSnapshots oldSnapshots = new OldSnapshots(catalogue, disks, turns, clock);
    Sweep sweep = new Sweep(catalogue, disks, turns, clock, site.group());
    OpenSlot slots = new OpenSlot(catalogue, covering, prechecks, limits, clock);
    StartBackup start = new StartBackup(catalogue, disks, slots, jobEnd, install, prechecks, clock);
    return new Backup(
        start,
        new AwaitSnapshot(catalogue, disks, install, ladder, guard, jobEnd, limits, clock),
        new PlanDisk(catalogue, grants, vault, jobEnd, limits, clock),
        new TransferLane(catalogue, grants, vault, mover, jobEnd, limits, clock),
        new FinalizeBackup(
            catalogue,
            vault,
            new Commit(catalogue, disks, vault, limits, clock),
            new Release(catalogue, disks, oldSnapshots, clock),
            jobEnd,
            limits,
            clock),
        jobEnd,
        new Poisoned(catalogue, slots, jobEnd, clock),
        new Reconcile(catalogue, jobEnd, oldSnapshots, sweep, clock),
        prechecks);
  }
}
