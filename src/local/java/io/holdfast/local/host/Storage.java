package io.holdfast.local.host;

import com.azure.core.util.Configuration;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.QueueServiceClient;
import com.azure.storage.queue.QueueServiceClientBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Queue clients by connection string, and waiting for the storage they speak to. */
final class Storage {
  private static final int CONNECT_MILLIS_MAX = 1000;
  private static final int PAUSE_MILLIS = 50;

  private final Map<String, QueueServiceClient> services = new ConcurrentHashMap<>();

  /** A client that leaves message bodies as they are: the host decodes them itself. */
  QueueClient queue(String connectionString, String name) {
    return services
        .computeIfAbsent(
            connectionString,
            text ->
                new QueueServiceClientBuilder()
                    .connectionString(text)
                    .configuration(Configuration.NONE)
                    .retryOptions(
                        new RequestRetryOptions(
                            RetryPolicyType.EXPONENTIAL,
                            3,
                            Duration.ofSeconds(30),
                            Duration.ofMillis(200),
                            Duration.ofSeconds(2),
                            null))
                    .buildClient())
        .getQueueClient(name);
  }

  /** Returns when every endpoint of the connection string takes connections, or fails. */
  static void await(String connectionString, Duration most) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + most.toNanos();
    for (URI endpoint : endpoints(connectionString)) {
      while (!answers(endpoint)) {
        if (System.nanoTime() > deadlineNanos) {
          throw HostFailure.general(
              "The storage at %s does not answer: start it (serve does), or correct AzureWebJobsStorage."
                  .formatted(endpoint),
              null);
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    }
  }

  private static List<URI> endpoints(String connectionString) {
    List<URI> endpoints = new ArrayList<>();
    if (connectionString.contains("UseDevelopmentStorage=true")) {
      for (int port = 10000; port <= 10002; port++) {
        endpoints.add(URI.create("http://127.0.0.1:" + port));
      }
    }
    for (String part : connectionString.split(";")) {
      int equals = part.indexOf('=');
      if (equals > 0 && part.substring(0, equals).endsWith("Endpoint")) {
        endpoints.add(URI.create(part.substring(equals + 1)));
      }
    }
    return endpoints;
  }

  private static boolean answers(URI endpoint) {
    int port =
        endpoint.getPort() > 0
            ? endpoint.getPort()
            : endpoint.getScheme().equals("http") ? 80 : 443;
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(endpoint.getHost(), port), CONNECT_MILLIS_MAX);
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
