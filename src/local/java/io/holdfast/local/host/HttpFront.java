package io.holdfast.local.host;

import com.microsoft.azure.functions.HttpResponseMessage;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The HTTP triggers and the host's own /admin routes, on the loopback address only. */
final class HttpFront {
  private static final int THREADS_MAX = 200;

  private final Server server;
  private final ServerConnector connector;
  private final List<String> prefix;
  private final RouteTable routes;
  private final Admin admin;
  private final FunctionRunner runner;

  HttpFront(int port, String prefix, RouteTable routes, Admin admin, FunctionRunner runner) {
    this.prefix = RouteTemplate.split(prefix);
    this.routes = routes;
    this.admin = admin;
    this.runner = runner;
    QueuedThreadPool threads = new QueuedThreadPool(THREADS_MAX, 4);
    threads.setName("http");
    threads.setDaemon(true);
    this.server = new Server(threads);
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    // A path may hold encoded slashes and whole ARM ids: the routing decides, not the parser.
    http.setUriCompliance(UriCompliance.UNSAFE);
    this.connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setPort(port);
    server.addConnector(connector);
    server.setHandler(new Router());
  }

  /** Binds the port, or throws {@link HostFailure} with what to do. */
  void open() {
    try {
      connector.open();
    } catch (IOException e) {
      boolean taken = e instanceof BindException || e.getCause() instanceof BindException;
      throw HostFailure.general(
          taken
              ? "Port %d, for the HTTP API, is taken: stop what listens there, or choose another by --http-port."
                  .formatted(connector.getPort())
              : "Cannot listen on port %d: %s".formatted(connector.getPort(), e),
          e);
    }
  }

  /** Starts to answer. */
  void start() {
    try {
      server.start();
    } catch (Exception e) {
      throw HostFailure.general("The HTTP server did not start: " + e, e);
    }
  }

  /** The port that is bound, also where 0 was asked for. */
  int port() {
    return connector.getLocalPort();
  }

  void stop() throws Exception {
    server.stop();
  }

  private final class Router extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      List<String> path =
          RouteTemplate.split(request.getHttpURI().getPath()).stream()
              .map(RouteTemplate::decode)
              .toList();
      HttpCall.Answer answer = answer(request, path);
      write(answer, response, callback);
      return true;
    }
  }

  private HttpCall.Answer answer(Request request, List<String> path) throws IOException {
    byte[] body = read(request);
    if (!path.isEmpty() && path.get(0).equalsIgnoreCase("admin")) {
      return admin.answer(request.getMethod(), path, body);
    }
    Optional<RouteTable.Match> match =
        below(path).flatMap(left -> routes.find(request.getMethod(), left));
    if (match.isEmpty()) {
      return status(404);
    }
    Map<String, String> query = query(request);
    Map<String, String> metadata = new HashMap<>(query);
    metadata.putAll(match.get().values());
    URI uri;
    try {
      uri = URI.create(request.getHttpURI().toString());
    } catch (IllegalArgumentException e) {
      return status(400);
    }
    HttpCall call = new HttpCall(uri, request.getMethod(), headers(request), query, body);
    try {
      return answer(runner.run(match.get().function(), new TriggerInput(call, metadata)));
    } catch (FunctionRunner.FunctionFailed logged) {
      return status(500);
    }
  }

  private Optional<List<String>> below(List<String> path) {
    if (path.size() < prefix.size()) {
      return Optional.empty();
    }
    for (int i = 0; i < prefix.size(); i++) {
      if (!path.get(i).equalsIgnoreCase(prefix.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(path.subList(prefix.size(), path.size()));
  }

  private static byte[] read(Request request) throws IOException {
    try (InputStream in = Content.Source.asInputStream(request)) {
      return in.readAllBytes();
    }
  }

  private static Map<String, String> query(Request request) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Fields.Field field : Request.extractQueryParameters(request)) {
      values.put(field.getName(), String.join(",", field.getValues()));
    }
    return values;
  }

  private static Map<String, String> headers(Request request) {
    Map<String, String> values = new LinkedHashMap<>();
    for (HttpField field : request.getHeaders()) {
      values.merge(
          field.getName().toLowerCase(Locale.ROOT),
          field.getValue() == null ? "" : field.getValue(),
          (one, more) -> one + "," + more);
    }
    return values;
  }

  private static HttpCall.Answer answer(Object returned) {
    if (returned instanceof HttpCall.Answer answer) {
      return answer;
    }
    HttpCall.Answer answer = new HttpCall.Answer();
    if (returned instanceof HttpResponseMessage other) {
      answer.status(other.getStatus()).body(other.getBody());
      if (other.getHeader("Content-Type") != null) {
        answer.header("Content-Type", other.getHeader("Content-Type"));
      }
      return answer;
    }
    answer.body(returned);
    return answer;
  }

  static HttpCall.Answer status(int code) {
    HttpCall.Answer answer = new HttpCall.Answer();
    answer.status(com.microsoft.azure.functions.HttpStatusType.custom(code));
    return answer;
  }

  private static void write(HttpCall.Answer answer, Response response, Callback callback) {
    response.setStatus(answer.getStatusCode());
    answer.headers().forEach((name, value) -> response.getHeaders().put(name, value));
    Object body = answer.getBody();
    if (body == null) {
      response.getHeaders().put(HttpHeader.CONTENT_LENGTH, 0L);
      response.write(true, ByteBuffer.allocate(0), callback);
      return;
    }
    if (!response.getHeaders().contains(HttpHeader.CONTENT_TYPE)) {
      response
          .getHeaders()
          .put(
              HttpHeader.CONTENT_TYPE,
              body instanceof String
                  ? "text/plain; charset=utf-8"
                  : body instanceof byte[]
                      ? "application/octet-stream"
                      : "application/json; charset=utf-8");
    }
    byte[] bytes = Json.bytes(body);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, (long) bytes.length);
    response.write(true, ByteBuffer.wrap(bytes), callback);
  }
}
