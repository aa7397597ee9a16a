package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a VM says of itself at run time: power, agent, disks, extensions. */
final class InstanceViews {
  private InstanceViews() {}

  static ObjectNode of(Store store, Guests guests, Store.Entry vm) {
    String time = Json.text(vm.properties(), "/timeCreated");
    boolean windows = Json.text(vm.properties(), "/storageProfile/osDisk/osType").equals("Windows");
    ObjectNode view = Json.object();
    view.put("hyperVGeneration", Vms.generation(vm));
    if (Vms.isRunning(vm)) {
      view.put("computerName", vm.id().name());
      view.put("osName", windows ? "Windows Server 2022 Datacenter" : "debian");
      view.put("osVersion", windows ? "10.0.20348.2227" : "12");
      agent(store, guests, vm, view.putObject("vmAgent"), time);
    }
    ArrayNode disks = view.putArray("disks");
    JsonNode storage = vm.properties().path("storageProfile");
    disk(disks, storage.path("osDisk"), time);
    storage.path("dataDisks").forEach(disk -> disk(disks, disk, time));
    ArrayNode extensions = view.putArray("extensions");
    for (Store.Entry extension : store.below(Extensions.KIND, vm.id())) {
      ObjectNode shown = extensions.addObject().put("name", extension.id().name());
      shown.put("type", Extensions.handler(extension));
      shown.put("typeHandlerVersion", Json.text(extension.properties(), "/typeHandlerVersion"));
      Extensions.status(extension, shown.putArray("statuses").addObject()).put("time", time);
      if (extension.sim().get("problem") instanceof ObjectNode problem) {
        shown
            .putArray("substatuses")
            .addObject()
            .put("code", "ComponentStatus/" + Json.text(problem, "/code") + "/failed")
            .put("level", "Error")
            .put("displayStatus", "Provisioning failed")
            .put("message", Json.text(problem, "/message"))
            .put("time", time);
      }
    }
    ArrayNode statuses = view.putArray("statuses");
    String state =
        Json.text(vm.properties(), "/provisioningState").toLowerCase(java.util.Locale.ROOT);
    status(statuses, "ProvisioningState/" + state, "Provisioning " + state, time);
    String power = Json.text(vm.sim(), "/power");
    statuses
        .addObject()
        .put("code", "PowerState/" + power)
        .put("level", "Info")
        .put("displayStatus", "VM " + power);
    return view;
  }

  private static void agent(
      Store store, Guests guests, Store.Entry vm, ObjectNode agent, String time) {
    String state = Json.text(Guests.settings(guests.entry(vm.id().name())), "/agent");
    if (!state.equals("ready")) {
      agent.put("vmAgentVersion", "Unknown");
      status(agent.putArray("statuses"), "ProvisioningState/Unavailable", "Not Ready", time)
          .put("level", "Warning")
          .put(
              "message",
              state.equals("unresponsive")
                  ? "VM Agent is unresponsive."
                  : "VM status blob is found but not yet populated.");
      return;
    }
    agent.put("vmAgentVersion", "2.7.41491.1095");
    status(agent.putArray("statuses"), "ProvisioningState/succeeded", "Ready", time)
        .put("message", "Guest Agent is running");
    ArrayNode handlers = agent.putArray("extensionHandlers");
    for (Store.Entry extension : store.below(Extensions.KIND, vm.id())) {
      ObjectNode handler = handlers.addObject().put("type", Extensions.handler(extension));
      handler.put("typeHandlerVersion", Json.text(extension.properties(), "/typeHandlerVersion"));
      ObjectNode status = Extensions.status(extension, handler.putObject("status"));
      status.put(
          "displayStatus",
          Json.text(extension.properties(), "/provisioningState").equals("Succeeded")
              ? "Ready"
              : "NotReady");
    }
  }

  private static void disk(ArrayNode disks, JsonNode disk, String time) {
    ObjectNode shown = disks.addObject().put("name", Json.text(disk, "/name"));
    status(
        shown.putArray("statuses"), "ProvisioningState/succeeded", "Provisioning succeeded", time);
  }

  private static ObjectNode status(ArrayNode statuses, String code, String text, String time) {
    return statuses
        .addObject()
        .put("code", code)
        .put("level", "Info")
        .put("displayStatus", text)
        .put("time", time);
  }
}
