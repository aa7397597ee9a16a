package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeader;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.management.exception.ManagementError;
import com.azure.core.management.exception.ManagementException;
import com.azure.identity.CredentialUnavailableException;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class AzureFailuresTest {
  private static final String SECRET = "c2VjcmV0LXNpZ25hdHVyZQ";
  private static final String URL =
      "https://md-x.blob.storage.azure.net/c/abcd?snapshot=1&sv=2018-11-09&sr=bs&sig=" + SECRET;

  /** An answer of a status with headers; {@code name, value, name, value...}. */
  private static HttpResponse answer(int status, String... headers) {
    HttpHeaders all = new HttpHeaders();
    for (int i = 0; i < headers.length; i += 2) {
      HttpHeader unused =
          all.set(com.azure.core.http.HttpHeaderName.fromString(headers[i]), headers[i + 1])
              .get(com.azure.core.http.HttpHeaderName.fromString(headers[i]));
    }
    return new Answer(status, all);
  }

  private static final class Answer extends HttpResponse {
    private final int status;
    private final HttpHeaders headers;

    Answer(int status, HttpHeaders headers) {
      super(new HttpRequest(HttpMethod.GET, URL));
      this.status = status;
      this.headers = headers;
    }

    @Override
    public int getStatusCode() {
      return status;
    }

    @Override
    @Deprecated
    public String getHeaderValue(String name) {
      return headers.getValue(com.azure.core.http.HttpHeaderName.fromString(name));
    }

    @Override
    public HttpHeaders getHeaders() {
      return headers;
    }

    @Override
    public Flux<ByteBuffer> getBody() {
      return Flux.empty();
    }

    @Override
    public Mono<byte[]> getBodyAsByteArray() {
      return Mono.empty();
    }

    @Override
    public Mono<String> getBodyAsString() {
      return Mono.empty();
    }

    @Override
    public Mono<String> getBodyAsString(Charset charset) {
      return Mono.empty();
    }
  }

  private static RuntimeException of(int status, String... headers) {
    return AzureFailures.of(
        new HttpResponseException("Status code " + status + ", " + URL, answer(status, headers)),
        "read",
        "blob a");
  }

  private static String everythingIn(Throwable thrown) {
    StringWriter text = new StringWriter();
    thrown.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  @Test
  void comesBackLaterWhenTheServiceIsBusy() {
    assertThat(of(429, "Retry-After", "17"))
        .isInstanceOfSatisfying(
            Unavailable.class, e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(17)))
        .hasMessageContaining("cannot read blob a: Azure answered 429");
    assertThat(of(503, "x-ms-retry-after-ms", "250", "Retry-After", "17"))
        .isInstanceOfSatisfying(
            Unavailable.class, e -> assertThat(e.retryAfter()).contains(Duration.ofMillis(250)));
    assertThat(
            of(
                429,
                "Date",
                "Mon, 23 Nov 2026 04:05:06 GMT",
                "Retry-After",
                "Mon, 23 Nov 2026 04:06:06 GMT"))
        .isInstanceOfSatisfying(
            Unavailable.class, e -> assertThat(e.retryAfter()).contains(Duration.ofMinutes(1)));
    assertThat(of(503, "Retry-After", "soon"))
        .isInstanceOfSatisfying(
            Unavailable.class, e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(10)));
  }

  @Test
  void comesBackLaterAfterAServersFaultOrALostRace() {
    for (int status : new int[] {408, 409, 412, 500, 502, 504}) {
      assertThat(of(status)).as("%d", status).isInstanceOf(Unavailable.class);
    }
  }

  @Test
  void saysWhatToDoAboutARefusal() {
    assertThat(of(403, "x-ms-error-code", "AuthorizationFailure", "x-ms-request-id", "r-1"))
        .isInstanceOfSatisfying(
            Invalid.class,
            e -> {
              assertThat(e.code()).isEqualTo(AzureFailures.ACCESS_DENIED);
              assertThat(e.faults())
                  .extracting(Invalid.Fault::code)
                  .containsExactly("AuthorizationFailure");
            })
        .hasMessageContaining("403 AuthorizationFailure")
        .hasMessageContaining("(request r-1)")
        .hasMessageContaining("grant this identity access");
    assertThat(of(404, "x-ms-error-code", "ContainerNotFound"))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("ContainerNotFound"))
        .hasMessageContaining("check the name");
    assertThat(of(400)).isInstanceOf(Invalid.class);
  }

  @Test
  void passesOnWhatResourceManagerSays() {
    ManagementException thrown =
        new ManagementException(
            "Status code 403",
            answer(403),
            new ManagementError(
                "LinkedAuthorizationFailed", "No permission beginGetAccess on " + URL));

    assertThat(AzureFailures.of(thrown, "create", "snapshot s"))
        .isInstanceOfSatisfying(
            Invalid.class,
            e ->
                assertThat(e.faults())
                    .extracting(Invalid.Fault::code)
                    .containsExactly("LinkedAuthorizationFailed"))
        .hasMessageContaining("No permission beginGetAccess on https://md-x")
        .hasMessageNotContaining(SECRET);
  }

  @Test
  void takesNoAnswerForUnavailable() {
    List<RuntimeException> thrown =
        List.of(
            new UncheckedIOException(new IOException("connection reset")),
            new RuntimeException(new TimeoutException("did not answer in 60 s")),
            new IllegalStateException("Timeout on blocking read for 60000000000 NANOSECONDS"),
            new RuntimeException(new RuntimeException(new java.net.SocketTimeoutException("t"))));
    for (RuntimeException e : thrown) {
      assertThat(AzureFailures.of(e, "read", "blob a"))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("cannot read blob a: no answer");
    }
    assertThat(
            AzureFailures.of(
                new UncheckedIOException(new UnknownHostException("no.blob.core.windows.net")),
                "read",
                "blob a"))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("no.blob.core.windows.net is not known");
  }

  @Test
  void asksForACredential() {
    assertThat(
            AzureFailures.of(
                new CredentialUnavailableException("no identity endpoint"), "read", "blob a"))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo(AzureFailures.ACCESS_DENIED))
        .hasMessageContaining("az login");
  }

  @Test
  void leavesBugsAndFailuresAsTheyAre() {
    RuntimeException bug = new IllegalArgumentException("page too long");
    Corrupt corrupt = new Corrupt("chunk");

    assertThat(AzureFailures.of(bug, "read", "a")).isSameAs(bug);
    assertThat(AzureFailures.of(new RuntimeException(corrupt), "read", "a")).isSameAs(corrupt);
  }

  @Test
  void showsNoSignatureKeyOrTokenAnywhere() {
    for (String text :
        List.of(
            "GET " + URL,
            "\"" + URL + "\" failed",
            "token sig=" + SECRET + "&x=1",
            "Signature: " + SECRET,
            "Authorization: Bearer " + SECRET,
            "SharedKey account:" + SECRET,
            "AccountName=a;AccountKey=" + SECRET + ";x=1",
            "client_secret=" + SECRET)) {
      for (RuntimeException thrown :
          List.of(
              new HttpResponseException(text, answer(500)),
              new HttpResponseException(text, answer(403)),
              new HttpResponseException(text, answer(404)),
              new HttpResponseException(text, (HttpResponse) null),
              new ManagementException(text, answer(409), new ManagementError("C", text)),
              new UncheckedIOException(text, new IOException(text)),
              new RuntimeException("outer", new RuntimeException(new IOException(text))),
              new IllegalArgumentException(text),
              new IllegalArgumentException("outer", new IllegalStateException(text)),
              new CredentialUnavailableException(text))) {
        assertThat(everythingIn(AzureFailures.of(thrown, "read", "blob " + URL)))
            .as("%s of %s", thrown.getClass().getSimpleName(), text)
            .contains(thrown.getMessage().equals("outer") ? "" : "read blob https://md-x")
            .doesNotContain(SECRET);
      }
    }
  }

  @Test
  void keepsTheCauseOfWhatHoldsNoSecret() {
    RuntimeException thrown = new UncheckedIOException(new IOException("connection reset"));

    assertThat(AzureFailures.of(thrown, "read", "blob a")).hasCause(thrown);
  }
}
