package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * One answer.
 *
 * @param length of the body in bytes, also for HEAD
 * @param body writes the bytes
 */
record Reply(int status, Map<String, String> headers, long length, Body body) {
  /** Where a body goes. */
  interface Sink {
    void write(ByteBuffer bytes) throws IOException;
  }

  /** Writes exactly the announced length; opens what it reads only when it is called. */
  interface Body {
    void writeTo(Sink sink) throws IOException;
  }

  static Reply empty(int status) {
    return new Reply(status, Map.of(), 0, sink -> {});
  }

  static Reply json(int status, JsonNode tree) {
    return bytes(status, "application/json; charset=utf-8", Json.bytes(tree));
  }

  static Reply xml(int status, String xml) {
    return bytes(status, "application/xml", xml.getBytes(StandardCharsets.UTF_8));
  }

  private static Reply bytes(int status, String type, byte[] bytes) {
    return new Reply(
        status,
        Map.of("Content-Type", type),
        bytes.length,
        sink -> sink.write(ByteBuffer.wrap(bytes)));
  }

  /** The error body of ARM; see the ARM RPC's common API contracts. */
  static Reply armError(Refusal refusal) {
    var tree = Json.object();
    tree.putObject("error").put("code", refusal.code()).put("message", refusal.getMessage());
    return withRetryAfter(json(refusal.status(), tree), refusal);
  }

  /** The error body of Blob storage. */
  static Reply blobError(Refusal refusal) {
    String body =
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(escape(refusal.code()), escape(refusal.getMessage()));
    return withRetryAfter(xml(refusal.status(), body), refusal)
        .with("x-ms-error-code", refusal.code());
  }

  private static Reply withRetryAfter(Reply reply, Refusal refusal) {
    return refusal.retryAfterSeconds() == 0
        ? reply
        : reply.with("Retry-After", Long.toString(refusal.retryAfterSeconds()));
  }

  Reply with(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new Reply(status, more, length, body);
  }

  static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
