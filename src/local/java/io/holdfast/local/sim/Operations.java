package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Long-running operations. One settles at the second look at it, be it by its status URL, its
 * location or a GET of its resource; or by itself after a while, since Azure needs nobody to look.
 * The work happens when it settles, so that a client that does not wait for a revoke before it
 * deletes is refused as in Azure.
 */
final class Operations {
  /** A PUT or PATCH ends by then (by the simulator's clock) though nobody looked. */
  static final Duration UNSEEN_PUT_MAX = Duration.ofSeconds(60);

  /** A DELETE or POST ends by then (by the simulator's clock) though nobody looked. */
  static final Duration UNSEEN_MAX = Duration.ofSeconds(5);

  private static final Duration KEPT = Duration.ofHours(1);
  private static final Duration KEPT_UNSEEN = Duration.ofDays(2);
  private static final int LOOKS = 2;
  private static final String KIND = "operations";

  /** What is left to do when an operation settles: the result's body, or null for none. */
  interface Effect {
    ObjectNode settle(Store.Entry operation);
  }

  /**
   * How an operation goes on.
   *
   * @param lasts it is under way so long by the simulator's clock; zero for two looks
   * @param stuck it is under way for good
   * @param failure what it ends with, or null
   */
  record Terms(Duration lasts, boolean stuck, Refusal failure) {
    static final Terms USUAL = new Terms(Duration.ZERO, false, null);

    static Terms failing(Refusal failure) {
      return new Terms(Duration.ZERO, false, failure);
    }
  }

  private final Store store;
  private final SimClock clock;
  private final Durations durations;
  private final long retryAfterSeconds;
  private final Map<String, Effect> effects = new HashMap<>();

  Operations(Store store, SimClock clock, Duration retryAfter) {
    this.store = store;
    this.clock = clock;
    this.durations = new Durations(store);
    this.retryAfterSeconds = retryAfter.toSeconds();
  }

  /** Names the work, so that an operation survives a restart. */
  void register(String name, Effect effect) {
    effects.put(name, effect);
  }

  void routes(Router router) {
    durations.routes(router);
    router.on(
        "GET",
        Router.SUBSCRIPTION + "/locations/{location}/operations/{op}",
        "Operations_Get",
        this::look);
  }

  /**
   * Starts an operation.
   *
   * @param status of this first answer
   * @param effect a registered name
   * @param target the resource, whose GETs count as looks
   * @param args what the effect needs; found as {@code sim} of the operation
   * @param body of this first answer, or null
   */
  Reply start(
      Call call, int status, String effect, ArmId target, ObjectNode args, ObjectNode body) {
    return start(call, status, effect, target, args, body, Terms.USUAL);
  }

  /** The same on other terms; a fault or a set duration goes before them. */
  Reply start(
      Call call,
      int status,
      String effect,
      ArmId target,
      ObjectNode args,
      ObjectNode body,
      Terms terms) {
    String id = UUID.randomUUID().toString();
    ObjectNode operation =
        Json.object()
            .put("name", id)
            .put("effect", effect)
            .put("target", target.text())
            .put("status", "InProgress")
            .put("startTime", clock.now().toString())
            .put("looks", 0)
            .put("put", call.method().equals("PUT") || call.method().equals("PATCH"));
    Refusal failure =
        call.fault().failOperation() != null ? call.fault().failOperation() : terms.failure();
    if (failure != null) {
      fail(operation.putObject("failure"), failure);
    }
    Duration lasts = durations.of(call.operation()).orElse(terms.lasts());
    if (!lasts.isZero()) {
      operation.put("readyAt", clock.now().plus(lasts).toString());
    }
    if (terms.stuck()) {
      operation.put("stuck", true);
    }
    store.save(new Store.Entry(KIND, id, operation, args));
    Reply reply = body == null ? Reply.empty(status) : Reply.json(status, body);
    return withUrls(call, reply, id);
  }

  private Reply withUrls(Call call, Reply reply, String id) {
    String url =
        "%s/subscriptions/%s/providers/Microsoft.Compute/locations/local/operations/%s?api-version=%s"
            .formatted(call.base(), call.var("sub"), id, call.query("api-version").orElse(""));
    Reply answer = reply.with("Azure-AsyncOperation", url).with("Location", url + "&monitor=true");
    return retryAfterSeconds == 0
        ? answer
        : answer.with("Retry-After", Long.toString(retryAfterSeconds));
  }

  /** A GET of the resource: a look at each of its open operations. */
  void touch(ArmId target) {
    for (Store.Entry operation : store.list(KIND)) {
      if (isOpen(operation)
          && new ArmId(Json.text(operation.resource(), "/target")).key().equals(target.key())) {
        look(operation);
      }
    }
  }

  /** Settles what nobody looked at, and forgets old ones. */
  void settleDue() {
    if (store.isEmpty(KIND)) {
      return;
    }
    Instant now = clock.now();
    for (Store.Entry operation : store.list(KIND)) {
      Instant started = Instant.parse(operation.resource().get("startTime").asText());
      Duration unseen = operation.resource().get("put").asBoolean() ? UNSEEN_PUT_MAX : UNSEEN_MAX;
      boolean due = operation.resource().has("readyAt") || started.plus(unseen).isBefore(now);
      if (isWorking(operation) && due && mayEnd(operation)) {
        settle(operation);
      }
      if (started.plus(isOpen(operation) ? KEPT_UNSEEN : KEPT).isBefore(now)) {
        store.remove(operation);
      }
    }
  }

  /** Whether an operation of that effect is under way for the target. */
  boolean isUnderWay(String effect, ArmId target) {
    return store.list(KIND).stream()
        .anyMatch(
            operation ->
                isWorking(operation)
                    && Json.text(operation.resource(), "/effect").equals(effect)
                    && Json.text(operation.resource(), "/target").equalsIgnoreCase(target.text()));
  }

  private static boolean isWorking(Store.Entry operation) {
    return Json.text(operation.resource(), "/status").equals("InProgress");
  }

  /** Not yet shown as ended: it may have settled unseen, and the first look still says so. */
  private static boolean isOpen(Store.Entry operation) {
    ObjectNode tree = operation.resource();
    return tree.has("readyAt") || tree.has("stuck")
        ? isWorking(operation)
        : tree.get("looks").asInt() < LOOKS;
  }

  private boolean mayEnd(Store.Entry operation) {
    ObjectNode tree = operation.resource();
    return !tree.has("stuck")
        && (!tree.has("readyAt")
            || !clock.now().isBefore(Instant.parse(Json.text(tree, "/readyAt"))));
  }

  /** Lets stuck operations below a resource end. */
  void release(ArmId parent) {
    for (Store.Entry operation : store.list(KIND)) {
      if (operation.resource().has("stuck")
          && Asked.within(parent.text(), Json.text(operation.resource(), "/target"))) {
        operation.resource().remove("stuck");
        operation.resource().put("readyAt", clock.now().toString());
        store.save(operation);
      }
    }
  }

  private void look(Store.Entry operation) {
    operation.resource().put("looks", operation.resource().get("looks").asInt() + 1);
    boolean enough = operation.resource().get("looks").asInt() >= LOOKS;
    if (enough && isWorking(operation) && mayEnd(operation)) {
      settle(operation);
    } else {
      store.save(operation);
    }
  }

  private void settle(Store.Entry operation) {
    ObjectNode tree = operation.resource();
    try {
      if (tree.has("failure")) {
        throw new Refusal(
            409, Json.text(tree, "/failure/code"), Json.text(tree, "/failure/message"));
      }
      ObjectNode result = effects.get(tree.get("effect").asText()).settle(operation);
      tree.put("status", "Succeeded");
      if (result != null) {
        tree.set("result", result);
      }
    } catch (Refusal refusal) {
      tree.put("status", "Failed");
      fail(tree.putObject("error"), refusal);
      markFailed(new ArmId(tree.get("target").asText()), refusal);
    }
    tree.put("endTime", clock.now().toString());
    store.save(operation);
  }

  private static void fail(ObjectNode error, Refusal refusal) {
    error.put("code", refusal.code()).put("message", refusal.getMessage());
  }

  /** A creation that fails leaves a failed resource; a deletion that fails leaves it as it was. */
  private void markFailed(ArmId target, Refusal why) {
    Optional<Store.Entry> entry = store.find(target);
    entry.ifPresent(
        found -> {
          String state = Json.text(found.properties(), "/provisioningState");
          if (state.equals("Creating") || state.equals("Updating")) {
            found.properties().put("provisioningState", "Failed");
            fail(found.sim().putObject("failure"), why);
            store.save(found);
          } else if (state.equals("Deleting")) {
            found.properties().put("provisioningState", "Succeeded");
            store.save(found);
          }
        });
  }

  private Reply look(Call call) {
    Store.Entry operation =
        store
            .find(KIND, call.var("op"))
            .orElseThrow(
                () ->
                    new Refusal(
                        404, "NotFound", "Operation '" + call.var("op") + "' was not found."));
    look(operation);
    return call.query("monitor").isPresent() ? location(call, operation) : status(call, operation);
  }

  private Reply status(Call call, Store.Entry operation) {
    ObjectNode source = operation.resource();
    ObjectNode tree =
        Json.object()
            .put("name", source.get("name").asText())
            .put("startTime", source.get("startTime").asText());
    if (isOpen(operation)) {
      return withUrls(call, Reply.json(200, tree.put("status", "InProgress")), call.var("op"));
    }
    tree.put("status", source.get("status").asText());
    tree.put("endTime", source.get("endTime").asText());
    if (source.has("error")) {
      tree.set("error", source.get("error"));
    }
    if (source.has("result")) {
      tree.putObject("properties").set("output", source.get("result"));
    }
    return Reply.json(200, tree);
  }

  private Reply location(Call call, Store.Entry operation) {
    ObjectNode source = operation.resource();
    if (isOpen(operation)) {
      return withUrls(call, Reply.empty(202), call.var("op"));
    }
    if (source.has("error")) {
      return Reply.armError(
          new Refusal(409, Json.text(source, "/error/code"), Json.text(source, "/error/message")));
    }
    return source.has("result") ? Reply.json(200, source.get("result")) : Reply.empty(200);
  }
}
