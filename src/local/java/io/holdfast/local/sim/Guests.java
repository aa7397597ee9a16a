package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Set;

/**
 * What {@code PUT /_sim/guests/{vm name}} says of the inside of a VM: its agent, its VSS writers,
 * its freeze, its scripts, and how installing an extension goes. Without a word all is well.
 */
final class Guests {
  private static final String KIND = "guests";
  private static final String PATH = "/_sim/guests/{vm}";
  private static final Set<String> AGENTS = Set.of("ready", "notReady", "unresponsive");
  private static final Set<String> VSS = Set.of("ok", "writerFailed");
  private static final Set<String> INSTALLS = Set.of("ok", "stuck", "failed", "forbidden");

  private final Store store;
  private final Operations operations;

  Guests(Store store, Operations operations) {
    this.store = store;
    this.operations = operations;
  }

  void routes(Router router) {
    router.on("GET", PATH, "_sim", call -> Reply.json(200, settings(entry(call.var("vm")))));
    router.on("PUT", PATH, "_sim", this::put);
    router.on(
        "DELETE",
        PATH,
        "_sim",
        call -> {
          store.remove(KIND, call.var("vm").toLowerCase(Locale.ROOT));
          return Reply.empty(204);
        });
  }

  /** A VM that is renamed keeps its guest. */
  static void rename(Store store, String from, String to) {
    store
        .find(KIND, from.toLowerCase(Locale.ROOT))
        .ifPresent(
            entry -> {
              store.remove(entry);
              store.save(
                  new Store.Entry(
                      KIND, to.toLowerCase(Locale.ROOT), entry.resource(), entry.sim()));
            });
  }

  /** The settings of a VM of that name; its {@code sim} is what the guest remembers. */
  Store.Entry entry(String vm) {
    String key = vm.toLowerCase(Locale.ROOT);
    return store
        .find(KIND, key)
        .orElseGet(() -> new Store.Entry(KIND, key, Json.object(), Json.object()));
  }

  void save(Store.Entry guest) {
    store.save(guest);
  }

  /** Settings with defaults for what nobody said. */
  static ObjectNode settings(Store.Entry guest) {
    ObjectNode tree = defaults();
    Json.merge(tree, guest.resource());
    return tree;
  }

  private static ObjectNode defaults() {
    ObjectNode tree = Json.object();
    tree.put("agent", "ready").put("vss", "ok");
    tree.putObject("freeze").put("code", "").put("message", "");
    tree.putObject("scripts")
        .put("outcome", "none")
        .put("continueBackupOnFailure", true)
        .put("message", "");
    tree.putObject("extension").put("install", "ok").put("message", "").put("duration", "PT0S");
    return tree;
  }

  private Reply put(Call call) {
    Store.Entry guest = entry(call.var("vm"));
    ObjectNode merged = guest.resource().deepCopy();
    Json.merge(merged, call.json());
    check("guest", merged, defaults());
    ObjectNode all = defaults();
    Json.merge(all, merged);
    oneOf(all, "/agent", AGENTS);
    oneOf(all, "/vss", VSS);
    oneOf(all, "/extension/install", INSTALLS);
    Durations.parse("extension.duration", Json.text(all, "/extension/duration"));
    store.save(new Store.Entry(KIND, guest.key(), merged, guest.sim()));
    if (Json.text(all, "/extension/install").equals("ok")) {
      store.list(Vms.KIND).stream()
          .filter(vm -> vm.id().name().equalsIgnoreCase(call.var("vm")))
          .forEach(vm -> operations.release(vm.id()));
    }
    return Reply.json(200, all);
  }

  private static void oneOf(ObjectNode all, String pointer, Set<String> known) {
    String text = Json.text(all, pointer);
    if (!known.contains(text)) {
      throw Refusal.invalid(pointer.substring(1), "'" + text + "' is not one of " + known);
    }
  }

  private static void check(String what, JsonNode given, JsonNode known) {
    given
        .fields()
        .forEachRemaining(
            field -> {
              JsonNode like = known.get(field.getKey());
              if (like == null || like.getNodeType() != field.getValue().getNodeType()) {
                throw Refusal.invalid(
                    what, "'" + field.getKey() + "' is unknown or of another type: " + known);
              }
              check(field.getKey(), field.getValue(), like);
            });
  }
}
