package io.holdfast.function;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Invalid.Fault;
import io.holdfast.failure.Unavailable;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Results and failures as HTTP answers, in the shapes of Azure's REST guidelines. */
final class Replies {
  static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration RETRY_DEFAULT = Duration.ofSeconds(10);
  private static final String LOOK_AGAIN_SECONDS = "2";

  /** What Azure refuses to the app itself: a right, a table, a resource group that is not there. */
  private static final Set<String> OURS =
      Set.of(
          "AccessDenied",
          "TableNotFound",
          "ResourceGroupNotFound",
          "ContainerNotFound",
          "QueueNotFound",
          "HttpError");

  private Replies() {}

  static HttpResponseMessage json(
      HttpRequestMessage<?> request, HttpStatus status, ObjectNode body) {
    return json(request, status, body, Map.of());
  }

  static HttpResponseMessage json(
      HttpRequestMessage<?> request,
      HttpStatus status,
      ObjectNode body,
      Map<String, String> headers) {
    HttpResponseMessage.Builder builder =
        request
            .createResponseBuilder(status)
            .header("Content-Type", "application/json")
            .body(body.toString());
    headers.forEach(builder::header);
    return builder.build();
  }

  /** The headers of an answer whose work goes on, at a URL where it can be looked at. */
  static Map<String, String> longRunning(String url) {
    return Map.of("Operation-Location", url, "Location", url, "Retry-After", LOOK_AGAIN_SECONDS);
  }

  static HttpResponseMessage empty(HttpRequestMessage<?> request, HttpStatus status) {
    return request.createResponseBuilder(status).build();
  }

  static HttpResponseMessage error(
      HttpRequestMessage<?> request, HttpStatus status, String code, String message) {
    return error(request, status, code, message, List.of(), Map.of());
  }

  static HttpResponseMessage error(
      HttpRequestMessage<?> request,
      HttpStatus status,
      String code,
      String message,
      List<Fault> faults,
      Map<String, String> headers) {
    ObjectNode error = JSON.createObjectNode();
    error.put("code", code);
    error.put("message", message);
    if (faults.size() == 1) {
      error.put("target", faults.get(0).target());
    }
    if (!faults.isEmpty()) {
      ArrayNode details = error.putArray("details");
      for (Fault fault : faults) {
        details
            .addObject()
            .put("code", fault.code())
            .put("message", fault.message())
            .put("target", fault.target());
      }
    }
    ObjectNode body = JSON.createObjectNode();
    body.set("error", error);
    HttpResponseMessage.Builder builder =
        request
            .createResponseBuilder(status)
            .header("Content-Type", "application/json")
            .header("x-ms-error-code", code)
            .body(body.toString());
    headers.forEach(builder::header);
    return builder.build();
  }

  /** Whether it is the app that must be mended, not the request. */
  static boolean isOurs(Invalid invalid) {
    return invalid.code().startsWith("Vault") || OURS.contains(invalid.code());
  }

  /** A failure as an answer. */
  static HttpResponseMessage failure(
      HttpRequestMessage<?> request, RuntimeException failure, String invocationId) {
    if (failure instanceof Unavailable busy) {
      long seconds = busy.retryAfter().orElse(RETRY_DEFAULT).toSeconds();
      return error(
          request,
          HttpStatus.SERVICE_UNAVAILABLE,
          "ServiceUnavailable",
          busy.getMessage(),
          List.of(),
          Map.of("Retry-After", Long.toString(Math.max(1, seconds))));
    }
    if (failure instanceof Invalid invalid) {
      return error(
          request,
          isOurs(invalid) ? HttpStatus.INTERNAL_SERVER_ERROR : HttpStatus.BAD_REQUEST,
          invalid.code(),
          invalid.getMessage(),
          invalid.faults(),
          Map.of());
    }
    String what = failure instanceof Corrupt ? failure.getMessage() : "Holdfast has a defect here";
    return error(
        request,
        HttpStatus.INTERNAL_SERVER_ERROR,
        failure instanceof Corrupt ? "VaultCorrupt" : "InternalError",
        what + "; the log of invocation " + invocationId + " says more");
  }
}
