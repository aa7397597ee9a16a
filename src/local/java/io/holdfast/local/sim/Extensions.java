package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** VM extensions: kept and shown, nothing runs. */
final class Extensions {
  static final String KIND = "virtualMachines/extensions";

  private final Store store;
  private final Operations operations;

  Extensions(Store store, Operations operations) {
    this.store = store;
    this.operations = operations;
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
          String install = Guests.install(store, store.require(entry.id().parent()));
          if (install.equals("failed")) {
            throw new Refusal(
                409,
                "VMExtensionProvisioningError",
                "VM has reported a failure when processing extension '%s'."
                    .formatted(entry.id().name()));
          }
          if (!install.equals("stuck")) {
            entry.properties().put("provisioningState", "Succeeded");
            store.save(entry);
          }
          return entry.resource().deepCopy();
        });
  }

  /** Publisher and type, as the agent names a handler. */
  static String handler(Store.Entry extension) {
    return Json.text(extension.properties(), "/publisher")
        + "."
        + Json.text(extension.properties(), "/type");
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
    store.save(new Store.Entry(KIND, id.key(), resource, Json.object()));
    int status = existing.isPresent() ? 200 : 201;
    return operations.start(
        call, status, "extensions.provisioned", id, Json.object(), resource.deepCopy());
  }
}
