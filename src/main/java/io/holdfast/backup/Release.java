package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.HeldRows.Grant;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Upkeep;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SnapshotSet;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Ends every access and removes every snapshot that a job made and that nobody keeps. */
final class Release {
  /** Points that are looked at after a backup; the reconciler looks at all that have snapshots. */
  private static final int POINTS_MAX = 200;

  private final Catalogue catalogue;
  private final Disks disks;
  private final OldSnapshots oldSnapshots;
  private final InstantSource clock;

  Release(Catalogue catalogue, Disks disks, OldSnapshots oldSnapshots, InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.oldSnapshots = oldSnapshots;
    this.clock = clock;
  }

  /**
   * Goes one step on.
   *
   * @param point the job's recovery point, if it made one
   * @return whether nothing is left
   */
  boolean advance(Job job, Optional<RecoveryPoint> point) {
    // First no more accesses, then the end of those that are on record, then the snapshots.
    catalogue.work().closeAll(job.id());
    boolean done = true;
    List<String> inUse = readByActive(job);
    for (Versioned<Grant> grant : catalogue.held().grants(job.id())) {
      DiskSnapshot snapshot = grant.value().snapshot();
      boolean ended = inUse.contains(snapshot.id()) || disks.close(job.id().toString(), snapshot);
      done &= ended && catalogue.held().ended(job.id(), grant);
    }
    if (!done) {
      return false;
    }
    Optional<SnapshotSet> kept = point.map(RecoveryPoint::snapshot);
    for (SnapshotSet set : catalogue.held().made(job.id())) {
      boolean keep = kept.isPresent() && kept.get().equals(set);
      done &= keep || disks.remove(set);
    }
    return done && point.isPresent() ? removeOlder(job) : done;
  }

  /**
   * The snapshots that the item's next job reads already, which may have begun when this one had
   * committed: Azure has one access a snapshot, so that job ends it.
   */
  private List<String> readByActive(Job job) {
    return catalogue
        .jobs()
        .item(job.id().itemId())
        .map(item -> item.value().activeBackup())
        .filter(active -> !active.equals(job.id().toString()))
        .map(active -> catalogue.held().grants(JobId.of(active)))
        .orElse(List.of())
        .stream()
        .map(grant -> grant.value().snapshot().id())
        .toList();
  }

  /** The snapshots of the item's older points whose day is over. */
  private boolean removeOlder(Job job) {
    Optional<String> active =
        catalogue.jobs().item(job.id().itemId()).map(item -> item.value().activeBackup());
    if (active.isPresent()) {
      // The item's next job may compare with one of them; it looks after them when it is done.
      return true;
    }
    Instant now = clock.instant();
    boolean done = true;
    Upkeep upkeep = catalogue.upkeep().of(job.id().itemId());
    List<RecoveryPoint> points =
        catalogue.points().ofItem(job.id().itemId(), POINTS_MAX, Optional.empty());
    for (RecoveryPoint point : points) {
      // By what they hold: a slot's job that came late has an older id than the one before it.
      List<RecoveryPoint> newer =
          points.stream().filter(other -> other.time().isAfter(point.time())).toList();
      if (point.snapshot() != null && !KeptSnapshots.keeps(point, newer, upkeep, now)) {
        done &= oldSnapshots.remove(point);
      }
    }
    return done;
  }
}
