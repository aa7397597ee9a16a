package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.azure.functions.HttpRequestMessage;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import java.util.List;

/** A job as the API shows it, with the counts of its lanes while it runs. */
final class JobViews {
  private final Catalogue catalogue;

  JobViews(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  ObjectNode of(Job job) {
    boolean live = job.transferring();
    boolean committed =
        job.status() == JobStatus.COMMITTED
            || job.status() == JobStatus.COMPLETED
            || job.status() == JobStatus.COMPLETED_WITH_WARNINGS;
    return Bodies.job(
        job,
        live ? catalogue.work().plans(job.id()) : List.of(),
        live ? catalogue.work().lanes(job.id()) : List.of(),
        committed);
  }

  /** Where a job is found. */
  static String url(HttpRequestMessage<?> request, JobId id) {
    return Paging.base(request.getUri()) + "/api/v1/jobs/" + id;
  }
}
