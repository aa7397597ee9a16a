package io.holdfast.local.sim;

import java.time.Duration;
import java.time.Instant;

/** The time that limits, access expiry and time stamps go by: real time plus what was advanced. */
final class SimClock {
  private static final String KIND = "clock";
  private final Store store;
  private volatile Duration ahead;

  SimClock(Store store) {
    this.store = store;
    this.ahead =
        store
            .find(KIND, KIND)
            .map(entry -> Duration.parse(entry.resource().get("ahead").asText()))
            .orElse(Duration.ZERO);
  }

  Instant now() {
    return Instant.now().plus(ahead);
  }

  /** Time never goes back. */
  void advance(Duration by) {
    if (by.isNegative()) {
      throw Refusal.invalid("advance", by + " is negative: the clock only goes forward");
    }
    ahead = ahead.plus(by);
    store.save(
        new Store.Entry(KIND, KIND, Json.object().put("ahead", ahead.toString()), Json.object()));
  }
}
