package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;

/**
 * How the guest of a VM behaves, by the VM's name: its agent, its freeze, its writers, its scripts,
 * and what an installation of an extension comes to. Without settings all goes well.
 */
final class Guests {
  /** Azure takes the lower mode for this many attempts after a writer failed (troubleshooting). */
  static final int LOWERED_ATTEMPTS = 3;

  private static final String KIND = "guests";
  private static final Set<String> FIELDS =
      Set.of("agent", "writers", "freeze", "scripts", "install", "status");

  private final Store store;

  Guests(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("PUT", "/_sim/guests/{vm}", "_sim", this::put);
    router.on(
        "GET", "/_sim/guests/{vm}", "_sim", call -> Reply.json(200, settings(call.var("vm"))));
  }

  private Reply put(Call call) {
    ObjectNode body = call.json();
    body.fieldNames()
        .forEachRemaining(
            name -> {
              if (!FIELDS.contains(name)) {
                throw Refusal.invalid(name, "is not known; known are " + FIELDS);
              }
            });
    ObjectNode settings = settings(call.var("vm"));
    Json.merge(settings, body);
    save(call.var("vm"), settings);
    return Reply.json(200, settings);
  }

  private void save(String vm, ObjectNode settings) {
    store.save(
        new Store.Entry(KIND, vm.toLowerCase(java.util.Locale.ROOT), settings, Json.object()));
  }

  private ObjectNode settings(String vm) {
    return settings(store, vm);
  }

  private static ObjectNode settings(Store store, String vm) {
    return store
        .find(KIND, vm.toLowerCase(java.util.Locale.ROOT))
        .map(entry -> entry.resource().deepCopy())
        .orElseGet(Json::object);
  }

  /** {@code ready}, {@code notReady} or {@code none}. */
  static String agent(Store store, Store.Entry vm) {
    String agent = Json.text(settings(store, vm.id().name()), "/agent");
    return agent.isEmpty() ? "ready" : agent;
  }

  /** What an extension of this VM comes to: {@code ok}, {@code stuck} or {@code failed}. */
  static String install(Store store, Store.Entry vm) {
    String install = Json.text(settings(store, vm.id().name()), "/install");
    return install.isEmpty() ? "ok" : install;
  }

  /** What the snapshot extension's sub-status says; empty for nothing. */
  static String status(Store store, Store.Entry vm) {
    return Json.text(settings(store, vm.id().name()), "/status");
  }

  /**
   * What a restore point without a mode achieves; remembers a writer's failure.
   *
   * @param best what it achieves when all goes well
   */
  String achieved(Store.Entry vm, boolean windows, String best) {
    ObjectNode settings = settings(vm.id().name());
    int lowered = settings.path("lowered").asInt(0);
    boolean failing = Json.text(settings, "/writers").equals("fail");
    if (windows && lowered > 0) {
      settings.put("lowered", lowered - 1);
      save(vm.id().name(), settings);
      return "FileSystemConsistent";
    }
    if (windows && failing) {
      settings.put("lowered", LOWERED_ATTEMPTS);
      save(vm.id().name(), settings);
      return "FileSystemConsistent";
    }
    boolean scripted = !windows && Json.text(settings, "/scripts").equals("ok");
    return scripted ? "ApplicationConsistent" : best;
  }

  /** Why a restore point without a mode fails; null when it does not. */
  Refusal fault(Store.Entry vm) {
    if (!agent(store, vm).equals("ready")) {
      return new Refusal(
          409,
          "VMAgentStatusCommunicationError",
          "Could not communicate with the VM agent for snapshot status.");
    }
    JsonNode freeze = settings(vm.id().name()).path("freeze");
    if (freeze.hasNonNull("code")) {
      return new Refusal(409, freeze.path("code").asText(), freeze.path("message").asText(""));
    }
    for (Store.Entry extension : store.below(Extensions.KIND, vm.id())) {
      if (!Json.text(extension.properties(), "/provisioningState").equals("Succeeded")) {
        return new Refusal(
            409,
            "VMRestorePointClientError",
            "Extension '%s' is not provisioned: an application consistent restore point needs all of them."
                .formatted(extension.id().name()));
      }
    }
    return null;
  }

  /** The first restore point without a mode brings the snapshot extension with it. */
  void bringExtension(Store.Entry vm, boolean windows) {
    String name = windows ? "VMSnapshot" : "VMSnapshotLinux";
    boolean there =
        store.below(Extensions.KIND, vm.id()).stream()
            .anyMatch(each -> Extensions.handler(each).endsWith("." + name));
    if (there) {
      return;
    }
    ArmId id = vm.id().child("extensions", name);
    ObjectNode resource = Json.object().put("id", id.text()).put("name", name);
    resource.put("type", "Microsoft.Compute/virtualMachines/extensions");
    resource.set("location", vm.resource().get("location"));
    ObjectNode properties = resource.putObject("properties");
    properties.put("publisher", "Microsoft.Azure.RecoveryServices").put("type", name);
    properties.put("typeHandlerVersion", windows ? "1.9" : "1.0");
    properties.put("autoUpgradeMinorVersion", true).put("provisioningState", "Succeeded");
    store.save(new Store.Entry(Extensions.KIND, id.key(), resource, Json.object()));
  }
}
