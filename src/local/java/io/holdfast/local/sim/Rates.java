package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;

/** "At most so many in so long", by the simulator's clock; what is deleted since still counts. */
final class Rates {
  private static final String KIND = "rates";
  private final Store store;
  private final SimClock clock;

  Rates(Store store, SimClock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** Counts one more, or refuses with 429 and the time when the oldest falls out of the window. */
  void take(String key, int max, Duration window, String message) {
    Instant now = clock.now();
    ArrayNode recent = Json.array();
    ObjectNode old = store.find(KIND, key).map(Store.Entry::resource).orElse(Json.object());
    for (JsonNode time : old.path("times")) {
      if (Instant.parse(time.asText()).plus(window).isAfter(now)) {
        recent.add(time);
      }
    }
    if (recent.size() >= max) {
      Instant free = Instant.parse(recent.get(0).asText()).plus(window);
      throw new Refusal(
          429, "TooManyRequests", message, Duration.between(now, free).plusSeconds(1));
    }
    ObjectNode tree = Json.object();
    tree.set("times", recent.add(now.toString()));
    store.save(new Store.Entry(KIND, key, tree, Json.object()));
  }
}
