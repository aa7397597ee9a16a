package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Snapshot;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.failure.Unavailable;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Goes down the rungs of the consistency ladder until Azure accepts one. */
final class Ladder {
  /** Code of the warning that a rung was refused. */
  static final String REFUSED = "SnapshotMethodRefused";

  private final Catalogue catalogue;
  private final Disks disks;
  private final JobEnd jobEnd;
  private final Limits limits;
  private final InstantSource clock;

  Ladder(Catalogue catalogue, Disks disks, JobEnd jobEnd, Limits limits, InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.jobEnd = jobEnd;
    this.limits = limits;
    this.clock = clock;
  }

  /** Asks Azure for the job's current set, and for the next one where it is refused. */
  List<Next> begin(Versioned<Job> job) {
    JobId id = job.value().id();
    SnapshotSet set = job.value().snapshot().set();
    Optional<Refusal> refusal;
    try {
      refusal = disks.begin(set);
    } catch (Unavailable unanswered) {
      // It may have happened: then it is there although nobody was told.
      if (cameLate(id, set)) {
        return List.of(Next.now(new Task.Finalize(id.toString())));
      }
      throw unanswered;
    }
    if (cameLate(id, set)) {
      // Also after a refusal: of a set of single snapshots a part may be there.
      return List.of(Next.now(new Task.Finalize(id.toString())));
    }
    return refusal.isPresent()
        ? descend(job, refusal.get())
        : List.of(
            Next.in(limits.lookDelay(0), new Task.AwaitSnapshot(id.toString(), set.number(), 1)));
  }

  /**
   * Whether the job left its active states while Azure was asked: then its release may have looked
   * before this set came, and has to look again. A set that the job's point keeps stays.
   */
  private boolean cameLate(JobId id, SnapshotSet set) {
    return catalogue.jobs().reclaim(id, catalogue.held().madeAgain(id, set));
  }

  /**
   * Replaces the job's set as a whole by one of the next rung; ends the job when there is none.
   * Only before the transfer opens.
   */
  List<Next> descend(Versioned<Job> job, Refusal refusal) {
    Job before = job.value();
    SnapshotSet refused = before.snapshot().set();
    SnapshotMethod[] rungs = SnapshotMethod.values();
    int rung = refused.method().ordinal() + 1;
    if (rung == rungs.length) {
      return jobEnd.fail(
          before.id(),
          refusal.code(),
          "Azure made no snapshot of %s by any method; the last one failed: %s"
              .formatted(before.vmId(), refusal.message()));
    }
    SnapshotSet next =
        SnapshotNames.set(
            before.id(),
            refused.number() + 1,
            rungs[rung],
            refused.vmId(),
            refused.location(),
            refused.group(),
            refused.owner(),
            refused.disks());
    Job after =
        before
            .withSnapshot(new Snapshot(next, before.snapshot().requested(), null, null, List.of()))
            .withWarning(warning(refused, next, refusal));
    if (!catalogue.jobs().update(job, after, List.of(catalogue.held().made(before.id(), next)))) {
      // Someone else moved the job: look at it anew.
      return List.of(Next.now(new Task.AwaitSnapshot(before.id().toString(), refused.number(), 1)));
    }
    // By message, so that a set whose begin is throttled is not taken for a set of before.
    return List.of(Next.now(new Task.AwaitSnapshot(before.id().toString(), next.number(), 1)));
  }

  private Warning warning(SnapshotSet refused, SnapshotSet next, Refusal refusal) {
    String free =
        refusal.retryAfter() == null
            ? ""
            : " It is free again at %s.".formatted(clock.instant().plus(refusal.retryAfter()));
    return new Warning(
        REFUSED,
        "Azure refused a snapshot by %s (%s: %s); %s was used instead.%s"
            .formatted(
                label(refused.method()),
                refusal.code(),
                refusal.message(),
                label(next.method()),
                free),
        refusal.retryAfter() == null
            ? "Mend what Azure's text names; the next backup tries the better method again."
            : "Space on-demand backups of one VM further apart.");
  }

  private static String label(SnapshotMethod method) {
    return switch (method) {
      case RESTORE_POINT -> "restore point";
      case CRASH_RESTORE_POINT -> "crash-consistent restore point";
      case DISK_SNAPSHOTS -> "snapshots of single disks";
    };
  }
}
