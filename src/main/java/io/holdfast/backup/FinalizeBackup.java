package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.failure.Invalid;
import io.holdfast.vault.Digest;
import io.holdfast.vault.PointRef;
import io.holdfast.vault.VaultConfig;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The step that commits the recovery point, publishes it in the vault, and releases what the job
 * holds. It goes by the job's row, so it is also what releases a job that failed or is cancelled.
 */
public final class FinalizeBackup {
  /** The task's name as users see it. */
  static final String REMOVE_SNAPSHOTS = "Remove snapshots";

  /** So often a release is looked at before it counts as stuck, however long it took. */
  private static final int RELEASE_LOOKS_MIN = 5;

  private final Catalogue catalogue;
  private final OwnVault vault;
  private final Commit commit;
  private final Release release;
  private final JobEnd jobEnd;
  private final Limits limits;
  private final InstantSource clock;

  FinalizeBackup(
      Catalogue catalogue,
      OwnVault vault,
      Commit commit,
      Release release,
      JobEnd jobEnd,
      Limits limits,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.vault = vault;
    this.commit = commit;
    this.release = release;
    this.jobEnd = jobEnd;
    this.limits = limits;
    this.clock = clock;
  }

  public List<Next> run(Task.Finalize task, Delivery delivery) {
    JobId id = JobId.of(task.jobId());
    Versioned<Job> job = catalogue.jobs().get(id);
    return switch (job.value().status()) {
      case QUEUED -> List.of();
      case IN_PROGRESS -> commit(job, task);
      case COMMITTED -> publishAndRelease(job, task);
      case CANCELLING -> cancel(job, task);
      case COMPLETED, COMPLETED_WITH_WARNINGS, FAILED, CANCELLED -> releaseEnded(job, task);
    };
  }

  private List<Next> commit(Versioned<Job> job, Task.Finalize task) {
    JobId id = job.value().id();
    if (!job.value().transferring() || !catalogue.work().open(id).isEmpty()) {
      return List.of();
    }
    if (clock.instant().isAfter(job.value().deadline())) {
      return jobEnd.fail(id, "DeadlineExceeded", Deadlines.exceeded(job.value()));
    }
    return switch (commit.run(job)) {
      case COMMITTED, JOB_CHANGED -> List.of(Next.now(task));
      case BASE_GONE -> jobEnd.failBaseGone(id);
      case BASE_UNUSABLE ->
          jobEnd.fail(
              id,
              "BaseUnusable",
              "the recovery point on which this backup builds cannot be read. The next backup reads"
                  + " and proves the whole disks instead, and mends what it can; look for what else"
                  + " is damaged with 'holdfast vault verify'");
      case SNAPSHOT_REPLACED ->
          jobEnd.fail(
              id,
              "SnapshotReplaced",
              "a snapshot of this backup was removed or made anew while its disks were read;"
                  + " the next backup takes new ones");
    };
  }

  private List<Next> publishAndRelease(Versioned<Job> job, Task.Finalize task) {
    RecoveryPoint point;
    try {
      point = publish(job.value());
    } catch (Invalid refused) {
      // The point stays: it is not the job's fault. Who looks at the job must see why it waits.
      Job waiting = job.value().withWarning(notPublished(refused.getMessage()));
      if (!waiting.equals(job.value())) {
        catalogue.jobs().update(job, waiting, List.of());
      }
      throw refused;
    }
    Job writing =
        job.value()
            .end(Commit.WRITE_POINT, "Completed", clock.instant())
            .begin(REMOVE_SNAPSHOTS, clock.instant());
    if (!writing.equals(job.value())) {
      catalogue.jobs().update(job, writing, List.of());
      return List.of(Next.now(task));
    }
    return release(job, Optional.of(point), task);
  }

  /** Releases what the job holds, in a task that users see; then the job is cancelled. */
  private List<Next> cancel(Versioned<Job> job, Task.Finalize task) {
    boolean asked = job.value().snapshot() != null;
    Job removing = asked ? job.value().begin(REMOVE_SNAPSHOTS, clock.instant()) : job.value();
    if (!removing.equals(job.value())) {
      catalogue.jobs().update(job, removing, List.of());
      return List.of(Next.now(task));
    }
    return release(job, Optional.empty(), task);
  }

  /** One step of the release, and the job's end when nothing is left, or Azure takes too long. */
  private List<Next> release(
      Versioned<Job> job, Optional<RecoveryPoint> point, Task.Finalize task) {
    Optional<Warning> trouble = Optional.empty();
    try {
      if (!release.advance(job.value(), point)) {
        // Time that went by because messages were lost or failed is not Azure's.
        boolean patient =
            task.look() < RELEASE_LOOKS_MIN || clock.instant().isBefore(releaseStop(job.value()));
        if (patient) {
          return later(task);
        }
        trouble = Optional.of(notRemoved("Azure has not removed them yet"));
      }
    } catch (Invalid refused) {
      trouble = Optional.of(notRemoved(refused.getMessage()));
    }
    return complete(job, trouble);
  }

  private List<Next> later(Task.Finalize task) {
    return List.of(
        Next.in(limits.lookDelay(task.look()), new Task.Finalize(task.jobId(), task.look() + 1)));
  }

  private Instant releaseStop(Job job) {
    Duration patience = limits.releaseMax();
    return job.tasks().stream()
        .filter(task -> task.name().equals(REMOVE_SNAPSHOTS))
        .findFirst()
        .map(task -> task.startTime().plus(patience))
        .orElse(Instant.MAX);
  }

  private static Warning notRemoved(String why) {
    return new Warning(
        "SnapshotNotRemoved",
        "snapshots that this backup made or outlived are still in Azure and cost money: " + why,
        "Holdfast goes on trying. Look for a lock on the snapshot resource group,"
            + " or a missing permission.");
  }

  private static Warning notPublished(String why) {
    return new Warning(
        "PointNotPublished",
        "the recovery point is written, but not yet listed in the vault: " + why,
        "Mend what the message names; Holdfast goes on trying, and keeps the snapshots until then.");
  }

  /** The point's object in the vault, create-only, copied from the committed row. */
  private RecoveryPoint publish(Job job) {
    RecoveryPoint point =
        catalogue
            .points()
            .find(job.id())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "job %s has committed, but its point has no row".formatted(job.id())))
            .value();
    if (!point.published()) {
      vault.assertOwned();
      vault.assertOurs("the row of recovery point " + point.id(), point.vaultId());
      vault
          .vault()
          .putPoint(
              new PointRef(
                  VaultConfig.FORMAT_VERSION,
                  vault.vault().config().vaultId(),
                  point.itemId(),
                  point.id(),
                  point.vmId(),
                  point.time(),
                  Digest.ofHex(point.manifest()).hex(),
                  point.retainUntil()));
      catalogue.points().published(point);
    }
    return point;
  }

  private List<Next> complete(Versioned<Job> job, Optional<Warning> trouble) {
    Instant now = clock.instant();
    Job done = job.value();
    if (trouble.isPresent()) {
      done = done.withWarning(trouble.get());
    }
    done =
        done.end(REMOVE_SNAPSHOTS, trouble.isPresent() ? "Failed" : "Completed", now)
            .become(end(done))
            .withEnd(now);
    List<Change> more = List.of();
    if (trouble.isEmpty()) {
      done = done.asReleased();
      more = catalogue.held().unmade(done.id());
    }
    if (!catalogue.jobs().complete(job, done, more)) {
      return List.of(Next.now(new Task.Finalize(done.id().toString())));
    }
    if (trouble.isEmpty()) {
      clear(done.id());
    }
    // A new point is what lets older ones expire. If the message is lost, the daily look does it.
    return done.status() == JobStatus.CANCELLED
        ? List.of()
        : List.of(Next.now(new Task.Retain(done.id().itemId())));
  }

  private static JobStatus end(Job job) {
    if (job.status() == JobStatus.CANCELLING) {
      return JobStatus.CANCELLED;
    }
    return job.warnings().isEmpty() ? JobStatus.COMPLETED : JobStatus.COMPLETED_WITH_WARNINGS;
  }

  private List<Next> releaseEnded(Versioned<Job> job, Task.Finalize task) {
    if (job.value().released()) {
      clear(job.value().id());
      return List.of();
    }
    Optional<RecoveryPoint> point = catalogue.points().find(job.value().id()).map(Versioned::value);
    if (!release.advance(job.value(), point)) {
      catalogue.held().alive(job.value().id());
      return later(task);
    }
    catalogue
        .jobs()
        .update(job, job.value().asReleased(), catalogue.held().unmade(job.value().id()));
    return List.of(Next.now(task));
  }

  private void clear(JobId id) {
    catalogue.held().clear(id);
    catalogue.jobs().close(id);
  }
}
