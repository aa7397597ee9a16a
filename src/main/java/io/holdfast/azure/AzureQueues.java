package io.holdfast.azure;

import com.azure.core.util.Context;
import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.QueueServiceClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Queue Storage, to send: an output binding of Functions cannot delay a message. The service client
 * must encode messages as {@code host.json} says.
 */
public final class AzureQueues {
  /** Never expires. A message that is lost after 7 days would leave its job to the reconciler. */
  private static final Duration NEVER = Duration.ofSeconds(-1);

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final QueueServiceClient service;
  private final Map<String, QueueClient> clients = new ConcurrentHashMap<>();

  public AzureQueues(QueueServiceClient service) {
    this.service = service;
  }

  /** Makes the queues that are not there. Only for local use: in Azure the infrastructure does. */
  public void create(List<String> queues) {
    for (String queue : queues) {
      try {
        client(queue).createIfNotExists();
      } catch (RuntimeException e) {
        throw AzureFailures.of(e, "create queue", queue);
      }
    }
  }

  /**
   * Sends a message.
   *
   * @param body at most 48 KiB, so that it fits 64 KiB in Base64
   * @param delay 0 to 7 days: how long nobody sees it
   */
  public void send(String queue, String body, Duration delay) {
    try {
      client(queue).sendMessageWithResponse(body, delay, NEVER, TIMEOUT, Context.NONE);
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "send a message to queue", queue);
    }
  }

  private QueueClient client(String queue) {
    return clients.computeIfAbsent(queue, service::getQueueClient);
  }
}
