package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The token buckets of Azure Resource Manager: one per subscription for each of reads, writes and
 * deletes. Off until {@code PUT /_sim/limits} says how many a minute; the clock is the simulator's.
 */
final class Throttle {
  private static final String KIND = "limits";
  private static final String PATH = "/_sim/limits";
  private static final Set<String> NAMES =
      Set.of("readsPerMinute", "writesPerMinute", "deletesPerMinute");

  private record Bucket(double tokens, Instant at) {}

  private final Store store;
  private final SimClock clock;
  private final Map<String, Bucket> buckets = new HashMap<>();

  Throttle(Store store, SimClock clock) {
    this.store = store;
    this.clock = clock;
  }

  void routes(Router router) {
    router.on("GET", PATH, "_sim", call -> Reply.json(200, limits()));
    router.on("PUT", PATH, "_sim", this::put);
    router.on(
        "DELETE",
        PATH,
        "_sim",
        call -> {
          store.remove(KIND, KIND);
          buckets.clear();
          return Reply.empty(204);
        });
  }

  private ObjectNode limits() {
    return store.find(KIND, KIND).map(Store.Entry::resource).orElse(Json.object());
  }

  private Reply put(Call call) {
    ObjectNode given = call.json();
    given
        .fields()
        .forEachRemaining(
            field -> {
              JsonNode value = field.getValue();
              if (!NAMES.contains(field.getKey()) || !value.isInt() || value.asInt() < 1) {
                throw Refusal.invalid(
                    field.getKey(), "known are " + NAMES + ", each a whole number from 1 on");
              }
            });
    store.save(new Store.Entry(KIND, KIND, given, Json.object()));
    buckets.clear();
    return Reply.json(200, given);
  }

  void check(Call call) {
    ObjectNode limits = limits();
    String name =
        switch (call.method()) {
          case "GET", "HEAD" -> "readsPerMinute";
          case "DELETE" -> "deletesPerMinute";
          default -> "writesPerMinute";
        };
    if (!limits.has(name)) {
      return;
    }
    double perMinute = limits.get(name).asInt();
    String subscription = call.path().split("/", 4)[2].toLowerCase(Locale.ROOT);
    Instant now = clock.now();
    Bucket old = buckets.getOrDefault(name + subscription, new Bucket(perMinute, now));
    double refilled = Duration.between(old.at, now).toMillis() / 60_000.0 * perMinute;
    double tokens = Math.min(perMinute, old.tokens + refilled);
    if (tokens < 1) {
      buckets.put(name + subscription, new Bucket(tokens, now));
      long seconds = (long) Math.ceil((1 - tokens) * 60 / perMinute);
      throw new Refusal(
          429,
          "SubscriptionRequestsThrottled",
          "Number of requests for subscription '%s' and operation '%s' exceeded the backend storage limit. Please try again after '%d' seconds."
              .formatted(subscription, call.operation(), seconds),
          Duration.ofSeconds(seconds));
    }
    buckets.put(name + subscription, new Bucket(tokens - 1, now));
  }
}
