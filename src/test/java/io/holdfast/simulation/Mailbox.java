package io.holdfast.simulation;

import io.holdfast.function.TaskCodec;
import io.holdfast.work.Queues;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * All queues, with the rules of Queue Storage and of the Functions host: a message that is taken is
 * hidden for its lease and comes back if nobody says that it is done; whoever took it before cannot
 * say so any more; after five failures it goes to the poison queue; there it comes back for ever.
 */
final class Mailbox {
  /** As the host takes messages. */
  static final Duration LEASE = Duration.ofMinutes(10);

  /** {@code maxDequeueCount} of host.json. */
  static final int ATTEMPTS_MAX = 5;

  /** {@code visibilityTimeout} of host.json: after a failure. */
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(30);

  private final List<Message> messages = new ArrayList<>();
  private int sent;

  /** One message. */
  static final class Message {
    private final int id;
    private final String queue;
    private final String body;
    private final boolean poison;
    private Instant visible;
    private int attempts;

    private Message(int id, String queue, String body, boolean poison, Instant visible) {
      this.id = id;
      this.queue = queue;
      this.body = body;
      this.poison = poison;
      this.visible = visible;
    }

    String id() {
      return "message-" + id;
    }

    /** Without the suffix of poison queues. */
    String queue() {
      return queue;
    }

    String body() {
      return body;
    }

    boolean poison() {
      return poison;
    }

    Instant visible() {
      return visible;
    }

    int attempts() {
      return attempts;
    }

    @Override
    public String toString() {
      return "#%d%s %s".formatted(id, poison ? Queues.POISON_SUFFIX : "", said(body));
    }

    private static String said(String body) {
      try {
        return TaskCodec.decode(body).toString();
      } catch (RuntimeException unreadable) {
        return body;
      }
    }
  }

  /** The right to say what became of a message: of one delivery only. */
  record Receipt(Message message, int attempt) {}

  void send(Task task, Instant visible) {
    send(task.queue(), TaskCodec.encode(task), visible);
  }

  void send(String queue, String body, Instant visible) {
    messages.add(new Message(++sent, queue, body, false, visible));
  }

  List<Message> visible(Instant now) {
    return messages.stream().filter(message -> !message.visible.isAfter(now)).toList();
  }

  Receipt take(Message message, Instant now) {
    message.visible = now.plus(LEASE);
    message.attempts++;
    return new Receipt(message, message.attempts);
  }

  /** It is done: the message goes, unless someone else has it by now. */
  void done(Receipt receipt) {
    if (mine(receipt)) {
      messages.remove(receipt.message());
    }
  }

  /** It failed. */
  void failed(Receipt receipt, Instant now) {
    if (!mine(receipt)) {
      return;
    }
    Message message = receipt.message();
    if (message.poison) {
      // A poison queue has none of its own: the message stays hidden, and comes again.
      return;
    }
    if (message.attempts >= ATTEMPTS_MAX) {
      poison(message, now);
    } else {
      message.visible = now.plus(AFTER_FAILURE);
    }
  }

  /** Taken too often, by hosts that died: the host moves it without running it. */
  void poison(Message message, Instant now) {
    if (messages.remove(message)) {
      messages.add(new Message(++sent, message.queue, message.body, true, now));
    }
  }

  private boolean mine(Receipt receipt) {
    return messages.contains(receipt.message()) && receipt.message().attempts == receipt.attempt();
  }

  void lose(Message message) {
    messages.remove(message);
  }

  /** A message comes twice: a send whose answer was lost was sent again. */
  void duplicate(Message message, Instant visible) {
    if (!message.poison) {
      send(message.queue, message.body, visible);
    }
  }

  List<Message> all() {
    return List.copyOf(messages);
  }

  boolean isEmpty() {
    return messages.isEmpty();
  }

  int sent() {
    return sent;
  }
}
