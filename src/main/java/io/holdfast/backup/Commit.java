package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Snapshot;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SetState;
import io.holdfast.failure.Corrupt;
import io.holdfast.vault.Digest;
import io.holdfast.vault.Vault;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Objects, then disk manifests, then the point manifest, then the one conditional commit. Repeating
 * it writes the same bytes under the same names.
 */
final class Commit {
  /** The task's name as users see it. */
  static final String WRITE_POINT = "Write recovery point";

  private final Catalogue catalogue;
  private final Disks disks;
  private final OwnVault vault;
  private final Limits limits;
  private final InstantSource clock;

  Commit(Catalogue catalogue, Disks disks, OwnVault vault, Limits limits, InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.vault = vault;
    this.limits = limits;
    this.clock = clock;
  }

  /** What came of a commit. */
  enum Outcome {
    /** The point is there. */
    COMMITTED,
    /** The job was changed by someone else meanwhile: read it again. */
    JOB_CHANGED,
    /** A base that a plan names is gone. */
    BASE_GONE,
    /** A base that a plan names cannot be read; that is remembered. */
    BASE_UNUSABLE,
    /** The snapshots are no longer those that the transfer began with. */
    SNAPSHOT_REPLACED
  }

  Outcome run(Versioned<Job> was) {
    Job job = was.value();
    vault.assertOwned();
    Vault target = vault.vault();
    CommitRows rows = CommitRows.read(catalogue, job);
    boolean changed =
        catalogue.jobs().find(job.id()).filter(now -> now.etag().equals(was.etag())).isEmpty();
    if (changed) {
      // Another run may have committed and cleared the rows away while they were being read.
      return Outcome.JOB_CHANGED;
    }
    if (isReplaced(job.snapshot())) {
      return Outcome.SNAPSHOT_REPLACED;
    }
    List<JobId> bases = rows.bases();
    PointDraft draft;
    try {
      draft = PointDraft.save(target, job, rows);
    } catch (Corrupt missing) {
      if (bases.stream().anyMatch(this::isGone)) {
        return Outcome.BASE_GONE;
      }
      if (!bases.isEmpty()) {
        bases.forEach(base -> catalogue.points().markUnusable(base, missing.getMessage()));
        return Outcome.BASE_UNUSABLE;
      }
      throw missing;
    }
    String vaultId = target.config().vaultId();
    Digest manifest = target.savePointManifest(draft.manifest(vaultId)).id();
    List<Warning> slow = draft.slow(limits.readBytesPerSecond());
    RecoveryPoint point = draft.point(manifest, vaultId, !slow.isEmpty());
    Job noted = job;
    for (Warning note : slow) {
      noted = noted.withNote(note);
    }
    Job committed =
        noted
            .withDisks(draft.results())
            .end(AwaitSnapshot.TRANSFER, "Completed", clock.instant())
            .begin(WRITE_POINT, clock.instant())
            .become(JobStatus.COMMITTED);
    List<Change> changes = new ArrayList<>();
    changes.add(catalogue.points().insert(point));
    for (JobId base : bases) {
      catalogue.points().find(base).ifPresent(row -> assertOurs(row.value()));
      changes.add(catalogue.points().assertExists(base));
    }
    boolean done = catalogue.jobs().leave(was, committed, item -> withPoint(item, point), changes);
    if (done) {
      return Outcome.COMMITTED;
    }
    return bases.stream().anyMatch(this::isGone) ? Outcome.BASE_GONE : Outcome.JOB_CHANGED;
  }

  /**
   * Single snapshots go by names: one that someone deleted in mid-transfer may have been made anew,
   * at another instant, by a call that was served late. A restore point's parts have names of their
   * own.
   */
  private boolean isReplaced(Snapshot snapshot) {
    if (snapshot.set().singleDisks().isEmpty()) {
      return false;
    }
    return !(disks.look(snapshot.set()) instanceof SetState.Ready now)
        || !now.time().equals(snapshot.time());
  }

  private boolean isGone(JobId base) {
    return catalogue.points().find(base).isEmpty();
  }

  private void assertOurs(RecoveryPoint base) {
    vault.assertOurs("the row of recovery point " + base.id(), base.vaultId());
  }

  private Item withPoint(Item item, RecoveryPoint point) {
    vault.assertOurs("the row of item " + item.id(), item.vaultId());
    return item.withPoint(point);
  }
}
