package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What the caller may do: everything, until {@code PUT /_sim/permissions} names rules. A rule is a
 * role assignment: a scope, {@code actions} and {@code notActions}; one that grants is enough.
 */
final class Permissions {
  private static final String KIND = "permissions";
  private static final String PATH = "/_sim/permissions";
  private static final String CLIENT = "00000000-0000-0000-0000-0000000000c1";
  private static final String LIST = "/providers/Microsoft.Authorization/permissions";

  private final Store store;

  Permissions(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("GET", PATH, "_sim", call -> Reply.json(200, rules()));
    router.on("PUT", PATH, "_sim", this::put);
    router.on(
        "DELETE",
        PATH,
        "_sim",
        call -> {
          store.remove(KIND, KIND);
          return Reply.empty(204);
        });
    router.on(
        "GET", ResourceGroups.ONE + LIST, "Permissions_ListForResourceGroup", this::effective);
    for (String resource : ResourceGroups.RESOURCES) {
      router.on("GET", resource + LIST, "Permissions_ListForResource", this::effective);
    }
  }

  private JsonNode rules() {
    return store
        .find(KIND, KIND)
        .map(entry -> entry.resource().get("rules"))
        .orElseGet(
            () -> {
              ArrayNode all = Json.array();
              all.addObject().put("scope", "/").putArray("actions").add("*");
              return all;
            });
  }

  private Reply put(Call call) {
    JsonNode given;
    try {
      given = Json.parse(call.body());
    } catch (IOException e) {
      throw Refusal.invalid("permissions", "the body is not JSON: " + e.getMessage());
    }
    if (!given.isArray()) {
      throw Refusal.invalid(
          "permissions", "a JSON list is expected: [{\"scope\",\"actions\",\"notActions\"}]");
    }
    for (JsonNode rule : given) {
      if (!rule.path("scope").isTextual() || !rule.path("actions").isArray()) {
        throw Refusal.invalid("permissions", "each rule needs scope and actions: " + rule);
      }
    }
    ObjectNode tree = Json.object();
    tree.set("rules", given);
    store.save(new Store.Entry(KIND, KIND, tree, Json.object()));
    return Reply.json(200, given);
  }

  private Reply effective(Call call) {
    String scope = call.path().substring(0, call.path().length() - LIST.length());
    ObjectNode tree = Json.object();
    ArrayNode value = tree.putArray("value");
    for (JsonNode rule : rules()) {
      if (Asked.within(rule.get("scope").asText(), scope)) {
        ObjectNode shown = value.addObject();
        shown.set("actions", rule.get("actions"));
        shown.set("notActions", rule.has("notActions") ? rule.get("notActions") : Json.array());
        shown.putArray("dataActions");
        shown.putArray("notDataActions");
      }
    }
    return Reply.json(200, tree);
  }

  /** Refuses what no rule grants; anyone may read their own permissions. */
  void check(Call call) {
    if (call.operation().startsWith("Permissions_") || store.find(KIND, KIND).isEmpty()) {
      return;
    }
    Asked asked = Asked.of(call.method(), call.path());
    if (!grants(asked.action(), asked.scope())) {
      throw new Refusal(
          403,
          "AuthorizationFailed",
          "The client '%1$s' with object id '%1$s' does not have authorization to perform action '%2$s' over scope '%3$s' or the scope is invalid. If access was recently granted, please refresh your credentials."
              .formatted(CLIENT, asked.action(), asked.scope()));
    }
    if (call.operation().equals("Snapshots_CreateOrUpdate")
        || call.operation().equals("Disks_CreateOrUpdate")) {
      checkLinked(call, asked);
    }
  }

  /**
   * A copy needs beginGetAccess on its source, and a disk that names a disk encryption set needs a
   * read of that.
   */
  private void checkLinked(Call call, Asked asked) {
    JsonNode properties = call.json().path("properties");
    List<Asked> needed = new ArrayList<>();
    String source = Json.text(properties, "/creationData/sourceResourceId");
    if (!source.isEmpty()) {
      ArmId id = new ArmId(source);
      if (id.type().equalsIgnoreCase(Disks.KIND) || id.type().equalsIgnoreCase(Snapshots.KIND)) {
        needed.add(
            new Asked("Microsoft.Compute/" + id.type() + "/beginGetAccess/action", id.text()));
      }
      store.find(id).flatMap(entry -> readsSet(entry.properties())).ifPresent(needed::add);
    }
    readsSet(properties).ifPresent(needed::add);
    for (Asked linked : needed) {
      if (!grants(linked.action(), linked.scope())) {
        throw new Refusal(
            403,
            "LinkedAuthorizationFailed",
            "The client '%1$s' with object id '%1$s' has permission to perform action '%2$s' on scope '%3$s'; however, it does not have permission to perform action(s) '%4$s' on the linked scope(s) '%5$s' (respectively) or the linked scope(s) are invalid."
                .formatted(CLIENT, asked.action(), asked.scope(), linked.action(), linked.scope()));
      }
    }
  }

  private static Optional<Asked> readsSet(JsonNode properties) {
    String set = Json.text(properties, "/encryption/diskEncryptionSetId");
    return set.isEmpty()
        ? Optional.empty()
        : Optional.of(new Asked("Microsoft.Compute/diskEncryptionSets/read", set));
  }

  private boolean grants(String action, String scope) {
    for (JsonNode rule : rules()) {
      if (Asked.within(rule.get("scope").asText(), scope)
          && anyFits(rule.get("actions"), action)
          && !anyFits(rule.path("notActions"), action)) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyFits(JsonNode patterns, String action) {
    for (JsonNode pattern : patterns) {
      String regex = Pattern.quote(pattern.asText()).replace("*", "\\E.*\\Q");
      if (Pattern.compile(regex, Pattern.CASE_INSENSITIVE).matcher(action).matches()) {
        return true;
      }
    }
    return false;
  }
}
