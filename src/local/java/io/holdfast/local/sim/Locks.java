package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Management locks of groups and resources, kept and enforced. */
final class Locks {
  private static final String KIND = "locks";
  private static final String ALL = "/providers/Microsoft.Authorization/locks";
  private static final Set<String> LEVELS = Set.of("CanNotDelete", "ReadOnly");

  private final Store store;

  Locks(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    level(router, ResourceGroups.ONE, "ResourceGroupLevel");
    for (String resource : ResourceGroups.RESOURCES) {
      level(router, resource, "ResourceLevel");
    }
  }

  private void level(Router router, String scope, String level) {
    String one = scope + ALL + "/{lock}";
    router.on("PUT", one, "ManagementLocks_CreateOrUpdateAt" + level, this::put);
    router.on("DELETE", one, "ManagementLocks_DeleteAt" + level, this::delete);
    router.on("GET", scope + ALL, "ManagementLocks_ListAt" + level, this::list);
  }

  /** The id that a lock is on: the path before the provider of locks, without double slashes. */
  private static String scopeOf(Call call) {
    String path = call.path().replace("//", "/");
    int at = path.toLowerCase(Locale.ROOT).lastIndexOf(ALL.toLowerCase(Locale.ROOT));
    return path.substring(0, at);
  }

  private static String keyOf(Call call) {
    return (scopeOf(call) + ALL + "/" + call.var("lock")).toLowerCase(Locale.ROOT);
  }

  private static String scope(Store.Entry lock) {
    return Json.text(lock.sim(), "/scope");
  }

  private Reply put(Call call) {
    ObjectNode body = call.json();
    String level = Json.text(body, "/properties/level");
    if (!LEVELS.contains(level)) {
      throw Refusal.invalid("level", "'" + level + "' is not one of " + LEVELS);
    }
    boolean existed = store.find(KIND, keyOf(call)).isPresent();
    ObjectNode resource = Json.object();
    resource.set("properties", body.get("properties"));
    resource.put("id", scopeOf(call) + ALL + "/" + call.var("lock"));
    resource.put("type", "Microsoft.Authorization/locks").put("name", call.var("lock"));
    ObjectNode sim = Json.object().put("scope", scopeOf(call));
    store.save(new Store.Entry(KIND, keyOf(call), resource, sim));
    return Reply.json(existed ? 200 : 201, resource);
  }

  private Reply delete(Call call) {
    Optional<Store.Entry> lock = store.find(KIND, keyOf(call));
    lock.ifPresent(store::remove);
    return Reply.empty(lock.isPresent() ? 200 : 204);
  }

  /** Locks of the scope and those above; of those below too, unless the filter is atScope(). */
  private Reply list(Call call) {
    boolean atScope = call.query("$filter").filter("atScope()"::equalsIgnoreCase).isPresent();
    ObjectNode tree = Json.object();
    ArrayNode value = tree.putArray("value");
    for (Store.Entry lock : store.list(KIND)) {
      boolean above = Asked.within(scope(lock), scopeOf(call));
      if (above || (!atScope && Asked.within(scopeOf(call), scope(lock)))) {
        value.add(lock.resource());
      }
    }
    return Reply.json(200, tree);
  }

  /** A lock of either level refuses deletes, ReadOnly refuses every change and POST action. */
  void check(Call call) {
    if (!Asked.isChange(call.method()) || call.operation().startsWith("ManagementLocks_")) {
      return;
    }
    Asked asked = Asked.of(call.method(), call.path());
    boolean delete = call.method().equals("DELETE");
    List<String> hit =
        store.list(KIND).stream()
            .filter(
                lock ->
                    Asked.within(scope(lock), asked.scope())
                        || (delete && Asked.within(asked.scope(), scope(lock))))
            .filter(lock -> delete || Json.text(lock.properties(), "/level").equals("ReadOnly"))
            .map(lock -> scope(lock))
            .distinct()
            .toList();
    if (!hit.isEmpty()) {
      throw new Refusal(
          409,
          "ScopeLocked",
          "The scope '%s' cannot perform %s operation because following scope(s) are locked: '%s'. Please remove the lock and try again."
              .formatted(asked.scope(), delete ? "delete" : "write", String.join(",", hit)));
    }
  }
}
