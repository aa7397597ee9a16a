package io.holdfast.retention;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Consumer;

/**
 * Asks for a look at every item that has points, each once a day in an hour of its own, so that
 * ends come also where no backup follows. No list of VMs is read, and no point.
 */
public final class RetainAll {
  private static final int HOURS = 24;
  private static final Duration SPREAD = Duration.ofMinutes(50);

  private final Catalogue catalogue;
  private final InstantSource clock;
  private final Consumer<Next> queues;

  /**
   * @param queues sends a message
   */
  public RetainAll(Catalogue catalogue, InstantSource clock, Consumer<Next> queues) {
    this.catalogue = catalogue;
    this.clock = clock;
    this.queues = queues;
  }

  /** Asks for the items whose hour it is. To be called once an hour. */
  public void run() {
    long hour = Math.floorMod(Duration.between(Instant.EPOCH, clock.instant()).toHours(), HOURS);
    for (String itemId : catalogue.index().itemsIn("Protected")) {
      int place = Math.floorMod(itemId.hashCode(), HOURS * (int) SPREAD.toSeconds());
      if (place % HOURS == hour) {
        queues.accept(Next.in(Duration.ofSeconds(place / HOURS), new Task.Retain(itemId)));
      }
    }
  }
}
