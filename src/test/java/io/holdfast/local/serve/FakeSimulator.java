package io.holdfast.local.serve;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Stands in for the compute simulator where a test is about the stack itself. */
public final class FakeSimulator {
  private FakeSimulator() {}

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(args[Arrays.asList(args).indexOf("--port") + 1]);
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body =
              "{\"snapshots\":[],\"restorePoints\":[],\"grants\":[]}"
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    while (System.in.read() >= 0) {
      continue;
    }
    System.exit(0);
  }
}
