package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobError;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Versioned;
import io.holdfast.failure.Unavailable;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Ends a job, if it is still active, and sends for the release of what it holds. */
public final class JobEnd {
  private static final int ATTEMPTS_MAX = 20;

  private final Catalogue catalogue;
  private final InstantSource clock;

  public JobEnd(Catalogue catalogue, InstantSource clock) {
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /** What came of a cancellation. */
  public sealed interface Cancelled {
    /**
     * The job is being cancelled, or is cancelled, by this call or by an earlier one.
     *
     * @param next the release of what it holds
     */
    record Accepted(Job job, List<Next> next) implements Cancelled {}

    /** The job has ended otherwise, or its recovery point is written: nothing was changed. */
    record TooLate(Job job) implements Cancelled {}

    /** There is no such job. */
    record NoJob() implements Cancelled {}
  }

  /**
   * Cancels a job that has neither committed nor ended: no step works for it from here on. Its item
   * is free for the next backup at once. Again does nothing but send for the release once more.
   */
  public Cancelled cancel(JobId id) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Optional<Versioned<Job>> found = catalogue.jobs().find(id);
      if (found.isEmpty()) {
        return new Cancelled.NoJob();
      }
      Job job = found.get().value();
      if (job.status() == JobStatus.CANCELLED) {
        return new Cancelled.Accepted(job, List.of());
      }
      if (job.status() == JobStatus.CANCELLING) {
        // The call that cancelled it may have died before it sent anything.
        return new Cancelled.Accepted(job, release(id));
      }
      if (!job.status().active()) {
        return new Cancelled.TooLate(job);
      }
      Job cancelling = job.cancelling(clock.instant());
      if (catalogue.jobs().leave(found.get(), cancelling, UnaryOperator.identity(), List.of())) {
        return new Cancelled.Accepted(cancelling, release(id));
      }
    }
    throw new Unavailable("job %s changes faster than it can be cancelled".formatted(id));
  }

  private static List<Next> release(JobId id) {
    return List.of(Next.now(new Task.Finalize(id.toString())));
  }

  /** Fails a job whose base was purged, and perhaps collected, while it ran. */
  List<Next> failBaseGone(JobId id) {
    return fail(
        id,
        "BaseGone",
        "the recovery point that this backup builds on was purged while it ran;"
            + " the next backup builds on another one");
  }

  /**
   * Fails a job whose base cannot be read, and remembers that: the next backup does without it.
   *
   * @param base id of the point
   * @param why naming what is missing or damaged
   */
  List<Next> failBaseUnusable(JobId id, String base, String why) {
    catalogue.points().markUnusable(JobId.parsePoint(base).orElseThrow(), why);
    return fail(
        id,
        "BaseUnusable",
        ("recovery point %s, on which this backup builds, cannot be read: %s. The next backup reads and"
                + " proves the whole disks instead, and mends what it can; look for what else is"
                + " damaged with 'holdfast vault verify'")
            .formatted(base, why));
  }

  /**
   * Fails a job. One that has committed, is being cancelled, or has ended is left as it is.
   *
   * @return the release, when this call ended the job; nothing otherwise
   */
  public List<Next> fail(JobId id, String code, String message) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Optional<Versioned<Job>> job = catalogue.jobs().find(id);
      if (job.isEmpty() || !job.get().value().status().active()) {
        return List.of();
      }
      Job ended = job.get().value().failed(new JobError(code, message), clock.instant());
      if (catalogue.jobs().leave(job.get(), ended, UnaryOperator.identity(), List.of())) {
        return release(id);
      }
    }
    throw new IllegalStateException("job %s changes faster than it can be ended".formatted(id));
  }
}
