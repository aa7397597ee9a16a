package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.annotation.AuthorizationLevel;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import io.holdfast.backup.JobEnd;
import io.holdfast.backup.JobEnd.Cancelled;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.IndexRows.Ids;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobRows;
import io.holdfast.catalogue.JobRows.OpenJob;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Versioned;
import io.holdfast.failure.Invalid.Fault;
import io.holdfast.function.Caller.Role;
import io.holdfast.work.Next;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** {@code GET /jobs}, {@code GET /jobs/{id}} and {@code POST /jobs/{id}:cancel}. */
public final class JobsHttp {
  private static final int ROWS_MIN = 200;

  private final Endpoint endpoint;
  private final Catalogue catalogue;
  private final JobViews views;
  private final JobEnd jobEnd;
  private final Consumer<Next> queues;

  JobsHttp(
      Endpoint endpoint,
      Catalogue catalogue,
      JobViews views,
      JobEnd jobEnd,
      Consumer<Next> queues) {
    this.endpoint = endpoint;
    this.catalogue = catalogue;
    this.views = views;
    this.jobEnd = jobEnd;
    this.queues = queues;
  }

  /** One job. Role: reader. */
  @FunctionName("getJob")
  public HttpResponseMessage get(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "jobs/{id}",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.READER,
        Set.of(),
        () ->
            JobId.parse(id)
                .flatMap(catalogue.jobs()::find)
                .map(job -> Replies.json(request, HttpStatus.OK, views.of(job.value())))
                .orElseGet(() -> notFound(request, id)));
  }

  private static HttpResponseMessage notFound(HttpRequestMessage<?> request, String id) {
    return Replies.error(
        request, HttpStatus.NOT_FOUND, JobRows.NOT_FOUND, "there is no job \"%s\"".formatted(id));
  }

  /** Cancels a job, in any phase before its recovery point is written. Role: operator. */
  @FunctionName("cancelJob")
  public HttpResponseMessage cancel(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "jobs/{id}:cancel",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(request, context, Role.OPERATOR, Set.of(), () -> cancel(request, id));
  }

  private HttpResponseMessage cancel(HttpRequestMessage<Optional<String>> request, String id) {
    Optional<String> sent = request.getBody().filter(body -> !body.isBlank());
    if (sent.isPresent()) {
      Faults faults = new Faults();
      faults.onlyKnown(Faults.body(sent), "", Set.of());
      faults.throwIfAny();
    }
    Cancelled outcome = JobId.parse(id).map(jobEnd::cancel).orElseGet(() -> new Cancelled.NoJob());
    if (outcome instanceof Cancelled.NoJob) {
      return notFound(request, id);
    }
    if (outcome instanceof Cancelled.TooLate late) {
      return tooLate(request, late.job());
    }
    Cancelled.Accepted accepted = (Cancelled.Accepted) outcome;
    accepted.next().forEach(queues);
    ObjectNode body = views.of(accepted.job());
    return accepted.job().status().ended()
        ? Replies.json(request, HttpStatus.OK, body)
        : Replies.json(
            request,
            HttpStatus.ACCEPTED,
            body,
            Replies.longRunning(JobViews.url(request, accepted.job().id())));
  }

  private static HttpResponseMessage tooLate(HttpRequestMessage<?> request, Job job) {
    boolean committed = job.status() == JobStatus.COMMITTED;
    return Replies.error(
        request,
        HttpStatus.CONFLICT,
        "JobAlready" + (committed ? "Committed" : job.status().text()),
        committed
            ? "the recovery point of job %s is written, so it cannot be cancelled any more: it ends as Completed; nothing was changed"
                .formatted(job.id())
            : "job %s has ended as %s; nothing was changed"
                .formatted(job.id(), job.status().text()),
        List.of(),
        Map.of("Location", JobViews.url(request, job.id())));
  }

  /** Jobs, newest first. Role: reader. */
  @FunctionName("listJobs")
  public HttpResponseMessage list(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "jobs",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.READER,
        Set.of("status", "vmId", Paging.SIZE, Paging.AFTER),
        () -> list(request));
  }

  private HttpResponseMessage list(HttpRequestMessage<Optional<String>> request) {
    int size = Paging.size(request);
    Optional<JobId> after = Paging.after(request);
    Optional<String> status = status(request);
    String vmId = Paging.vmId(request);
    List<Job> jobs;
    Optional<String> next;
    if (vmId != null) {
      List<Job> all = ofVm(vmId, status, size + 1, after);
      jobs = all.size() > size ? all.subList(0, size) : all;
      next = all.size() > size ? Optional.of(jobs.get(size - 1).id().toString()) : Optional.empty();
    } else if (status.isPresent() && isOpen(status.get())) {
      List<Job> all = open(status.get(), after);
      jobs = all.size() > size ? all.subList(0, size) : all;
      next = all.size() > size ? Optional.of(jobs.get(size - 1).id().toString()) : Optional.empty();
    } else {
      Ids ids =
          status.isPresent()
              ? catalogue.index().jobs(ended(status.get()), size, after)
              : catalogue.index().jobs(size, after);
      jobs =
          ids.ids().stream()
              .map(catalogue.jobs()::find)
              .flatMap(Optional::stream)
              .map(Versioned::value)
              .toList();
      next = ids.next();
    }
    List<ObjectNode> values = jobs.stream().map(views::of).toList();
    return Replies.json(request, HttpStatus.OK, Paging.page(request, values, next));
  }

  private static Optional<String> status(HttpRequestMessage<?> request) {
    String text = request.getQueryParameters().get("status");
    if (text == null) {
      return Optional.empty();
    }
    Set<String> known = new TreeSet<>();
    Arrays.stream(JobStatus.values()).forEach(status -> known.add(status.text()));
    if (!known.contains(text)) {
      throw Faults.asInvalid(
          List.of(
              new Fault(
                  "InvalidParameter",
                  "status",
                  "status is \"%s\", but must be one of %s".formatted(text, known))));
    }
    return Optional.of(text);
  }

  private static boolean isOpen(String status) {
    return Arrays.stream(JobStatus.values())
        .anyMatch(value -> value.text().equals(status) && !value.ended());
  }

  private static JobStatus ended(String status) {
    return Arrays.stream(JobStatus.values())
        .filter(value -> value.text().equals(status))
        .findFirst()
        .orElseThrow();
  }

  /** Open jobs are few: they are read, not indexed. */
  private List<Job> open(String status, Optional<JobId> after) {
    return catalogue.jobs().openJobs().stream()
        .map(OpenJob::id)
        .map(catalogue.jobs()::find)
        .flatMap(Optional::stream)
        .map(Versioned::value)
        .filter(job -> job.status().text().equals(status))
        .filter(job -> after.isEmpty() || JobId.NEWEST_FIRST.compare(job.id(), after.get()) > 0)
        .sorted(Comparator.comparing(Job::id, JobId.NEWEST_FIRST))
        .toList();
  }

  /** Jobs of a VM, and of those that had its id before it. */
  private List<Job> ofVm(String vmId, Optional<String> status, int jobsMax, Optional<JobId> after) {
    List<Job> jobs = new ArrayList<>();
    for (String item : catalogue.index().itemsOf(vmId)) {
      Optional<JobId> from = after;
      int found = 0;
      boolean more = true;
      while (more && found < jobsMax) {
        // A rare status is looked for in large pages, whatever the page that was asked for.
        int rows = Math.max(jobsMax, ROWS_MIN);
        List<Job> page = catalogue.jobs().ofItem(item, rows, from);
        for (Job job : page) {
          if (status.isEmpty() || job.status().text().equals(status.get())) {
            jobs.add(job);
            found++;
          }
          from = Optional.of(job.id());
        }
        more = page.size() == rows;
      }
    }
    jobs.sort(Comparator.comparing(Job::id, JobId.NEWEST_FIRST));
    return jobs.size() > jobsMax ? jobs.subList(0, jobsMax) : jobs;
  }
}
