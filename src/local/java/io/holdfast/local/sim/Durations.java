package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * How long operations last by the simulator's clock, where {@code PUT /_sim/durations} says it: by
 * operation id, as in {@code RestorePoints_Create}.
 */
final class Durations {
  private static final String KIND = "durations";
  private static final String PATH = "/_sim/durations";

  private final Store store;

  Durations(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("GET", PATH, "_sim", call -> Reply.json(200, all()));
    router.on("PUT", PATH, "_sim", this::put);
  }

  private ObjectNode all() {
    return store.find(KIND, KIND).map(Store.Entry::resource).orElse(Json.object()).deepCopy();
  }

  private Reply put(Call call) {
    ObjectNode merged = all();
    Json.merge(merged, call.json());
    merged.fields().forEachRemaining(field -> parse(field.getKey(), field.getValue().asText()));
    store.save(new Store.Entry(KIND, KIND, merged, Json.object()));
    return Reply.json(200, merged);
  }

  /** A duration that a request gives. */
  static Duration parse(String field, String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw Refusal.invalid(field, "'" + text + "' is not an ISO 8601 duration such as PT4M");
    }
  }

  Optional<Duration> of(String operation) {
    String text = Json.text(all(), "/" + operation);
    return text.isEmpty() ? Optional.empty() : Optional.of(Duration.parse(text));
  }
}
