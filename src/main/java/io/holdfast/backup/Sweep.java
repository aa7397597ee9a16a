package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Disks.Found;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks through Azure for what Holdfast made and no row knows any more: a snapshot whose creation
 * was served long after its job had ended, or whose rows were lost. Single snapshots at every run;
 * restore points, which carry no tags and take a request a collection, in turns.
 */
final class Sweep {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  private final Catalogue catalogue;
  private final Disks disks;
  private final Turns turns;
  private final InstantSource clock;
  private final String snapshotGroup;

  /**
   * @param snapshotGroup name of the resource group for snapshots, in each subscription
   */
  Sweep(Catalogue catalogue, Disks disks, Turns turns, InstantSource clock, String snapshotGroup) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.turns = turns;
    this.clock = clock;
    this.snapshotGroup = snapshotGroup;
  }

  /** Goes one step on with the removal of whatever is nobody's; the next run goes on. */
  void run() {
    for (String subscription : catalogue.index().subscriptions()) {
      try {
        look(subscription);
      } catch (RuntimeException e) {
        // A subscription that cannot be read must not keep the others from it.
        LOG.error(
            "subscription {}: resource group {} could not be looked through for leftovers",
            subscription,
            snapshotGroup,
            e);
      }
    }
  }

  private void look(String subscription) {
    removeLeaked(disks.snapshots(subscription, snapshotGroup));
    for (String collection : disks.collections(subscription, snapshotGroup)) {
      if (turns.isTurnOf(collection)) {
        removeLeaked(disks.restorePoints(subscription, snapshotGroup, collection));
      }
    }
  }

  private void removeLeaked(List<Found> all) {
    for (Found found : all) {
      Optional<JobId> id = SnapshotNames.jobOf(found.name());
      if (id.isPresent() && isLeaked(found, id.get())) {
        LOG.warn("{} belongs to no job and to no recovery point: it is removed", found.id());
        boolean unused = disks.remove(found);
      }
    }
  }

  private boolean isLeaked(Found found, JobId id) {
    Optional<Job> job = catalogue.jobs().find(id).map(Versioned::value);
    // Its release goes on by the row in open, which a host that died may not have put back.
    job.filter(held -> held.status().ended() && !held.released())
        .ifPresent(held -> catalogue.jobs().reopen(id));
    Optional<RecoveryPoint> point = catalogue.points().find(id).map(Versioned::value);
    return Leaked.is(found, catalogue.id(), job, point, clock.instant());
  }
}
