package io.holdfast.local.sim;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where requests come in: route, fault injection, the lock, the shape of errors, the answer. */
final class Front extends Handler.Abstract {
  private static final Logger LOG = LoggerFactory.getLogger(Front.class);
  private static final int BODY_BYTES_MAX = 8 << 20;

  private final Router router;
  private final Faults faults;
  private final Witness witness;
  private final Store store;
  private final Operations operations;
  private final Gate gate;

  Front(
      Router router,
      Faults faults,
      Witness witness,
      Store store,
      Operations operations,
      Gate gate) {
    this.router = router;
    this.faults = faults;
    this.witness = witness;
    this.store = store;
    this.operations = operations;
    this.gate = gate;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String path = Request.getPathInContext(request);
    boolean dataPlane = path.startsWith("/md-");
    Optional<Router.Match> match = router.find(request.getMethod(), path);
    String operation = match.map(found -> operationOf(found, request)).orElse("unknown");
    Faults.Verdict fault =
        path.startsWith("/_sim/")
            ? Faults.Verdict.NONE
            : faults.judge(request.getMethod(), path, operation);
    Reply reply;
    if (!fault.delay().isZero()) {
      Thread.sleep(fault.delay().toMillis());
    }
    if (fault.hang()) {
      witness.hangs(request, path, operation);
      return true; // the callback is never completed: the client waits until it or we give up
    }
    byte[] body = {};
    try {
      body = body(request);
      Call call = call(request, path, body, match, fault);
      reply = answer(call, match);
    } catch (Refusal refusal) {
      reply = dataPlane ? Reply.blobError(refusal) : Reply.armError(refusal);
    } catch (RuntimeException e) {
      LOG.error("{} {} failed in the simulator", request.getMethod(), path, e);
      Refusal refusal = new Refusal(500, "SimulatorBug", "The simulator failed: " + e);
      reply = dataPlane ? Reply.blobError(refusal) : Reply.armError(refusal);
    }
    if (!dataPlane) {
      reply = reply.with("x-ms-request-id", UUID.randomUUID().toString());
    }
    witness.answered(request, path, operation, body, reply);
    if (fault.dropAnswer()) {
      request.getConnectionMetaData().getConnection().getEndPoint().close();
      callback.failed(new EofException("the answer was to be lost"));
      return true;
    }
    send(request, response, callback, reply, fault);
    return true;
  }

  private static String operationOf(Router.Match match, Request request) {
    if (!match.operation().startsWith("Blob")) {
      return match.operation();
    }
    return PageBlobs.operation(
        request.getMethod(),
        Request.extractQueryParameters(request).getValue("comp"),
        request.getHeaders());
  }

  private Reply answer(Call call, Optional<Router.Match> match) {
    if (call.fault().status() != 0) {
      throw call.fault().refusal();
    }
    if (match.isEmpty()) {
      throw new Refusal(
          404,
          "InvalidResourceType",
          "The simulator does not answer %s %s; docs/simulator.md lists what it does."
              .formatted(call.method(), call.path()));
    }
    if (call.path().startsWith("/subscriptions/") && call.query("api-version").isEmpty()) {
      throw new Refusal(
          400,
          "MissingApiVersionParameter",
          "The api-version query parameter (?api-version=) is required for all requests.");
    }
    Router.Match found = match.get();
    if (!found.locked()) {
      return found.handler().handle(call);
    }
    return store.locked(
        () -> {
          operations.settleDue();
          gate.check(call);
          return found.handler().handle(call);
        });
  }

  private static byte[] body(Request request) throws IOException {
    if (request.getLength() > BODY_BYTES_MAX) {
      throw new Refusal(
          413, "RequestBodyTooLarge", "The request body is too large: " + request.getLength());
    }
    return BufferUtil.toArray(Content.Source.asByteBuffer(request));
  }

  private static Call call(
      Request request,
      String path,
      byte[] body,
      Optional<Router.Match> match,
      Faults.Verdict fault) {
    Map<String, List<String>> query = new LinkedHashMap<>();
    for (Fields.Field field : Request.extractQueryParameters(request)) {
      query.put(field.getName(), new ArrayList<>(field.getValues()));
    }
    String base = request.getHttpURI().getScheme() + "://" + request.getHttpURI().getAuthority();
    return new Call(
        request.getMethod(),
        path,
        match.map(Router.Match::operation).orElse("unknown"),
        base,
        query,
        name -> request.getHeaders().get(name),
        body,
        match.map(Router.Match::vars).orElse(Map.of()),
        fault);
  }

  private static void send(
      Request request, Response response, Callback callback, Reply reply, Faults.Verdict fault) {
    response.setStatus(reply.status());
    reply.headers().forEach(response.getHeaders()::put);
    if (reply.status() != 204) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, reply.length());
    }
    try {
      if (!request.getMethod().equals("HEAD") && reply.length() > 0) {
        long[] sent = {0};
        reply
            .body()
            .writeTo(
                bytes -> {
                  long stopAt = Math.max(fault.truncateAt(), fault.stallAt());
                  if (stopAt >= 0 && sent[0] + bytes.remaining() > stopAt) {
                    bytes.limit(bytes.position() + (int) (stopAt - sent[0]));
                    write(response, false, bytes);
                    if (fault.stallAt() >= 0) {
                      throw new Stalled();
                    }
                    request.getConnectionMetaData().getConnection().getEndPoint().close();
                    throw new EofException("the answer was to break off here");
                  }
                  sent[0] += bytes.remaining();
                  write(response, sent[0] == reply.length(), bytes);
                });
      }
      callback.succeeded();
    } catch (Stalled e) {
      // The callback is never completed: the client waits until it or we give up.
      LOG.debug("{} stalls", request.getHttpURI().getPath());
    } catch (IOException e) {
      callback.failed(e); // the client went away, or the answer was to break off here
    }
  }

  /** The answer is to stop here and the connection to stay open. */
  private static final class Stalled extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private static void write(Response response, boolean last, ByteBuffer bytes) throws IOException {
    Content.Sink.write(response, last, bytes);
  }
}
