package io.holdfast.function;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Invalid.Fault;
import io.holdfast.function.Caller.Role;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.logging.Level;

/** What every route does first and last: who asks, what it was asked, and what went wrong. */
final class Endpoint {
  private final boolean localAuth;

  /**
   * @param localAuth whether requests need no principal
   */
  Endpoint(boolean localAuth) {
    this.localAuth = localAuth;
  }

  /**
   * Answers a request.
   *
   * @param needed role of the caller
   * @param parameters names of the query parameters that the route takes
   */
  HttpResponseMessage answer(
      HttpRequestMessage<Optional<String>> request,
      ExecutionContext context,
      Role needed,
      Set<String> parameters,
      Supplier<HttpResponseMessage> route) {
    Optional<HttpResponseMessage> refused = authorize(request, needed);
    if (refused.isPresent()) {
      return refused.get();
    }
    List<Fault> unknown =
        request.getQueryParameters().keySet().stream()
            .filter(name -> !parameters.contains(name))
            .map(
                name ->
                    new Fault(
                        "UnknownParameter",
                        name,
                        "query parameter %s is not known; this route takes %s"
                            .formatted(name, parameters.isEmpty() ? "none" : parameters)))
            .toList();
    try {
      if (!unknown.isEmpty()) {
        throw Faults.asInvalid(unknown);
      }
      return route.get();
    } catch (Invalid invalid) {
      if (Replies.isOurs(invalid)) {
        context
            .getLogger()
            .log(Level.SEVERE, "request failed: " + request.getUri().getPath(), invalid);
      }
      return Replies.failure(request, invalid, context.getInvocationId());
    } catch (RuntimeException failure) {
      context
          .getLogger()
          .log(Level.SEVERE, "request failed: " + request.getUri().getPath(), failure);
      return Replies.failure(request, failure, context.getInvocationId());
    }
  }

  private Optional<HttpResponseMessage> authorize(
      HttpRequestMessage<Optional<String>> request, Role needed) {
    if (localAuth) {
      return Optional.empty();
    }
    Optional<Caller> caller = Caller.of(request);
    if (caller.isEmpty()) {
      return Optional.of(
          Replies.error(
              request,
              HttpStatus.UNAUTHORIZED,
              "Unauthenticated",
              "the request carries no principal: sign in with Microsoft Entra"));
    }
    if (!caller.get().may(needed)) {
      return Optional.of(
          Replies.error(
              request,
              HttpStatus.FORBIDDEN,
              "RoleMissing",
              "this needs app role %s: have it assigned to you in the app registration"
                  .formatted(needed.claim())));
    }
    return Optional.empty();
  }
}
