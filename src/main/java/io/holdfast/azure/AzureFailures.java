package io.holdfast.azure;

import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpHeaders;
import com.azure.core.http.HttpResponse;
import com.azure.core.management.exception.ManagementError;
import com.azure.core.util.DateTimeRfc1123;
import com.azure.data.tables.models.TableServiceError;
import io.holdfast.failure.Failure;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.io.IOException;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/**
 * What the Azure SDK throws, turned once into a {@link Failure} that names action, resource, reason
 * and remedy. For blobs, tables, queues and Azure Resource Manager alike.
 *
 * <p>The SDK's messages hold URLs, and with them access signatures: no text of theirs is passed on
 * before {@link #redact}, and none of their exceptions becomes a cause unless all of its messages
 * are free of such things.
 */
public final class AzureFailures {
  /** Code of the {@link Invalid} for every 401 and 403; its fault has Azure's own code. */
  public static final String ACCESS_DENIED = "AccessDenied";

  private static final HttpHeaderName ERROR_CODE = HttpHeaderName.fromString("x-ms-error-code");
  private static final HttpHeaderName REQUEST_ID = HttpHeaderName.fromString("x-ms-request-id");
  private static final HttpHeaderName RETRY_AFTER_MS = HttpHeaderName.fromString("retry-after-ms");
  private static final HttpHeaderName X_RETRY_AFTER_MS =
      HttpHeaderName.fromString("x-ms-retry-after-ms");

  /** Said of a body whose checksum is not the one that came with it: a second try may be whole. */
  private static final Set<String> DAMAGED = Set.of("Crc64Mismatch", "Md5Mismatch");

  /** Storage that is busy seldom says for how long. */
  private static final Duration BUSY_DEFAULT = Duration.ofSeconds(10);

  private static final int CAUSES_MAX = 20;
  private static final Pattern URL_QUERY =
      Pattern.compile("(https?://[^\\s?\"'<>]*)\\?[^\\s\"'<>]*");
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i)\\b(sig|signature|AccountKey|SharedAccessSignature|access_token|client_secret)"
              + "(\\s*[=:]\\s*)[^\\s&;\"'<>]+");
  private static final Pattern BEARER = Pattern.compile("(?i)\\b(Bearer|SharedKey)\\s+\\S+");

  private AzureFailures() {}

  /**
   * The failure that stands for an exception of the SDK.
   *
   * @param action a verb: "read", "create"
   * @param name what was acted on: a blob's name, a row, an ARM id
   * @return to be thrown; what is no failure of Azure or the network (a bug) comes back as it is,
   *     unless its message holds a secret
   */
  public static RuntimeException of(RuntimeException thrown, String action, String name) {
    String what = "cannot %s %s: ".formatted(action, redact(name));
    Throwable cause = thrown;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      if (cause instanceof Failure failure) {
        return failure;
      }
      if (cause instanceof HttpResponseException http) {
        return http.getResponse() == null
            ? withoutAnswer(http, what)
            : ofStatus(http, http.getResponse(), what);
      }
      if (cause instanceof UnknownHostException) {
        return new Unavailable(
            "%sthe host name %s is not known: check the address and the network"
                .formatted(what, text(cause)));
      }
      if (cause instanceof IOException || isTimeout(cause)) {
        return new Unavailable(
            "%sno answer (%s: %s)".formatted(what, cause.getClass().getSimpleName(), text(cause)),
            isSafe(thrown) ? thrown : null);
      }
      cause = cause.getCause();
    }
    return isSafe(thrown) ? thrown : new IllegalStateException(what + text(thrown));
  }

  private static RuntimeException ofStatus(
      HttpResponseException thrown, HttpResponse response, String what) {
    int status = response.getStatusCode();
    Detail detail = detail(thrown, response.getHeaders());
    String message = what + detail.sentence(status);
    Throwable cause = isSafe(thrown) ? thrown : null;
    // 409 and 412 are a lost race or another operation: who comes back reads again and decides.
    if (status >= 500 || status == 429 || status == 408 || status == 409 || status == 412) {
      boolean busy = status == 429 || status == 503;
      Duration wait = retryAfter(response.getHeaders()).orElse(busy ? BUSY_DEFAULT : null);
      return new Unavailable(message, wait, cause);
    }
    if (DAMAGED.contains(detail.code())) {
      return new Unavailable(message + "; the body was damaged on the way", cause);
    }
    if (status == 401 || status == 403) {
      return new Invalid(
          ACCESS_DENIED,
          message + "; grant this identity access, or give a signature that is valid",
          List.of(new Invalid.Fault(detail.code(), what.strip(), detail.message())));
    }
    if (status == 404) {
      return new Invalid(detail.code(), message + "; check the name, or create it", cause);
    }
    return new Invalid(detail.code(), message, cause);
  }

  /** Azure's own words about a refusal, free of secrets. */
  private record Detail(String code, String message, String requestId) {
    String sentence(int status) {
      StringBuilder text = new StringBuilder("Azure answered ").append(status);
      text.append(' ').append(code);
      if (!message.isEmpty()) {
        text.append(": ").append(message);
      }
      if (!requestId.isEmpty()) {
        text.append(" (request ").append(requestId).append(')');
      }
      return text.toString();
    }
  }

  private static Detail detail(HttpResponseException thrown, HttpHeaders headers) {
    String code = value(headers, ERROR_CODE);
    String message = "";
    if (thrown.getValue() instanceof ManagementError error) {
      code = code.isEmpty() ? orEmpty(error.getCode()) : code;
      message = firstLine(orEmpty(error.getMessage()));
    } else if (thrown.getValue() instanceof TableServiceError error && code.isEmpty()) {
      code = error.getErrorCode() == null ? "" : error.getErrorCode().toString();
    }
    // The body of a storage error is left out: it repeats the string to sign and the full URL.
    return new Detail(
        code.isEmpty() ? "HttpError" : code, redact(message), value(headers, REQUEST_ID));
  }

  private static RuntimeException withoutAnswer(HttpResponseException thrown, String what) {
    return thrown instanceof ClientAuthenticationException
        ? noCredential(thrown, what)
        : new Unavailable("%sno answer (%s)".formatted(what, text(thrown)));
  }

  private static Invalid noCredential(Throwable thrown, String what) {
    return new Invalid(
        ACCESS_DENIED,
        "%sno credential was accepted (%s); sign in with 'az login', or give the service an identity"
            .formatted(what, text(thrown)));
  }

  /**
   * A blocking call that ran out of time throws an {@link IllegalStateException} of the reactor.
   */
  private static boolean isTimeout(Throwable thrown) {
    return thrown instanceof TimeoutException
        || (thrown instanceof IllegalStateException
            && orEmpty(thrown.getMessage()).startsWith("Timeout on blocking read"));
  }

  /** How long the service asks us to stay away; empty when it does not say. */
  public static Optional<Duration> retryAfter(HttpHeaders headers) {
    for (HttpHeaderName name : List.of(X_RETRY_AFTER_MS, RETRY_AFTER_MS)) {
      Optional<Duration> wait = number(value(headers, name)).map(Duration::ofMillis);
      if (wait.isPresent()) {
        return wait;
      }
    }
    String value = value(headers, HttpHeaderName.RETRY_AFTER);
    return number(value).map(Duration::ofSeconds).or(() -> untilDate(headers, value));
  }

  private static Optional<Long> number(String text) {
    return text.matches("[0-9]{1,9}") ? Optional.of(Long.valueOf(text)) : Optional.empty();
  }

  /** The header may be a date: it is compared with the service's clock, never with ours. */
  private static Optional<Duration> untilDate(HttpHeaders headers, String retryAfter) {
    String date = value(headers, HttpHeaderName.DATE);
    if (retryAfter.isEmpty() || date.isEmpty()) {
      return Optional.empty();
    }
    try {
      Duration wait =
          Duration.between(
              new DateTimeRfc1123(date).getDateTime(),
              new DateTimeRfc1123(retryAfter).getDateTime());
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException | IllegalArgumentException e) {
      // A header that cannot be read says nothing about when to come back.
      return Optional.empty();
    }
  }

  /** Text without query strings, signatures, keys and tokens. */
  public static String redact(String text) {
    String shorter = URL_QUERY.matcher(text).replaceAll("$1?REDACTED");
    shorter = SECRET.matcher(shorter).replaceAll("$1$2REDACTED");
    return BEARER.matcher(shorter).replaceAll("$1 REDACTED");
  }

  private static boolean isSafe(Throwable thrown) {
    Throwable cause = thrown;
    for (int i = 0; i < CAUSES_MAX && cause != null; i++) {
      String message = orEmpty(cause.getMessage());
      if (!redact(message).equals(message)) {
        return false;
      }
      cause = cause.getCause();
    }
    return true;
  }

  private static String text(Throwable thrown) {
    String message = orEmpty(thrown.getMessage());
    return message.isEmpty() ? thrown.getClass().getSimpleName() : redact(firstLine(message));
  }

  private static String firstLine(String text) {
    return text.lines().findFirst().orElse("");
  }

  private static String value(HttpHeaders headers, HttpHeaderName name) {
    return orEmpty(headers.getValue(name));
  }

  private static String orEmpty(String text) {
    return text == null ? "" : text;
  }
}
