package io.holdfast.local.serve;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Waits until all of a stack answers. */
final class Readiness {
  private static final int PAUSE_MILLIS = 40;
  private static final int TIMEOUT_MILLIS = 2_000;

  private Readiness() {}

  /**
   * Returns when everything answers.
   *
   * @param broken completes with the reason when waiting is no use any more
   */
  static void await(StackConfig config, Duration most, CompletableFuture<String> broken)
      throws StackFailure, InterruptedException {
    StackConfig.Ports ports = config.ports();
    long deadlineNanos = System.nanoTime() + most.toNanos();
    String waitsFor = "";
    while (deadlineNanos - System.nanoTime() > 0) {
      if (broken.isDone()) {
        throw new StackFailure(broken.join());
      }
      if (!accepts(ports.blob()) || !accepts(ports.queue()) || !accepts(ports.table())) {
        waitsFor = "Azurite";
      } else if (!answers(config.arm() + "/_sim/leftovers")) {
        waitsFor = "the compute simulator";
      } else if (!answers(config.host() + "/admin/host/status")) {
        waitsFor = "the dev host";
      } else {
        return;
      }
      Thread.sleep(PAUSE_MILLIS);
    }
    throw new StackFailure(
        "No answer from %s in %d s: see %s".formatted(waitsFor, most.toSeconds(), config.logs()));
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), TIMEOUT_MILLIS);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }

  private static boolean answers(String url) {
    try {
      HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      int status = connection.getResponseCode();
      connection.disconnect();
      return status == 200;
    } catch (IOException notYet) {
      return false;
    }
  }
}
