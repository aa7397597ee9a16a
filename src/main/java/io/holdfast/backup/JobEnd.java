package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobError;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Versioned;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Ends a job for a cause, if it is still open, and sends for the release of what it holds. */
public final class JobEnd {
  private static final int ATTEMPTS_MAX = 20;

  private final Catalogue catalogue;
  private final InstantSource clock;

  public JobEnd(Catalogue catalogue, InstantSource clock) {
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /**
   * Fails a job. One that has committed or ended already is left as it is.
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
        return List.of(Next.now(new Task.Finalize(id.toString())));
      }
    }
    throw new IllegalStateException("job %s changes faster than it can be ended".formatted(id));
  }
}
