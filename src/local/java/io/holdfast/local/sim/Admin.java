package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.format.DateTimeParseException;

/** The simulator's own paths below {@code /_sim}. */
final class Admin {
  private final Store store;
  private final SimClock clock;
  private final Operations operations;
  private final Grants grants;
  private final Faults faults;
  private final RequestLog log;

  Admin(
      Store store,
      SimClock clock,
      Operations operations,
      Grants grants,
      Faults faults,
      RequestLog log) {
    this.store = store;
    this.clock = clock;
    this.operations = operations;
    this.grants = grants;
    this.faults = faults;
    this.log = log;
  }

  void routes(Router router) {
    router.on("GET", "/_sim/leftovers", "_sim", this::leftovers);
    router.on("GET", "/_sim/clock", "_sim", call -> now());
    router.on("POST", "/_sim/clock", "_sim", this::advance);
    router.onUnlocked("PUT", "/_sim/faults", "_sim", this::replaceFaults);
    router.onUnlocked("GET", "/_sim/faults", "_sim", call -> Reply.json(200, faults.describe()));
    router.onUnlocked(
        "DELETE",
        "/_sim/faults",
        "_sim",
        call -> {
          faults.clear();
          return Reply.empty(204);
        });
    router.onUnlocked("GET", "/_sim/requests", "_sim", call -> Reply.json(200, log.counts()));
    router.onUnlocked(
        "DELETE",
        "/_sim/requests",
        "_sim",
        call -> {
          log.clear();
          return Reply.empty(204);
        });
  }

  private Reply leftovers(Call call) {
    ObjectNode tree = Json.object();
    ids(tree.putArray("snapshots"), Snapshots.KIND);
    ids(tree.putArray("restorePoints"), RestorePoints.KIND);
    ArrayNode open = tree.putArray("grants");
    grants.open().forEach(open::add);
    return Reply.json(200, tree);
  }

  private void ids(ArrayNode list, String kind) {
    store.list(kind).forEach(entry -> list.add(entry.id().text()));
  }

  private Reply advance(Call call) {
    String text = call.json().path("advance").asText("");
    try {
      clock.advance(Duration.parse(text));
    } catch (DateTimeParseException e) {
      throw Refusal.invalid("advance", "'" + text + "' is not an ISO 8601 duration such as PT3H");
    }
    operations.settleDue();
    return now();
  }

  private Reply now() {
    return Reply.json(200, Json.object().put("now", clock.now().toString()));
  }

  private Reply replaceFaults(Call call) {
    try {
      faults.replace(Json.parse(call.body()));
    } catch (IOException e) {
      throw Refusal.invalid("faults", "the body is not JSON: " + e.getMessage());
    }
    return Reply.json(200, faults.describe());
  }
}
