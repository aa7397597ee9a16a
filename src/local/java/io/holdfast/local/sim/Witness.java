package io.holdfast.local.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the request log, and whoever observes the simulator, what was asked and answered. */
final class Witness {
  private static final Logger LOG = LoggerFactory.getLogger(Witness.class);
  private static final int TEXT_BYTES_MAX = 8 << 20;

  private final RequestLog log;
  private final Consumer<ComputeSimulator.Exchange> observer;

  Witness(RequestLog log, Consumer<ComputeSimulator.Exchange> observer) {
    this.log = log;
    this.observer = observer;
  }

  /** A request that gets no answer. */
  void hangs(Request request, String path, String operation) {
    note(request, path, operation, 0);
  }

  /** A request whose answer is about to be sent (a fault may still cut it). */
  void answered(Request request, String path, String operation, byte[] body, Reply reply) {
    note(request, path, operation, reply.status());
    if (path.startsWith("/_sim/")) {
      return;
    }
    String query = request.getHttpURI().getQuery();
    observer.accept(
        new ComputeSimulator.Exchange(
            request.getMethod(),
            path,
            query == null ? "" : query,
            operation,
            isJson(request, body) ? new String(body, StandardCharsets.UTF_8) : "",
            reply.status(),
            reply.headers(),
            text(reply)));
  }

  /** A body of a control-plane request counts as JSON even without the header, as in ARM. */
  private static boolean isJson(Request request, byte[] body) {
    String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
    return body.length > 0 && (type == null || type.contains("json"));
  }

  private static String text(Reply reply) {
    String type = reply.headers().getOrDefault("Content-Type", "");
    boolean readable = type.contains("json") || type.contains("xml");
    if (!readable || reply.length() > TEXT_BYTES_MAX) {
      return "";
    }
    ByteBuffer all = ByteBuffer.allocate((int) reply.length());
    try {
      reply.body().writeTo(all::put);
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory was not written", e);
    }
    return new String(all.array(), StandardCharsets.UTF_8);
  }

  private void note(Request request, String path, String operation, int status) {
    log.add(
        new ComputeSimulator.Seen(
            Instant.now(),
            request.getMethod(),
            path,
            operation,
            status,
            request.getHeaders().contains(HttpHeader.AUTHORIZATION)));
    LOG.debug("{} {} {}", request.getMethod(), path, status);
  }
}
