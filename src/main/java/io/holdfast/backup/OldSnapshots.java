package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.IndexRows.Ids;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Upkeep;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes the snapshots of points whose day is over: after a later backup, and by the reconciler,
 * so that they go also where no backup follows.
 */
final class OldSnapshots {
  private static final Logger LOG = LoggerFactory.getLogger(OldSnapshots.class);

  /** Points of one page. */
  private static final int PAGE = 200;

  private final Catalogue catalogue;
  private final Disks disks;
  private final Turns turns;
  private final InstantSource clock;

  OldSnapshots(Catalogue catalogue, Disks disks, Turns turns, InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.turns = turns;
    this.clock = clock;
  }

  /** Goes one step on with every point that has snapshots; the next run goes on. */
  void run() {
    Optional<JobId> before = Optional.empty();
    boolean more = true;
    while (more) {
      Ids page = catalogue.index().snapshots(PAGE, before);
      for (JobId id : page.ids()) {
        try {
          look(id);
        } catch (RuntimeException e) {
          // One snapshot that cannot be removed must not keep the others.
          LOG.error("the snapshots of point {} could not be looked at", id.pointId(), e);
        }
        before = Optional.of(id);
      }
      more = page.next().isPresent();
    }
  }

  private void look(JobId id) {
    Optional<RecoveryPoint> point = catalogue.points().find(id).map(Versioned::value);
    if (point.isEmpty()) {
      catalogue.index().snapshotGone(id);
      return;
    }
    if (!isDue(point.get())) {
      return;
    }
    Optional<Item> item = catalogue.jobs().item(id.itemId()).map(Versioned::value);
    // A backup that is under way may compare with them, and looks after them when it is done.
    boolean busy = item.filter(found -> found.activeBackup() != null).isPresent();
    if (busy) {
      return;
    }
    List<RecoveryPoint> newer =
        item
            .flatMap(catalogue.points()::base)
            .filter(latest -> !latest.id().equals(point.get().id()))
            .stream()
            .toList();
    Upkeep upkeep = catalogue.upkeep().of(id.itemId());
    if (!KeptSnapshots.keeps(point.get(), newer, upkeep, clock.instant())) {
      boolean unused = remove(point.get());
    } else if (turns.isTurnOf(point.get().snapshot().name())) {
      endAccesses(point.get());
    }
  }

  /** One whose day is not over is looked at in its turn only: there may be many. */
  private boolean isDue(RecoveryPoint point) {
    return point.snapshot() == null
        || point.lifecycle().state() != Lifecycle.State.AVAILABLE
        || clock.instant().isAfter(point.snapshotUntil())
        || turns.isTurnOf(point.snapshot().name());
  }

  /**
   * No job of the item is open, so nobody reads: an access that is there was granted to a call that
   * was served after its job had ended. A job that opens just now asks for its own once more.
   */
  private void endAccesses(RecoveryPoint point) {
    // An end that an earlier run began is none of an access that came after it.
    String run = "reconcile " + clock.instant();
    for (RecoveryPoint.PointDisk disk : point.disks()) {
      boolean unused = disks.close(run, disk.snapshot());
    }
  }

  /**
   * Goes one step on with the removal of a point's snapshots.
   *
   * @return whether they are gone, also from the point's row
   */
  boolean remove(RecoveryPoint point) {
    if (point.snapshot() != null && !disks.remove(point.snapshot())) {
      return false;
    }
    Optional<Versioned<RecoveryPoint>> row = catalogue.points().find(point.jobId());
    if (row.isPresent()
        && row.get().value().snapshot() != null
        && !catalogue.points().replace(row.get(), row.get().value().withoutSnapshot())) {
      return false;
    }
    catalogue.index().snapshotGone(point.jobId());
    return true;
  }
}
