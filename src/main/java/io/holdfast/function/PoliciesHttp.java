package io.holdfast.function;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.annotation.AuthorizationLevel;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Versioned;
import io.holdfast.function.Caller.Role;
import io.holdfast.schedule.Policies;
import io.holdfast.vault.LedgerEvent;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code /policies}. */
public final class PoliciesHttp {
  private final Endpoint endpoint;
  private final Policies policies;
  private final PolicyReader reader;
  private final InstantSource clock;

  PoliciesHttp(Endpoint endpoint, Policies policies, PolicyReader reader, InstantSource clock) {
    this.endpoint = endpoint;
    this.policies = policies;
    this.reader = reader;
    this.clock = clock;
  }

  /** Makes or replaces a policy. Role: admin. */
  @FunctionName("putPolicy")
  public HttpResponseMessage put(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.PUT},
              route = "policies/{name}",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("name") String name,
      ExecutionContext context) {
    return endpoint.answer(request, context, Role.ADMIN, Set.of(), () -> put(request, name));
  }

  private HttpResponseMessage put(HttpRequestMessage<Optional<String>> request, String name) {
    Policy asked = reader.read(name, request.getBody(), policies.all(), clock.instant());
    Optional<Versioned<Policy>> before = policies.find(name);
    Policy policy = before.map(found -> asked.after(found.value())).orElse(asked);
    Optional<HttpResponseMessage> stale = stale(request, name, before);
    if (stale.isPresent()) {
      return stale.get();
    }
    if (!policies.put(policy, before.map(Versioned::etag))) {
      return changed(request, name);
    }
    policies.note(LedgerEvent.POLICY_PUT, name, Caller.who(request), clock.instant());
    String etag = policies.find(name).map(Versioned::etag).orElse("");
    return Replies.json(
        request,
        before.isPresent() ? HttpStatus.OK : HttpStatus.CREATED,
        Bodies.policy(policy),
        Map.of("ETag", etag));
  }

  /** One policy. Role: reader. */
  @FunctionName("getPolicy")
  public HttpResponseMessage get(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "policies/{name}",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("name") String name,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.READER,
        Set.of(),
        () ->
            policies
                .find(name)
                .map(
                    found ->
                        Replies.json(
                            request,
                            HttpStatus.OK,
                            Bodies.policy(found.value()),
                            Map.of("ETag", found.etag())))
                .or(
                    () ->
                        policies
                            .builtIn(name)
                            .map(it -> Replies.json(request, HttpStatus.OK, Bodies.policy(it))))
                .orElseGet(() -> notFound(request, name)));
  }

  /** All policies. Role: reader. */
  @FunctionName("listPolicies")
  public HttpResponseMessage list(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "policies",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.READER,
        Set.of(),
        () ->
            Replies.json(
                request,
                HttpStatus.OK,
                Paging.page(
                    request,
                    policies.all().stream().map(Bodies::policy).toList(),
                    Optional.empty())));
  }

  /** Deletes a policy; the recovery points stay. Role: admin. */
  @FunctionName("deletePolicy")
  public HttpResponseMessage delete(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.DELETE},
              route = "policies/{name}",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("name") String name,
      ExecutionContext context) {
    return endpoint.answer(request, context, Role.ADMIN, Set.of(), () -> delete(request, name));
  }

  private HttpResponseMessage delete(HttpRequestMessage<Optional<String>> request, String name) {
    Optional<Versioned<Policy>> before = policies.find(name);
    if (before.isEmpty()) {
      // An earlier call may have been cut off between the row and the vault.
      policies.mirror(name);
      return Replies.empty(request, HttpStatus.NO_CONTENT);
    }
    Optional<HttpResponseMessage> stale = stale(request, name, before);
    if (stale.isPresent()) {
      return stale.get();
    }
    if (!policies.delete(name, before.get().etag())) {
      return changed(request, name);
    }
    policies.note(LedgerEvent.POLICY_DELETED, name, Caller.who(request), clock.instant());
    return Replies.empty(request, HttpStatus.NO_CONTENT);
  }

  /** A condition of the request that does not hold. */
  private static Optional<HttpResponseMessage> stale(
      HttpRequestMessage<?> request, String name, Optional<Versioned<Policy>> before) {
    Optional<String> ifMatch = Caller.header(request.getHeaders(), "if-match");
    boolean matches =
        ifMatch.isEmpty()
            || before
                .filter(found -> ifMatch.get().equals("*") || ifMatch.get().equals(found.etag()))
                .isPresent();
    boolean mustBeNew =
        Caller.header(request.getHeaders(), "if-none-match").filter("*"::equals).isPresent();
    return matches && !(mustBeNew && before.isPresent())
        ? Optional.empty()
        : Optional.of(changed(request, name));
  }

  private static HttpResponseMessage changed(HttpRequestMessage<?> request, String name) {
    return Replies.error(
        request,
        HttpStatus.PRECONDITION_FAILED,
        "PreconditionFailed",
        "policy %s is not in the version that the request names: read it again, then decide"
            .formatted(name),
        List.of(),
        Map.of());
  }

  static HttpResponseMessage notFound(HttpRequestMessage<?> request, String name) {
    return Replies.error(
        request,
        HttpStatus.NOT_FOUND,
        "PolicyNotFound",
        "there is no policy \"%s\"".formatted(name));
  }
}
