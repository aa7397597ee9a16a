package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.annotation.AuthorizationLevel;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import io.holdfast.backup.StartBackup;
import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Protection;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Vm;
import io.holdfast.function.Caller.Role;
import io.holdfast.work.Next;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

/** {@code POST /backups}. */
public final class BackupsHttp {
  /** An on-demand point of a VM that no policy covers lives this long. */
  static final Duration RETAIN_DEFAULT = Duration.ofDays(30);

  /** A request may be sent again this long. */
  private static final Duration REPEAT_WINDOW = Duration.ofHours(24);

  /** How far ahead of ours a caller's clock may be. */
  private static final Duration SKEW_MAX = Duration.ofMinutes(5);

  private final Endpoint endpoint;
  private final StartBackup start;
  private final Function<Vm, Optional<Policy>> coverage;
  private final JobViews views;
  private final InstantSource clock;
  private final Consumer<Next> queues;

  BackupsHttp(
      Endpoint endpoint,
      StartBackup start,
      Function<Vm, Optional<Policy>> coverage,
      JobViews views,
      InstantSource clock,
      Consumer<Next> queues) {
    this.endpoint = endpoint;
    this.start = start;
    this.coverage = coverage;
    this.views = views;
    this.clock = clock;
    this.queues = queues;
  }

  /** Starts a backup of a VM now. Role: operator. */
  @FunctionName("postBackups")
  public HttpResponseMessage post(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "backups",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      ExecutionContext context) {
    return endpoint.answer(request, context, Role.OPERATOR, Set.of(), () -> start(request));
  }

  private HttpResponseMessage start(HttpRequestMessage<Optional<String>> request) {
    Faults faults = new Faults();
    ObjectNode body = Faults.body(request.getBody());
    Set<String> known = new HashSet<>(ProtectionReader.FIELDS);
    known.addAll(Set.of("vmId", "retainUntil"));
    faults.onlyKnown(body, "", known);
    Optional<String> vmId = faults.text(body, "", "vmId");
    vmId.filter(id -> ArmId.ofVm(id).isEmpty())
        .ifPresent(
            id ->
                faults.add(
                    "InvalidVmId",
                    "vmId",
                    "field vmId is \"%s\", but must be the ARM id of a virtual machine: %s"
                        .formatted(id, ArmId.VM_FORM)));
    Instant now = clock.instant();
    Optional<Instant> retainUntil = faults.future(body, "retainUntil", now);
    Optional<Repeat> repeat = repeat(request, now, faults);
    // Read once for its faults; what it leaves out is as the VM's policy says, which comes later.
    Protection unused = new ProtectionReader(faults).read(body, Protection.DEFAULT);
    faults.throwIfAny();
    Requested outcome =
        start.request(
            vmId.orElseThrow(),
            repeat.map(Repeat::firstSent).orElse(now),
            repeat.map(Repeat::id).orElseGet(() -> UUID.randomUUID().toString()),
            vm -> asked(vm, body, retainUntil, now));
    return answer(request, vmId.orElseThrow(), outcome);
  }

  /** A covered VM's snapshots are as its policy says, where the request does not say otherwise. */
  private Request asked(Vm vm, ObjectNode body, Optional<Instant> retainUntil, Instant now) {
    Optional<Policy> covering = coverage.apply(vm);
    Protection protection =
        new ProtectionReader(new Faults())
            .read(body, covering.map(Policy::protection).orElse(Protection.DEFAULT));
    if (covering.isPresent()) {
      return new Request(
          null, null, covering.get().instantRestoreDays(), retainUntil.orElse(null), protection);
    }
    return new Request(null, null, 0, retainUntil.orElse(now.plus(RETAIN_DEFAULT)), protection);
  }

  private HttpResponseMessage answer(
      HttpRequestMessage<Optional<String>> request, String vmId, Requested outcome) {
    if (outcome instanceof Requested.NoVm) {
      return Replies.error(
          request,
          HttpStatus.NOT_FOUND,
          "VirtualMachineNotFound",
          "there is no virtual machine %s, or the app may not see it".formatted(vmId));
    }
    if (outcome instanceof Requested.Busy busy) {
      String url = JobViews.url(request, busy.running());
      return Replies.error(
          request,
          HttpStatus.CONFLICT,
          "BackupAlreadyInProgress",
          "a backup of %s is running already: %s".formatted(vmId, url),
          List.of(),
          Map.of("Location", url));
    }
    Requested.Open open = (Requested.Open) outcome;
    Job job = open.job();
    if (job.status().active()) {
      queues.accept(StartBackup.next(job));
    }
    String url = JobViews.url(request, job.id());
    return Replies.json(request, HttpStatus.ACCEPTED, views.of(job), Replies.longRunning(url));
  }

  /** A request that may be sent again: the same id and time find the same job. */
  private record Repeat(String id, Instant firstSent) {}

  private static Optional<Repeat> repeat(
      HttpRequestMessage<?> request, Instant now, Faults faults) {
    Optional<String> id = Caller.header(request.getHeaders(), "repeatability-request-id");
    if (id.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> firstSent = Caller.header(request.getHeaders(), "repeatability-first-sent");
    if (firstSent.isEmpty()) {
      faults.add(
          "MissingHeader",
          "Repeatability-First-Sent",
          "header Repeatability-First-Sent is missing: Repeatability-Request-ID needs it");
      return Optional.empty();
    }
    try {
      Instant sent =
          ZonedDateTime.parse(firstSent.get(), DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      boolean near = sent.isAfter(now.minus(REPEAT_WINDOW)) && sent.isBefore(now.plus(SKEW_MAX));
      if (near) {
        return Optional.of(new Repeat(id.get(), sent));
      }
      faults.add(
          "InvalidHeader",
          "Repeatability-First-Sent",
          "header Repeatability-First-Sent is \"%s\", but must be within the last %d hours"
              .formatted(firstSent.get(), REPEAT_WINDOW.toHours()));
      return Optional.empty();
    } catch (DateTimeException e) {
      faults.add(
          "InvalidHeader",
          "Repeatability-First-Sent",
          "header Repeatability-First-Sent is \"%s\", but must be a date of HTTP"
              .formatted(firstSent.get()));
      return Optional.empty();
    }
  }
}
