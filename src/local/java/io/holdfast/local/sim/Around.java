package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Optional;

/**
 * What stands around compute resources: resource groups (any is there unless it is declared
 * missing), management locks, and network interfaces (any is there; one that was put keeps its
 * model).
 */
final class Around {
  private static final String GROUP = "/subscriptions/{sub}/resourceGroups/{rg}";
  private static final String LOCK = GROUP + "/providers/Microsoft.Authorization/locks";
  private static final String NIC = GROUP + "/providers/Microsoft.Network/networkInterfaces/{nic}";
  private static final String LOCKS = "locks";
  private static final String NICS = "networkInterfaces";
  private static final String MISSING = "missingGroups";

  private final Store store;

  Around(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("GET", GROUP, "ResourceGroups_Get", this::group);
    router.on("PUT", GROUP, "ResourceGroups_CreateOrUpdate", this::putGroup);
    router.on("DELETE", "/_sim/groups/{rg}", "_sim", this::declareMissing);
    router.on("GET", LOCK, "ManagementLocks_ListAtResourceGroupLevel", this::locks);
    router.on(
        "PUT", LOCK + "/{lock}", "ManagementLocks_CreateOrUpdateAtResourceGroupLevel", this::lock);
    router.on(
        "DELETE", LOCK + "/{lock}", "ManagementLocks_DeleteAtResourceGroupLevel", this::unlock);
    router.on("GET", NIC, "NetworkInterfaces_Get", this::nic);
    router.on("PUT", NIC, "NetworkInterfaces_CreateOrUpdate", this::putNic);
  }

  private static String groupId(Call call) {
    return "/subscriptions/%s/resourceGroups/%s".formatted(call.var("sub"), call.var("rg"));
  }

  private static String key(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  // ---- resource groups

  private Reply group(Call call) {
    if (store.find(MISSING, key(call.var("rg"))).isPresent()) {
      throw new Refusal(
          404,
          "ResourceGroupNotFound",
          "Resource group '%s' could not be found.".formatted(call.var("rg")));
    }
    return Reply.json(200, shown(call));
  }

  private static ObjectNode shown(Call call) {
    ObjectNode tree = Json.object().put("id", groupId(call)).put("name", call.var("rg"));
    tree.put("type", "Microsoft.Resources/resourceGroups").put("location", "westeurope");
    tree.putObject("properties").put("provisioningState", "Succeeded");
    return tree;
  }

  private Reply putGroup(Call call) {
    store.remove(MISSING, key(call.var("rg")));
    return Reply.json(200, shown(call));
  }

  private Reply declareMissing(Call call) {
    store.save(new Store.Entry(MISSING, key(call.var("rg")), Json.object(), Json.object()));
    return Reply.empty(204);
  }

  // ---- locks

  private Reply locks(Call call) {
    ObjectNode tree = Json.object();
    ArrayNode value = tree.putArray("value");
    String prefix = key(groupId(call)) + "/";
    store.list(LOCKS).stream()
        .filter(lock -> lock.key().startsWith(prefix))
        .forEach(lock -> value.add(lock.resource()));
    return Reply.json(200, tree);
  }

  private Reply lock(Call call) {
    String level = Json.text(call.json(), "/properties/level");
    if (!level.equals("CanNotDelete") && !level.equals("ReadOnly")) {
      throw Refusal.invalid("level", "'" + level + "' is neither CanNotDelete nor ReadOnly");
    }
    String id = lockId(call);
    ObjectNode tree = Json.object().put("id", id).put("name", call.var("lock"));
    tree.put("type", "Microsoft.Authorization/locks");
    tree.putObject("properties").put("level", level);
    boolean known = store.find(LOCKS, key(id)).isPresent();
    store.save(new Store.Entry(LOCKS, key(id), tree, Json.object()));
    return Reply.json(known ? 200 : 201, tree);
  }

  private Reply unlock(Call call) {
    String id = lockId(call);
    boolean known = store.find(LOCKS, key(id)).isPresent();
    store.remove(LOCKS, key(id));
    return Reply.empty(known ? 200 : 204);
  }

  private static String lockId(Call call) {
    return groupId(call) + "/providers/Microsoft.Authorization/locks/" + call.var("lock");
  }

  /** Refuses what a lock on the resource's group forbids, as ARM does before any provider. */
  void refuseLocked(String method, String path) {
    String folded = key(path);
    boolean changes = !method.equals("GET") && !method.equals("HEAD");
    if (!changes || folded.contains("/providers/microsoft.authorization/")) {
      return;
    }
    for (Store.Entry lock : store.list(LOCKS)) {
      String scope = lock.key().substring(0, lock.key().indexOf("/providers/"));
      boolean readOnly = Json.text(lock.resource(), "/properties/level").equals("ReadOnly");
      if (folded.startsWith(scope + "/") && (readOnly || method.equals("DELETE"))) {
        throw new Refusal(
            409,
            "ScopeLocked",
            ("The scope '%s' cannot perform %s operation because following scope(s) are locked:"
                    + " '%s'. Please remove the lock and try again.")
                .formatted(path, method.equals("DELETE") ? "delete" : "write", scope));
      }
    }
  }

  // ---- network interfaces

  private static String nicId(Call call) {
    return groupId(call) + "/providers/Microsoft.Network/networkInterfaces/" + call.var("nic");
  }

  private Reply nic(Call call) {
    Optional<Store.Entry> known = store.find(NICS, key(nicId(call)));
    return Reply.json(200, known.map(Store.Entry::resource).orElseGet(() -> made(call)));
  }

  private Reply putNic(Call call) {
    ObjectNode tree = made(call);
    JsonNode body = call.json();
    Json.merge(tree, body);
    boolean known = store.find(NICS, key(nicId(call))).isPresent();
    store.save(new Store.Entry(NICS, key(nicId(call)), tree, Json.object()));
    return Reply.json(known ? 200 : 201, tree);
  }

  /** A plausible one: one address in a subnet, and a security group. */
  private static ObjectNode made(Call call) {
    String network = groupId(call) + "/providers/Microsoft.Network/";
    ObjectNode tree = Json.object().put("id", nicId(call)).put("name", call.var("nic"));
    tree.put("type", "Microsoft.Network/networkInterfaces").put("location", "westeurope");
    ObjectNode properties = tree.putObject("properties").put("provisioningState", "Succeeded");
    ObjectNode address = properties.putArray("ipConfigurations").addObject();
    address.put("name", "ipconfig1").put("id", nicId(call) + "/ipConfigurations/ipconfig1");
    ObjectNode inner = address.putObject("properties").put("primary", true);
    inner.put("privateIPAddress", "10.0.0.4").put("privateIPAllocationMethod", "Dynamic");
    inner.putObject("subnet").put("id", network + "virtualNetworks/vnet/subnets/default");
    properties
        .putObject("networkSecurityGroup")
        .put("id", network + "networkSecurityGroups/" + call.var("nic") + "-nsg");
    return tree;
  }

  /** Nobody exports what forbids every export. */
  static void refuseClosed(Store.Entry entry) {
    if (Json.text(entry.properties(), "/networkAccessPolicy").equals("DenyAll")) {
      throw Refusal.notAllowed(
          "The network access policy of '%s' is DenyAll: access cannot be granted."
              .formatted(entry.id().name()));
    }
  }
}
