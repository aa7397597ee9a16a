package io.holdfast.azure;

import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import io.holdfast.disk.Allowance;
import io.holdfast.disk.Allowance.Kind;
import io.holdfast.failure.Unavailable;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import reactor.core.publisher.Mono;

/**
 * Keeps the app below Azure's limits of calls, and quiet for as long as Azure says after it went
 * over one: a call that is not allowed now is not made, and its step comes back by a delayed
 * message.
 */
final class ArmBudget implements HttpPipelinePolicy {
  private static final Pattern SUBSCRIPTION =
      Pattern.compile("/subscriptions/([^/]+)/.*", Pattern.CASE_INSENSITIVE);
  private static final Duration PAUSE_DEFAULT = Duration.ofSeconds(10);
  private static final int TOO_MANY = 429;

  private final Allowance allowance;

  ArmBudget(Allowance allowance) {
    this.allowance = allowance;
  }

  @Override
  public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
    return Mono.fromRunnable(() -> take(call.getHttpRequest()))
        .then(Mono.defer(next::process))
        .map(response -> seen(call.getHttpRequest(), response));
  }

  @Override
  public HttpResponse processSync(HttpPipelineCallContext call, HttpPipelineNextSyncPolicy next) {
    take(call.getHttpRequest());
    return seen(call.getHttpRequest(), next.processSync());
  }

  private void take(HttpRequest request) {
    Optional<String> subscription = subscription(request);
    if (subscription.isEmpty()) {
      return;
    }
    Optional<Duration> wait = allowance.take(subscription.get(), kind(request.getHttpMethod()));
    if (wait.isPresent()) {
      throw new Unavailable(
          "the app's calls of Azure in subscription %s are used up; the next one is made in %d s"
              .formatted(subscription.get(), wait.get().toSeconds()),
          wait.get(),
          null);
    }
  }

  private HttpResponse seen(HttpRequest request, HttpResponse response) {
    if (response.getStatusCode() == TOO_MANY) {
      Duration wait = AzureFailures.retryAfter(response.getHeaders()).orElse(PAUSE_DEFAULT);
      // A long wait is the limit of one VM's restore points, which binds nobody else.
      if (wait.compareTo(Refusals.RATE_LIMIT_MIN) < 0) {
        subscription(request).ifPresent(id -> allowance.pause(id, wait));
      }
    }
    return response;
  }

  private static Optional<String> subscription(HttpRequest request) {
    Matcher matcher = SUBSCRIPTION.matcher(request.getUrl().getPath());
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  private static Kind kind(HttpMethod method) {
    if (method == HttpMethod.GET || method == HttpMethod.HEAD) {
      return Kind.READ;
    }
    return method == HttpMethod.DELETE ? Kind.DELETE : Kind.WRITE;
  }
}
