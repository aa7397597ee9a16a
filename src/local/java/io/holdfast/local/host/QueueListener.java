package io.holdfast.local.host;

import com.azure.core.util.Context;
import com.azure.storage.queue.QueueClient;
import com.azure.storage.queue.models.QueueMessageItem;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * One queue-triggered function: takes messages and runs them in parallel, as QueueListener of the
 * WebJobs SDK does.
 */
final class QueueListener {
  private static final Logger LOG = Logger.getLogger(QueueListener.class.getName());
  private static final Duration POLL_MIN = Duration.ofMillis(100);

  private final LoadedFunction function;
  private final HostJson.Queues limits;
  private final QueueClient queue;
  private final QueueClient poison;
  private final Duration lease;
  private final FunctionRunner runner;
  private final ScheduledExecutorService clock;
  private final ExecutorService workers;
  private final Set<LeasedMessage> running = new HashSet<>();
  private final Thread pump;
  private boolean stopping;
  private boolean nudged;
  private boolean faultLogged;

  QueueListener(
      LoadedFunction function,
      HostJson.Queues limits,
      QueueClient queue,
      QueueClient poison,
      Duration lease,
      HostRuntime runtime) {
    this.function = function;
    this.limits = limits;
    this.queue = queue;
    this.poison = poison;
    this.lease = lease;
    this.runner = runtime.runner();
    this.clock = runtime.clock();
    this.workers = runtime.workers();
    this.pump = new Thread(this::pump, "queue " + queue.getQueueName());
    pump.setDaemon(true);
  }

  String queueName() {
    return queue.getQueueName();
  }

  String functionName() {
    return function.name();
  }

  /** Starts to take messages. */
  void start() {
    pump.start();
  }

  /** Looks at the queue now instead of after the pause. */
  synchronized void nudge() {
    nudged = true;
    notifyAll();
  }

  /** Takes nothing from now on. */
  synchronized void stopTaking() {
    stopping = true;
    notifyAll();
  }

  /** Waits until nothing runs, or until the deadline; what still runs then is given back. */
  void drain(long deadlineNanos) throws InterruptedException {
    List<LeasedMessage> left;
    synchronized (this) {
      while (!running.isEmpty() && deadlineNanos - System.nanoTime() > 0) {
        wait(Math.max(1, (deadlineNanos - System.nanoTime()) / 1_000_000));
      }
      left = List.copyOf(running);
    }
    for (LeasedMessage message : left) {
      LOG.warning(function.name() + " still runs: the host ends it and releases " + message);
      message.release(limits.visibilityTimeout());
    }
  }

  private void pump() {
    Duration pause = POLL_MIN;
    while (awaitRoom()) {
      List<LeasedMessage> batch = take();
      if (batch.isEmpty()) {
        pause(pause);
        pause = shorter(pause.multipliedBy(2), limits.pollingIntervalMax());
      } else {
        pause = POLL_MIN;
        batch.forEach(this::begin);
      }
    }
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private synchronized boolean awaitRoom() {
    try {
      while (!stopping && running.size() > limits.newBatchThreshold()) {
        wait();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
    return !stopping;
  }

  private synchronized void pause(Duration time) {
    long endNanos = System.nanoTime() + time.toNanos();
    try {
      while (!stopping && !nudged && endNanos - System.nanoTime() > 0) {
        wait(Math.max(1, (endNanos - System.nanoTime()) / 1_000_000));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      stopping = true;
    }
    nudged = false;
  }

  private List<LeasedMessage> take() {
    try {
      List<LeasedMessage> taken =
          queue.receiveMessages(limits.batchSize(), lease, null, Context.NONE).stream()
              .map(item -> new LeasedMessage(queue, item, lease))
              .toList();
      faultLogged = false;
      return taken;
    } catch (RuntimeException e) {
      // Whatever it is, a listener that stops to listen is worse: it is logged once and tried
      // again.
      if (!faultLogged) {
        faultLogged = true;
        LOG.log(Level.WARNING, "Cannot read queue " + queueName() + "; trying again", e);
      }
      return List.of();
    }
  }

  private void begin(LeasedMessage message) {
    synchronized (this) {
      if (!stopping) {
        running.add(message);
        message.keep(clock);
        workers.execute(() -> process(message));
        return;
      }
    }
    message.release(Duration.ZERO);
  }

  private void process(LeasedMessage message) {
    try {
      handle(message);
    } catch (RuntimeException e) {
      // The message stays where it is and comes back when its lease ends.
      LOG.log(Level.SEVERE, "Cannot settle " + message, e);
    } finally {
      synchronized (this) {
        running.remove(message);
        notifyAll();
      }
    }
  }

  private void handle(LeasedMessage message) {
    QueueMessageItem item = message.item();
    if (item.getDequeueCount() > limits.dequeueCountMax()) {
      toPoison(message, "was taken more than %d times".formatted(limits.dequeueCountMax()));
      return;
    }
    String text;
    try {
      text = decode(message.body());
    } catch (IllegalArgumentException | CharacterCodingException e) {
      toPoison(message, "is not base64 of UTF-8 text (messageEncoding of host.json)");
      return;
    }
    try {
      runner.run(function, new TriggerInput(text, metadata(item, text)));
    } catch (FunctionRunner.FunctionFailed logged) {
      if (item.getDequeueCount() >= limits.dequeueCountMax()) {
        toPoison(message, "failed %d times".formatted(item.getDequeueCount()));
      } else {
        message.release(limits.visibilityTimeout());
      }
      return;
    }
    message.delete();
  }

  private String decode(String body) throws CharacterCodingException {
    if (!limits.base64()) {
      return body;
    }
    byte[] bytes = Base64.getDecoder().decode(body.trim());
    return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  private void toPoison(LeasedMessage message, String why) {
    LOG.severe("%s %s: moved to %s".formatted(message, why, poison.getQueueName()));
    poison.createIfNotExists();
    poison.sendMessage(message.body());
    message.delete();
  }

  private static Map<String, String> metadata(QueueMessageItem item, String text) {
    Map<String, String> named = new HashMap<>();
    named.put("QueueTrigger", text);
    named.put("Id", item.getMessageId());
    named.put("PopReceipt", item.getPopReceipt());
    named.put("DequeueCount", Long.toString(item.getDequeueCount()));
    named.put("InsertionTime", String.valueOf(item.getInsertionTime()));
    named.put("ExpirationTime", String.valueOf(item.getExpirationTime()));
    named.put("NextVisibleTime", String.valueOf(item.getTimeNextVisible()));
    return named;
  }
}
