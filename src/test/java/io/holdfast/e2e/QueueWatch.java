package io.holdfast.e2e;

import com.azure.core.util.Context;
import com.azure.storage.queue.QueueServiceClient;
import com.azure.storage.queue.QueueServiceClientBuilder;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Looks into the queues of a stack while jobs run, as any client of the storage account can. */
final class QueueWatch implements AutoCloseable {
  /** The queues of the steps. */
  static final List<String> NAMES =
      List.of("backup-requests", "snapshots", "disk-plans", "segment-transfers", "finalize");

  private static final int PEEK_MAX = 32;

  private final QueueServiceClient queues;
  private final Map<String, Set<String>> bodies = new ConcurrentHashMap<>();
  private final Thread thread = new Thread(this::run, "queues");
  private volatile boolean stopping;
  private volatile RuntimeException failure;

  private QueueWatch(QueueServiceClient queues) {
    this.queues = queues;
  }

  static QueueWatch start(Stack stack) {
    QueueWatch watch =
        new QueueWatch(
            new QueueServiceClientBuilder().connectionString(stack.storage()).buildClient());
    watch.thread.start();
    return watch;
  }

  private void run() {
    try {
      while (!stopping) {
        for (String queue : NAMES) {
          peek(queue);
          peek(queue + "-poison");
        }
        Thread.sleep(20);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void peek(String queue) {
    queues
        .getQueueClient(queue)
        .peekMessages(PEEK_MAX, null, Context.NONE)
        .forEach(
            message ->
                bodies
                    .computeIfAbsent(queue, name -> ConcurrentHashMap.newKeySet())
                    .add(message.getBody().toString()));
  }

  /** The bodies that were seen, by queue. */
  Map<String, Set<String>> bodies() {
    return bodies;
  }

  @Override
  public void close() throws InterruptedException {
    stopping = true;
    thread.join();
    if (failure != null) {
      throw failure;
    }
  }
}
