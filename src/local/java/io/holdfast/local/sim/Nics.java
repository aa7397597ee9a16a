package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Optional;

/**
 * Network interfaces. Any id is taken as existing, so one that was never PUT is made up from its
 * id; after a DELETE it is gone.
 */
final class Nics {
  private static final String KIND = "networkInterfaces";
  private static final String ONE =
      ResourceGroups.ONE + "/providers/Microsoft.Network/networkInterfaces/{nic}";

  private final Store store;

  Nics(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("PUT", ONE, "NetworkInterfaces_CreateOrUpdate", this::put);
    router.on("GET", ONE, "NetworkInterfaces_Get", this::get);
    router.on("DELETE", ONE, "NetworkInterfaces_Delete", this::delete);
  }

  private static String network(Call call) {
    return "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Network/"
        .formatted(call.var("sub"), call.var("rg"));
  }

  private static String idOf(Call call) {
    return network(call) + "networkInterfaces/" + call.var("nic");
  }

  private static String keyOf(Call call) {
    return idOf(call).toLowerCase(Locale.ROOT);
  }

  private Reply get(Call call) {
    Optional<Store.Entry> entry = store.find(KIND, keyOf(call));
    if (entry.filter(found -> found.sim().has("deleted")).isPresent()) {
      throw new Refusal(
          404,
          "ResourceNotFound",
          "The Resource 'Microsoft.Network/networkInterfaces/%s' under resource group '%s' was not found."
              .formatted(call.var("nic"), call.var("rg")));
    }
    return Reply.json(200, entry.map(Store.Entry::resource).orElseGet(() -> madeUp(call)));
  }

  private static ObjectNode madeUp(Call call) {
    String nic = call.var("nic");
    ObjectNode body = Json.object().put("location", "westeurope");
    ObjectNode properties = body.putObject("properties");
    ObjectNode configuration =
        properties.putArray("ipConfigurations").addObject().put("name", "ipconfig1");
    ObjectNode inner = configuration.putObject("properties");
    inner
        .put("privateIPAddress", "10.0.0." + (4 + Math.floorMod(keyOf(call).hashCode(), 250)))
        .put("privateIPAllocationMethod", "Dynamic")
        .put("privateIPAddressVersion", "IPv4")
        .put("primary", true)
        .putObject("subnet")
        .put("id", network(call) + "virtualNetworks/" + nic + "-vnet/subnets/default");
    properties
        .putObject("networkSecurityGroup")
        .put("id", network(call) + "networkSecurityGroups/" + nic + "-nsg");
    return complete(call, body);
  }

  private static ObjectNode complete(Call call, ObjectNode body) {
    ObjectNode resource = Json.copy(body);
    resource.put("id", idOf(call)).put("name", call.var("nic"));
    resource.put("type", "Microsoft.Network/networkInterfaces");
    ObjectNode properties = Json.child(resource, "properties");
    properties.put("provisioningState", "Succeeded");
    properties.put("macAddress", "00-0D-3A-%02X-%02X-01".formatted(mac(call, 8), mac(call, 0)));
    for (String name : new String[] {"enableAcceleratedNetworking", "enableIPForwarding"}) {
      if (!properties.has(name)) {
        properties.put(name, false);
      }
    }
    for (JsonNode configuration : properties.path("ipConfigurations")) {
      if (configuration instanceof ObjectNode object) {
        object.put("id", idOf(call) + "/ipConfigurations/" + Json.text(object, "/name"));
        Json.child(object, "properties").put("provisioningState", "Succeeded");
      }
    }
    return resource;
  }

  private static int mac(Call call, int shift) {
    return (keyOf(call).hashCode() >> shift) & 0xff;
  }

  private Reply put(Call call) {
    ObjectNode body = call.json();
    JsonNode configurations = body.at("/properties/ipConfigurations");
    if (!(configurations instanceof ArrayNode) || configurations.isEmpty()) {
      throw new Refusal(
          400,
          "NetworkInterfaceMustHaveOneIPConfiguration",
          "Network interface '%s' must have one or more IP configurations.".formatted(idOf(call)));
    }
    boolean existed =
        store.find(KIND, keyOf(call)).filter(entry -> !entry.sim().has("deleted")).isPresent();
    ObjectNode resource = complete(call, body);
    store.save(new Store.Entry(KIND, keyOf(call), resource, Json.object()));
    return Reply.json(existed ? 200 : 201, resource);
  }

  private Reply delete(Call call) {
    Optional<Store.Entry> entry = store.find(KIND, keyOf(call));
    boolean gone = entry.filter(found -> found.sim().has("deleted")).isPresent();
    store.save(
        new Store.Entry(KIND, keyOf(call), Json.object(), Json.object().put("deleted", true)));
    return Reply.empty(gone ? 204 : 200);
  }
}
