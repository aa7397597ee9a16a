package io.holdfast.fake;

import io.holdfast.function.TaskCodec;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** All queues: a bag of messages, each visible from its instant on. */
public final class Bag implements Consumer<Next> {
  /**
   * A message in flight.
   *
   * @param attempt how often it will have been delivered
   */
  public record Message(int id, String queue, String body, Instant visible, long attempt) {
    public Task task() {
      return TaskCodec.decode(body);
    }
  }

  private final InstantSource clock;
  private final List<Message> messages = new ArrayList<>();
  private Predicate<Task> lost = task -> false;
  private int sent;

  public Bag(InstantSource clock) {
    this.clock = clock;
  }

  /** Loses what the predicate names, when it is sent. */
  public void lose(Predicate<Task> which) {
    lost = which;
  }

  @Override
  public void accept(Next next) {
    if (!lost.test(next.task())) {
      Instant visible = clock.instant().plus(next.delay());
      String body = TaskCodec.encode(next.task());
      messages.add(new Message(++sent, next.task().queue(), body, visible, 1));
    }
  }

  /** The next message that is visible, or will be, in the order of sending; it is taken out. */
  public Optional<Message> take() {
    Optional<Message> first =
        messages.stream().min(Comparator.comparing(Message::visible).thenComparing(Message::id));
    first.ifPresent(messages::remove);
    return first;
  }

  /** Takes out any message that is visible or will be. */
  public Message takeAny(java.util.Random random) {
    return messages.remove(random.nextInt(messages.size()));
  }

  /** Puts a message back whose lease has ended. */
  public void back(Message message, Duration delay) {
    messages.add(
        new Message(
            message.id(),
            message.queue(),
            message.body(),
            clock.instant().plus(delay),
            message.attempt() + 1));
  }

  /** All that was sent since is lost. */
  public void restore(List<Message> kept) {
    messages.clear();
    messages.addAll(kept);
  }

  public void clear() {
    messages.clear();
  }

  public boolean isEmpty() {
    return messages.isEmpty();
  }

  public int size() {
    return messages.size();
  }

  public List<Message> all() {
    return List.copyOf(messages);
  }

  /** How many messages were sent. */
  public int sent() {
    return sent;
  }
}
