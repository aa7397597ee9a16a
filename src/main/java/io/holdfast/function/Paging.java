package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.azure.functions.HttpRequestMessage;
import io.holdfast.catalogue.JobId;
import io.holdfast.disk.ArmId;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Invalid.Fault;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Lists in pages: {@code {"value":[…],"nextLink":"…"}}. */
final class Paging {
  static final String SIZE = "maxpagesize";
  static final String AFTER = "continuation";
  static final int SIZE_DEFAULT = 100;
  static final int SIZE_MAX = 1_000;

  private Paging() {}

  /** How many resources a page may hold. */
  static int size(HttpRequestMessage<?> request) {
    String text = request.getQueryParameters().get(SIZE);
    if (text == null) {
      return SIZE_DEFAULT;
    }
    try {
      int size = Integer.parseInt(text);
      if (size >= 1 && size <= SIZE_MAX) {
        return size;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for every value that will not do.
    }
    throw invalid(
        SIZE, "%s is %s, but must be a whole number from 1 to %d".formatted(SIZE, text, SIZE_MAX));
  }

  /** The last job of the page before. */
  static Optional<JobId> after(HttpRequestMessage<?> request) {
    String text = request.getQueryParameters().get(AFTER);
    if (text == null) {
      return Optional.empty();
    }
    return Optional.of(
        JobId.parse(text)
            .orElseThrow(
                () ->
                    invalid(
                        AFTER,
                        "%s is no continuation that this API gave: follow nextLink as it is"
                            .formatted(AFTER))));
  }

  /** A parameter that is {@code true} or {@code false}; empty when the request has none. */
  static Optional<Boolean> flag(HttpRequestMessage<?> request, String name) {
    String text = request.getQueryParameters().get(name);
    if (text != null && !text.equals("true") && !text.equals("false")) {
      throw invalid(name, "%s is \"%s\", but must be true or false".formatted(name, text));
    }
    return Optional.ofNullable(text).map(Boolean::valueOf);
  }

  /** The VM that a list is about; null when the request names none. */
  static String vmId(HttpRequestMessage<?> request) {
    String text = request.getQueryParameters().get("vmId");
    if (text != null && ArmId.ofVm(text).isEmpty()) {
      throw invalid(
          "vmId",
          "vmId is \"%s\", but must be the ARM id of a virtual machine: %s"
              .formatted(text, ArmId.VM_FORM));
    }
    return text;
  }

  private static Invalid invalid(String parameter, String message) {
    return Faults.asInvalid(List.of(new Fault("InvalidParameter", parameter, message)));
  }

  static ObjectNode page(
      HttpRequestMessage<?> request, List<ObjectNode> values, Optional<String> next) {
    ObjectNode body = Replies.JSON.createObjectNode();
    ArrayNode value = body.putArray("value");
    values.forEach(value::add);
    next.ifPresent(after -> body.put("nextLink", link(request, after)));
    return body;
  }

  private static String link(HttpRequestMessage<?> request, String after) {
    Map<String, String> parameters = new TreeMap<>(request.getQueryParameters());
    parameters.put(AFTER, after);
    StringBuilder query = new StringBuilder();
    parameters.forEach(
        (name, value) ->
            query
                .append(query.isEmpty() ? "?" : "&")
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
    URI uri = request.getUri();
    return base(uri) + uri.getRawPath() + query;
  }

  /** Scheme and authority of the request. */
  static String base(URI uri) {
    return uri.getScheme() + "://" + uri.getRawAuthority();
  }
}
