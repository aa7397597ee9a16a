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
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.IndexRows.Ids;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Versioned;
import io.holdfast.function.Caller.Role;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** {@code GET /recoveryPoints} and {@code GET /recoveryPoints/{id}}. */
public final class PointsHttp {
  private final Endpoint endpoint;
  private static final String DELETED = "deleted";

  private final Catalogue catalogue;
  private final ItemViews items;

  PointsHttp(Endpoint endpoint, Catalogue catalogue, ItemViews items) {
    this.endpoint = endpoint;
    this.catalogue = catalogue;
    this.items = items;
  }

  /** One recovery point. Role: reader. */
  @FunctionName("getRecoveryPoint")
  public HttpResponseMessage get(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "recoveryPoints/{id}",
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
            catalogue
                .points()
                .find(id)
                .map(point -> Replies.json(request, HttpStatus.OK, items.body(point.value())))
                .orElseGet(() -> notFound(request, id)));
  }

  static HttpResponseMessage notFound(HttpRequestMessage<?> request, String id) {
    return Replies.error(
        request,
        HttpStatus.NOT_FOUND,
        "RecoveryPointNotFound",
        "there is no recovery point \"%s\"".formatted(id));
  }

  /**
   * Recovery points, newest first, also of VMs that are gone; deleted ones when {@code deleted} is
   * {@code true}. Role: reader.
   */
  @FunctionName("listRecoveryPoints")
  public HttpResponseMessage list(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "recoveryPoints",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.READER,
        Set.of("vmId", DELETED, Paging.SIZE, Paging.AFTER),
        () -> list(request));
  }

  private HttpResponseMessage list(HttpRequestMessage<Optional<String>> request) {
    int size = Paging.size(request);
    Optional<JobId> after = Paging.after(request);
    String vmId = Paging.vmId(request);
    List<RecoveryPoint> points;
    Optional<String> next;
    if (vmId == null) {
      Ids ids = catalogue.index().points(size, after);
      points =
          ids.ids().stream()
              .map(catalogue.points()::find)
              .flatMap(Optional::stream)
              .map(Versioned::value)
              .toList();
      next = ids.next();
    } else {
      List<RecoveryPoint> all = ofVm(vmId, size + 1, after);
      points = all.size() > size ? all.subList(0, size) : all;
      next =
          all.size() > size
              ? Optional.of(points.get(size - 1).jobId().toString())
              : Optional.empty();
    }
    boolean deletedToo = Paging.flag(request, DELETED).orElse(false);
    // What is hidden leaves a shorter page; its link goes on all the same.
    List<ObjectNode> values =
        points.stream()
            .filter(point -> deletedToo || point.lifecycle().state() == Lifecycle.State.AVAILABLE)
            .map(Bodies::point)
            .toList();
    return Replies.json(request, HttpStatus.OK, Paging.page(request, values, next));
  }

  /** Points of a VM, and of those that had its id before it. */
  private List<RecoveryPoint> ofVm(String vmId, int pointsMax, Optional<JobId> after) {
    List<RecoveryPoint> points = new ArrayList<>();
    for (String item : catalogue.index().itemsOf(vmId)) {
      points.addAll(catalogue.points().ofItem(item, pointsMax, after));
    }
    points.sort(Comparator.comparing(RecoveryPoint::jobId, JobId.NEWEST_FIRST));
    return points.size() > pointsMax ? points.subList(0, pointsMax) : points;
  }
}
