package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.GuestState;
import io.holdfast.catalogue.Job.JobTask;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.failure.Unavailable;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Goes down the rungs of the consistency ladder until Azure accepts one. */
final class Ladder {
  /** Code of the warning that a rung was refused. */
  static final String REFUSED = "SnapshotMethodRefused";

  /** Tries of one rung that a fault of Azure's own ended. */
  private static final int TRIES_MAX = 2;

  /** Azure's own faults seldom last longer. */
  private static final Duration TRY_AGAIN = Duration.ofMinutes(1);

  private final Catalogue catalogue;
  private final Disks disks;
  private final JobEnd jobEnd;
  private final FreezeGuard guard;
  private final Limits limits;
  private final InstantSource clock;

  Ladder(
      Catalogue catalogue,
      Disks disks,
      JobEnd jobEnd,
      FreezeGuard guard,
      Limits limits,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.jobEnd = jobEnd;
    this.guard = guard;
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
        ? descend(job, refusal.get(), List.of())
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
   * Replaces the job's set as a whole by one of the next rung, or of the same where Azure itself
   * was at fault; ends the job when there is none that gives what it demands. Only before the
   * transfer opens.
   *
   * @param said what else the failure told
   */
  List<Next> descend(Versioned<Job> job, Refusal refusal, List<Warning> said) {
    Job before = job.value();
    SnapshotSet refused = before.snapshot().set();
    Optional<SnapshotMethod> rung = next(before, refusal);
    Job failed = before;
    for (Warning warning : said) {
      failed = failed.withWarning(warning);
    }
    List<Change> changes = new ArrayList<>();
    Optional<String> task = SnapshotTasks.running(before, refused.method());
    if (task.isPresent()) {
      failed = failed.endFailed(task.get(), failure(refusal), clock.instant());
      changes.addAll(
          guard.failed(before.id(), refused.method(), refusal.code(), refusal.message()));
    }
    if (rung.isEmpty()) {
      if (!failed.equals(before) && !catalogue.jobs().update(job, failed, changes)) {
        return again(before);
      }
      return giveUp(before, refusal);
    }
    SnapshotSet next =
        SnapshotNames.set(before.id(), refused.number() + 1, rung.get(), refused, refused.owner());
    Job after =
        failed
            .withSnapshot(before.snapshot().by(next))
            .begin(SnapshotTasks.next(failed, rung.get()), clock.instant());
    boolean same = rung.get() == refused.method();
    if (!same) {
      after = after.withWarning(warning(refused, next, refusal));
    }
    changes.add(catalogue.held().made(before.id(), next));
    if (!catalogue.jobs().update(job, after, changes)) {
      // Someone else moved the job: look at it anew.
      return again(before);
    }
    // By message, so that a set whose begin is throttled is not taken for a set of before.
    Task message = new Task.AwaitSnapshot(before.id().toString(), next.number(), 1);
    return List.of(same ? Next.in(TRY_AGAIN, message) : Next.now(message));
  }

  private static List<Next> again(Job job) {
    return List.of(Next.now(new Task.AwaitSnapshot(job.id().toString(), job.setNumber(), 1)));
  }

  /** The rung to try next; empty when none is left that gives what the job demands. */
  private static Optional<SnapshotMethod> next(Job job, Refusal refusal) {
    SnapshotSet refused = job.snapshot().set();
    if (GuestFaults.isTransient(refusal.code())
        && SnapshotTasks.tries(job, refused.method()) < TRIES_MAX) {
      return Optional.of(refused.method());
    }
    Protection protection = job.request().protection();
    GuestState guest = job.snapshot().guest();
    return Arrays.stream(SnapshotMethod.values())
        .filter(rung -> rung.ordinal() > refused.method().ordinal())
        .filter(rung -> rung == SnapshotMethod.DISK_SNAPSHOTS || fitsAny(rung, refused))
        .filter(rung -> !protection.refuses(Intent.best(rung, guest)))
        .findFirst();
  }

  private static boolean fitsAny(SnapshotMethod rung, SnapshotSet set) {
    return set.disks().stream().anyMatch(disk -> rung.holds(disk.fit()));
  }

  private List<Next> giveUp(Job job, Refusal refusal) {
    SnapshotMethod last = job.snapshot().set().method();
    if (last == SnapshotMethod.DISK_SNAPSHOTS) {
      return jobEnd.fail(
          job.id(),
          refusal.code(),
          "Azure made no snapshot of %s by any method; the last one failed: %s%s"
              .formatted(job.vmId(), refusal.message(), earlier(job)));
    }
    return jobEnd.fail(
        job.id(),
        "ConsistencyNotAchieved",
        ("%s is demanded of %s, and no other method gives it; snapshot by %s failed (%s: %s). Mend"
                + " that, or do not demand it (consistencyRequired)")
            .formatted(
                job.request().protection().consistency().text(),
                job.vmId(),
                last.label(),
                refusal.code(),
                refusal.message()));
  }

  /** What the other methods failed for: Azure seldom says why a single snapshot did. */
  private static String earlier(Job job) {
    return job.tasks().stream()
        .map(JobTask::failure)
        .filter(Objects::nonNull)
        .map(failure -> "; before it %s: %s".formatted(failure.code(), failure.message()))
        .distinct()
        .collect(Collectors.joining());
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
                refused.method().label(),
                refusal.code(),
                refusal.message(),
                next.method().label(),
                free),
        remedy(refusal));
  }

  private static Warning failure(Refusal refusal) {
    return new Warning(refusal.code(), refusal.message(), remedy(refusal));
  }

  private static String remedy(Refusal refusal) {
    if (refusal.retryAfter() != null) {
      return "Space on-demand backups of one VM further apart.";
    }
    return GuestFaults.isGuests(refusal.code())
        ? "Look at the guest agent's and the snapshot extension's status and log in the guest"
            + " (docs/consistency.md); after two such failures in a row consistent snapshots pause."
        : "Mend what Azure's text names; the next backup tries the better method again.";
  }
}
