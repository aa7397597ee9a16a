package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** VM extensions: kept and shown, nothing runs; the guest's settings say how installing goes. */
final class Extensions {
  static final String KIND = "virtualMachines/extensions";

  private final Store store;
  private final Operations operations;
  private final Guests guests;

  Extensions(Store store, Operations operations, Guests guests) {
    this.store = store;
    this.operations = operations;
    this.guests = guests;
  }

  void routes(Router router) {
    String all = Vms.ONE + "/extensions";
    router.on("GET", all, "VirtualMachineExtensions_List", this::list);
    router.on("GET", all + "/{extension}", "VirtualMachineExtensions_Get", this::get);
    router.on("PUT", all + "/{extension}", "VirtualMachineExtensions_CreateOrUpdate", this::put);
    operations.register(
        "extensions.provisioned",
        operation -> {
          Store.Entry entry = store.require(new ArmId(Json.text(operation.resource(), "/target")));
          entry.properties().put("provisioningState", "Succeeded");
          store.save(entry);
          return entry.resource().deepCopy();
        });
  }

  /** Publisher and type, as the agent names a handler. */
  static String handler(Store.Entry extension) {
    return Json.text(extension.properties(), "/publisher")
        + "."
        + Json.text(extension.properties(), "/type");
  }

  /** An extension that the platform installs by itself; the caller saves it. */
  static Store.Entry platforms(Store.Entry vm, ArmId id, String publisher, String type) {
    ObjectNode resource = Json.object();
    resource.put("id", id.text()).put("name", id.name());
    resource.put("type", "Microsoft.Compute/virtualMachines/extensions");
    resource.set("location", vm.resource().get("location"));
    resource
        .putObject("properties")
        .put("publisher", publisher)
        .put("type", type)
        .put("typeHandlerVersion", type.equals("VMSnapshot") ? "1.9" : "1.0")
        .put("autoUpgradeMinorVersion", true);
    return new Store.Entry(KIND, id.key(), resource, Json.object());
  }

  /** What an extension shows in the instance view: state, severity and what it says. */
  static ObjectNode status(Store.Entry extension, ObjectNode status) {
    String state = Json.text(extension.properties(), "/provisioningState");
    String message = Json.text(extension.sim(), "/message");
    boolean failed = state.equals("Failed");
    boolean done = state.equals("Succeeded");
    status
        .put("code", "ProvisioningState/" + state.toLowerCase(Locale.ROOT))
        .put("level", failed ? "Error" : "Info")
        .put(
            "displayStatus",
            done ? "Provisioning succeeded" : failed ? "Provisioning failed" : state);
    return failed ? status.put("message", message) : status;
  }

  private static ArmId idOf(Call call) {
    return Vms.idOf(call).child("extensions", call.var("extension"));
  }

  private Reply list(Call call) {
    Store.Entry vm = store.require(Vms.idOf(call));
    ObjectNode tree = Json.object();
    var value = tree.putArray("value");
    store.below(KIND, vm.id()).forEach(entry -> value.add(entry.resource()));
    return Reply.json(200, tree);
  }

  private Reply get(Call call) {
    ArmId id = idOf(call);
    operations.touch(id);
    return Reply.json(200, store.require(id).resource());
  }

  private Reply put(Call call) {
    Store.Entry vm = store.require(Vms.idOf(call));
    ArmId id = idOf(call);
    if (!Vms.isRunning(vm)) {
      throw Refusal.notAllowed(
          "Cannot modify extensions in the VM '%s' when the VM is not running."
              .formatted(vm.id().name()));
    }
    Optional<Store.Entry> existing = store.find(id);
    ObjectNode resource = Json.copy(call.json());
    resource.put("id", id.text()).put("name", id.name());
    resource.put("type", "Microsoft.Compute/virtualMachines/extensions");
    ObjectNode properties = Json.child(resource, "properties");
    properties.remove("protectedSettings");
    properties.put("provisioningState", existing.isPresent() ? "Updating" : "Creating");
    ObjectNode settings = Json.copy(Guests.settings(guests.entry(vm.id().name())).get("extension"));
    String install = Json.text(settings, "/install");
    String message = Json.text(settings, "/message");
    Operations.Terms terms =
        new Operations.Terms(
            Duration.parse(Json.text(settings, "/duration")),
            install.equals("stuck"),
            install.equals("failed")
                ? new Refusal(
                    409,
                    "VMExtensionProvisioningError",
                    "VM has reported a failure when processing extension '%s'. Error message: '%s'"
                        .formatted(id.name(), message))
                : null);
    ObjectNode sim = Json.object().put("message", message);
    store.save(new Store.Entry(KIND, id.key(), resource, sim));
    int status = existing.isPresent() ? 200 : 201;
    return operations.start(
        call, status, "extensions.provisioned", id, Json.object(), resource.deepCopy(), terms);
  }
}
