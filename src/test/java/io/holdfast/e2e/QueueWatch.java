package io.holdfast.e2e;

import com.azure.core.util.Context;
import com.azure.storage.queue.QueueServiceClient;
import com.azure.storage.queue.QueueServiceClientBuilder;
import com.azure.storage.queue.models.PeekedMessageItem;
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

  /** Well below the shortest pause of the host between two looks at a queue. */
  private static final int PAUSE_MILLIS = 25;

  private final QueueServiceClient queues;
  private final int pauseMillis;
  private final Map<String, Set<String>> bodies = new ConcurrentHashMap<>();
  private final Set<String> redelivered = ConcurrentHashMap.newKeySet();
  private final List<Thread> threads =
      NAMES.stream().map(queue -> new Thread(() -> watch(queue), "watch " + queue)).toList();
  private volatile boolean stopping;
  private volatile RuntimeException failure;

  private QueueWatch(QueueServiceClient queues, int pauseMillis) {
    this.queues = queues;
    this.pauseMillis = pauseMillis;
  }

  /** Starts to look. */
  static QueueWatch start(Stack stack) {
    return start(stack, PAUSE_MILLIS);
  }

  /** Starts to look now and then: messages that are taken at once may be missed. */
  static QueueWatch start(Stack stack, int pauseMillis) {
    QueueWatch watch =
        new QueueWatch(
            new QueueServiceClientBuilder().connectionString(stack.storage()).buildClient(),
            pauseMillis);
    watch.threads.forEach(Thread::start);
    return watch;
  }

  private void watch(String queue) {
    try {
      while (!stopping) {
        for (PeekedMessageItem message : peek(queue)) {
          bodies
              .computeIfAbsent(queue, name -> ConcurrentHashMap.newKeySet())
              .add(message.getBody().toString());
          if (message.getDequeueCount() > 0) {
            redelivered.add(message.getMessageId() + " " + message.getDequeueCount());
          }
        }
        Thread.sleep(pauseMillis);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private List<PeekedMessageItem> peek(String queue) {
    return queues.getQueueClient(queue).peekMessages(PEEK_MAX, null, Context.NONE).stream()
        .toList();
  }

  /** The bodies that were seen, by queue. */
  Map<String, Set<String>> bodies() {
    return bodies;
  }

  /** How many times a message was seen that a host had taken before and not done with. */
  int redeliveries() {
    return redelivered.size();
  }

  /** How many messages there are, those included that a host has taken or that wait. */
  int left() {
    return NAMES.stream()
        .mapToInt(
            queue -> queues.getQueueClient(queue).getProperties().getApproximateMessagesCount())
        .sum();
  }

  /** What lies in the poison queues now. */
  List<String> poison() {
    return NAMES.stream()
        .flatMap(queue -> peek(queue + "-poison").stream())
        .map(message -> message.getBody().toString())
        .toList();
  }

  @Override
  public void close() throws InterruptedException {
    stopping = true;
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure != null) {
      throw failure;
    }
  }
}
