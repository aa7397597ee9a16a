package io.holdfast.azure;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import io.holdfast.failure.Unavailable;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * Looks at each answer of a snapshot's blob before the SDK does.
 *
 * <ul>
 *   <li>A service that is too busy (429, 503) is left alone at once, for as long as it says: the
 *       SDK would ask again within the second, which makes a busy disk busier. Whoever asked comes
 *       back by message, and reads fewer things at a time.
 *   <li>Bytes must be those of the range that was asked for: the SDK takes any. It asks for the
 *       rest of a range when a connection breaks, so every answer is looked at, not only the first.
 * </ul>
 */
final class SourcePolicy implements HttpPipelinePolicy {
  /** Storage that is busy seldom says for how long. */
  private static final Duration BUSY_DEFAULT = Duration.ofSeconds(10);

  private static final HttpHeaderName RANGE = HttpHeaderName.fromString("x-ms-range");

  private final String name;

  /**
   * @param name of what is read, free of secrets
   */
  SourcePolicy(String name) {
    this.name = name;
  }

  @Override
  public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
    return next.process().map(response -> checked(call.getHttpRequest(), response));
  }

  @Override
  public HttpResponse processSync(HttpPipelineCallContext call, HttpPipelineNextSyncPolicy next) {
    return checked(call.getHttpRequest(), next.processSync());
  }

  private HttpResponse checked(HttpRequest request, HttpResponse response) {
    int status = response.getStatusCode();
    if (status == 429 || status == 503) {
      Duration wait = AzureFailures.retryAfter(response.getHeaders()).orElse(BUSY_DEFAULT);
      response.close();
      throw new Unavailable(
          "Azure is too busy to read %s (HTTP %d); it is asked again in %d s"
              .formatted(name, status, wait.toSeconds()),
          wait,
          null);
    }
    String range = request.getHeaders().getValue(RANGE);
    String query = request.getUrl().getQuery();
    boolean bytes = query == null || !query.contains("comp=");
    if (status / 100 != 2 || range == null || !bytes) {
      return response;
    }
    String given = response.getHeaders().getValue(HttpHeaderName.CONTENT_RANGE);
    if (status != 206 || given == null || !given.startsWith(range.replace('=', ' ') + "/")) {
      response.close();
      throw new Unavailable(
          "%s was asked for range '%s' and answered %d with range '%s'"
              .formatted(name, range, status, given));
    }
    return response;
  }
}
