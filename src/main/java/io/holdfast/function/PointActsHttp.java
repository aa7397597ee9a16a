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
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.failure.Invalid;
import io.holdfast.function.Caller.Role;
import io.holdfast.retention.PointActs;
import java.util.Optional;
import java.util.Set;

/**
 * What persons do to a recovery point: {@code :pin}, {@code :unpin}, {@code :hold}, {@code
 * :release}, {@code :delete}, {@code :undelete}. Each takes {@code {"reason"}} and answers the
 * point as it is then; each may be repeated.
 */
public final class PointActsHttp {
  private static final String REASON = "reason";

  private final Endpoint endpoint;
  private final PointActs acts;

  PointActsHttp(Endpoint endpoint, PointActs acts) {
    this.endpoint = endpoint;
    this.acts = acts;
  }

  /** Something that is done to a point. */
  @FunctionalInterface
  private interface Act {
    Optional<RecoveryPoint> apply(String pointId, String who, String why);
  }

  /** Exempts a point from retention. Role: operator. */
  @FunctionName("pinRecoveryPoint")
  public HttpResponseMessage pin(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "recoveryPoints/{id}:pin",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.OPERATOR, Set.of(), () -> act(request, id, acts::pin));
  }

  /** Takes a pin away. Role: operator. */
  @FunctionName("unpinRecoveryPoint")
  public HttpResponseMessage unpin(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "recoveryPoints/{id}:unpin",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.OPERATOR, Set.of(), () -> act(request, id, acts::unpin));
  }

  /** Forbids a point's deletion for a legal reason. Role: admin. */
  @FunctionName("holdRecoveryPoint")
  public HttpResponseMessage hold(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "recoveryPoints/{id}:hold",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.ADMIN, Set.of(), () -> act(request, id, acts::hold));
  }

  /** Ends a legal hold. Role: admin. */
  @FunctionName("releaseRecoveryPoint")
  public HttpResponseMessage release(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "recoveryPoints/{id}:release",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.ADMIN, Set.of(), () -> act(request, id, acts::release));
  }

  /** Soft-deletes a point. Role: admin. */
  @FunctionName("deleteRecoveryPoint")
  public HttpResponseMessage delete(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "recoveryPoints/{id}:delete",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.ADMIN, Set.of(), () -> act(request, id, acts::delete));
  }

  /** Brings a soft-deleted point back, and pins it. Role: operator. */
  @FunctionName("undeleteRecoveryPoint")
  public HttpResponseMessage undelete(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "recoveryPoints/{id}:undelete",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.OPERATOR, Set.of(), () -> act(request, id, acts::undelete));
  }

  private static HttpResponseMessage act(
      HttpRequestMessage<Optional<String>> request, String id, Act act) {
    String why = reason(request);
    Optional<RecoveryPoint> point;
    try {
      point = act.apply(id, Caller.who(request), why);
    } catch (Invalid refused) {
      if (PointActs.CONFLICTS.contains(refused.code())) {
        return Replies.error(request, HttpStatus.CONFLICT, refused.code(), refused.getMessage());
      }
      throw refused;
    }
    return point
        .map(it -> Replies.json(request, HttpStatus.OK, Bodies.point(it)))
        .orElseGet(() -> PointsHttp.notFound(request, id));
  }

  private static String reason(HttpRequestMessage<Optional<String>> request) {
    Faults faults = new Faults();
    ObjectNode body =
        Faults.body(request.getBody().filter(text -> !text.isBlank()).or(() -> Optional.of("{}")));
    faults.onlyKnown(body, "", Set.of(REASON));
    Optional<String> reason =
        faults.text(body, "", REASON).flatMap(text -> faults.forLedger(REASON, text));
    faults.throwIfAny();
    return reason.orElseThrow();
  }
}
