package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobError;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobRows.OpenJob;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Versioned;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every open job: sends again what is quiet too long, ends what is over its deadline,
 * closes what never opened, warns of what takes long. Then removes snapshots whose day is over, and
 * what was made in Azure and is nobody's.
 */
public final class Reconcile {
  /** Longer than a message's lease of 10 minutes and a step's 5: then its message is lost. */
  static final Duration QUIET_MAX = Duration.ofMinutes(20);

  private static final Logger LOG = LoggerFactory.getLogger(Reconcile.class);

  private final Catalogue catalogue;
  private final JobEnd jobEnd;
  private final OldSnapshots oldSnapshots;
  private final Sweep sweep;
  private final InstantSource clock;

  Reconcile(
      Catalogue catalogue,
      JobEnd jobEnd,
      OldSnapshots oldSnapshots,
      Sweep sweep,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.jobEnd = jobEnd;
    this.oldSnapshots = oldSnapshots;
    this.sweep = sweep;
    this.clock = clock;
  }

  /**
   * @param queues sends a message: at once, so that what follows cannot lose it
   */
  public void run(Consumer<Next> queues) {
    for (OpenJob open : catalogue.jobs().openJobs()) {
      try {
        look(open).forEach(queues);
      } catch (RuntimeException e) {
        // One job that cannot be looked at must not keep the others from it.
        LOG.error("job {} could not be looked at; the next run tries again", open.id(), e);
      }
    }
    oldSnapshots.run();
    sweep.run();
  }

  private List<Next> look(OpenJob open) {
    Optional<Versioned<Job>> found = catalogue.jobs().find(open.id());
    Instant now = clock.instant();
    boolean old = now.isAfter(open.openedAt().plus(QUIET_MAX));
    if (found.isEmpty()) {
      if (old) {
        closeUnopened(open.id(), now);
      }
      return List.of();
    }
    Job job = found.get().value();
    if (job.status().active() && now.isAfter(job.deadline())) {
      return jobEnd.fail(job.id(), "DeadlineExceeded", Deadlines.exceeded(job));
    }
    if (job.status().active() && Deadlines.isHalfOver(job, now)) {
      // Loses against whoever else changes the job just now: the next run says it then.
      boolean unused =
          catalogue.jobs().update(found.get(), job.withWarning(Deadlines.slow(job)), List.of());
    }
    List<Open> quiet =
        job.transferring()
            ? catalogue.work().openAndQuiet(job.id(), now.minus(QUIET_MAX))
            : List.of();
    if (!quiet.isEmpty()) {
      // Each lane for itself: the others may go on for hours.
      LOG.warn("job {}: {} is quiet, so its messages are sent again", job.id(), quiet);
      return again(job.id(), quiet);
    }
    Instant lastWrite = catalogue.work().lastWrite(job.id()).orElse(open.openedAt());
    if (now.isBefore(lastWrite.plus(QUIET_MAX))) {
      return List.of();
    }
    LOG.warn("job {} was quiet since {}: its messages are sent again", job.id(), lastWrite);
    return again(job);
  }

  /** A late opening finds the job ended, and loses. */
  private void closeUnopened(JobId id, Instant now) {
    Job never =
        Job.queued(id, new Request(null, null, 0, null), "", "", now, now)
            .failed(
                new JobError("NeverOpened", "the backup was asked for, but its start was lost"),
                now)
            .asReleased();
    boolean unused = catalogue.jobs().insertEnded(never);
  }

  private List<Next> again(Job job) {
    String id = job.id().toString();
    if (job.status() == JobStatus.QUEUED) {
      return List.of(StartBackup.next(job));
    }
    if (job.status() != JobStatus.IN_PROGRESS) {
      return List.of(Next.now(new Task.Finalize(id)));
    }
    if (!job.transferring()) {
      return List.of(Next.now(new Task.AwaitSnapshot(id, job.setNumber(), 1)));
    }
    List<Open> open = catalogue.work().open(job.id());
    return open.isEmpty() ? List.of(Next.now(new Task.Finalize(id))) : again(job.id(), open);
  }

  private List<Next> again(JobId job, List<Open> open) {
    String id = job.toString();
    List<Next> next = new ArrayList<>();
    for (Open each : open) {
      if (each instanceof Open.Planning planning) {
        next.add(Next.now(new Task.PlanDisk(id, planning.disk(), planning.plan())));
      } else {
        Open.Moving moving = (Open.Moving) each;
        catalogue
            .work()
            .lane(job, moving.disk(), moving.plan(), moving.lane())
            .ifPresent(
                lane ->
                    next.add(
                        Next.now(
                            new Task.Transfer(
                                id,
                                moving.disk(),
                                moving.plan(),
                                moving.lane(),
                                lane.value().cursor()))));
      }
    }
    return next;
  }
}
