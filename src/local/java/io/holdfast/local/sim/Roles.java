package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What the caller may do. Everything, until {@code PUT /_sim/permissions} lists what: then a
 * request whose action no entry grants at its scope is refused as ARM refuses it.
 */
final class Roles {
  private static final String KIND = "roles";
  private static final String GROUP = "/subscriptions/{sub}/resourceGroups/{rg}";
  private static final String LIST = "/providers/Microsoft.Authorization/permissions";

  private final Store store;

  Roles(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("PUT", "/_sim/permissions", "_sim", this::replace);
    router.on("GET", GROUP + LIST, "Permissions_ListForResourceGroup", this::list);
    router.on(
        "GET",
        GROUP + "/providers/{ns}/{type}/{name}" + LIST,
        "Permissions_ListForResource",
        this::list);
  }

  private Reply replace(Call call) {
    JsonNode rules;
    try {
      rules = Json.parse(call.body());
    } catch (IOException e) {
      throw Refusal.invalid("permissions", "the body is not JSON: " + e.getMessage());
    }
    if (!rules.isArray()) {
      throw Refusal.invalid("permissions", "the body is no list of {scope, actions, notActions}");
    }
    ObjectNode kept = Json.object();
    kept.set("rules", rules);
    store.save(new Store.Entry(KIND, KIND, kept, Json.object()));
    return Reply.json(200, rules);
  }

  private List<JsonNode> at(String scope) {
    List<JsonNode> rules = new ArrayList<>();
    store
        .find(KIND, KIND)
        .ifPresent(
            entry ->
                entry
                    .resource()
                    .get("rules")
                    .forEach(
                        rule -> {
                          String from = rule.path("scope").asText("").toLowerCase(Locale.ROOT);
                          String asked = scope.toLowerCase(Locale.ROOT);
                          if (asked.equals(from) || asked.startsWith(from + "/")) {
                            rules.add(rule);
                          }
                        }));
    return rules;
  }

  private Reply list(Call call) {
    String scope = call.path().substring(0, call.path().length() - LIST.length());
    ObjectNode tree = Json.object();
    ArrayNode value = tree.putArray("value");
    if (store.find(KIND, KIND).isEmpty()) {
      ObjectNode all = value.addObject();
      all.putArray("actions").add("*");
      all.putArray("notActions");
      all.putArray("dataActions");
      all.putArray("notDataActions");
    }
    for (JsonNode rule : at(scope)) {
      ObjectNode entry = value.addObject();
      for (String name : new String[] {"actions", "notActions"}) {
        entry.set(name, rule.path(name).isArray() ? rule.get(name) : Json.array());
      }
      entry.putArray("dataActions");
      entry.putArray("notDataActions");
    }
    return Reply.json(200, tree);
  }

  /** Refuses a request that is not granted; some need rights on what they name as well. */
  void refuseForbidden(String method, String path, JsonNode body) {
    if (store.isEmpty(KIND) || !path.startsWith("/subscriptions/")) {
      return;
    }
    int at = path.toLowerCase(Locale.ROOT).lastIndexOf("/providers/");
    if (at < 0 || path.contains("/locations/")) {
      return;
    }
    String action = action(method, path.substring(at + "/providers/".length()).split("/", -1));
    if (!granted(action, path)) {
      throw new Refusal(
          403,
          "AuthorizationFailed",
          ("The client 'holdfast' with object id '00000000-0000-0000-0000-00000000000a' does not"
                  + " have authorization to perform action '%s' over scope '%s' or the scope is"
                  + " invalid. If access was recently granted, please refresh your credentials.")
              .formatted(action, path));
    }
    String source = Json.text(body, "/properties/creationData/sourceResourceId");
    boolean snapshot = action.equalsIgnoreCase("Microsoft.Compute/snapshots/write");
    String linked = "Microsoft.Compute/disks/beginGetAccess/action";
    if (snapshot && !source.isEmpty() && !granted(linked, source)) {
      throw new Refusal(
          403,
          "LinkedAuthorizationFailed",
          ("The client has permission to perform action '%s' on scope '%s', however, it does not"
                  + " have permission to perform action(s) '%s' on the linked scope(s) '%s' or the"
                  + " linked scope(s) are invalid.")
              .formatted(action, path, linked, source));
    }
  }

  private boolean granted(String action, String scope) {
    return at(scope).stream()
        .anyMatch(
            rule -> any(rule.path("actions"), action) && !any(rule.path("notActions"), action));
  }

  private static boolean any(JsonNode patterns, String action) {
    for (JsonNode pattern : patterns) {
      String regex = Pattern.quote(pattern.asText()).replace("*", "\\E.*\\Q");
      if (Pattern.compile(regex, Pattern.CASE_INSENSITIVE).matcher(action).matches()) {
        return true;
      }
    }
    return false;
  }

  /** {@code Microsoft.Compute/disks/read} and the like, from what follows {@code /providers/}. */
  private static String action(String method, String[] parts) {
    StringBuilder type = new StringBuilder(parts[0]);
    boolean trailing = parts.length % 2 == 0;
    for (int i = 1; i < parts.length; i += 2) {
      boolean verb = trailing && i == parts.length - 1 && method.equals("POST");
      type.append('/').append(parts[i]).append(verb ? "/action" : "");
    }
    return switch (method) {
      case "GET", "HEAD" -> type + "/read";
      case "DELETE" -> type + "/delete";
      case "POST" -> type.toString();
      default -> type + "/write";
    };
  }
}
