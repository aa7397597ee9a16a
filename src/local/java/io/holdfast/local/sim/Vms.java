package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.UUID;

/** Virtual machines. They run, and have a ready agent, from their PUT on. */
final class Vms {
  static final String KIND = "virtualMachines";
  static final String ONE = Router.GROUP + "/virtualMachines/{vm}";

  private final Store store;
  private final SimClock clock;
  private final Operations operations;
  private final VmDisks disks;
  private final Guests guests;
  private final GuestStates guestStates;

  Vms(
      Store store,
      SimClock clock,
      Operations operations,
      VmDisks disks,
      Guests guests,
      GuestStates guestStates) {
    this.store = store;
    this.clock = clock;
    this.operations = operations;
    this.disks = disks;
    this.guests = guests;
    this.guestStates = guestStates;
  }

  void routes(Router router) {
    router.on("PUT", ONE, "VirtualMachines_CreateOrUpdate", this::put);
    router.on("PATCH", ONE, "VirtualMachines_Update", this::patch);
    router.on("GET", ONE, "VirtualMachines_Get", this::get);
    router.on("DELETE", ONE, "VirtualMachines_Delete", this::delete);
    router.on("GET", ONE + "/instanceView", "VirtualMachines_InstanceView", this::instanceView);
    router.on("GET", Router.GROUP + "/virtualMachines", "VirtualMachines_List", this::list);
    router.on(
        "GET", Router.SUBSCRIPTION + "/virtualMachines", "VirtualMachines_ListAll", this::list);
    power(router, "deallocate", "VirtualMachines_Deallocate", "deallocated");
    power(router, "powerOff", "VirtualMachines_PowerOff", "stopped");
    power(router, "restart", "VirtualMachines_Restart", "running");
    power(router, "redeploy", "VirtualMachines_Redeploy", "running");
    power(router, "start", "VirtualMachines_Start", "running");
    operations.register(
        "vms.provisioned",
        operation -> {
          Store.Entry entry = store.require(target(operation));
          entry.properties().put("provisioningState", "Succeeded");
          store.save(entry);
          return view(entry, false, false);
        });
    operations.register(
        "vms.delete",
        operation -> {
          store.find(target(operation)).ifPresent(this::remove);
          return null;
        });
    operations.register(
        "vms.power",
        operation -> {
          Store.Entry entry = store.require(target(operation));
          entry.sim().put("power", Json.text(operation.sim(), "/power"));
          store.save(entry);
          return null;
        });
  }

  static ArmId idOf(Call call) {
    return call.id("virtualMachines/" + call.var("vm"));
  }

  static boolean isRunning(Store.Entry vm) {
    return Json.text(vm.sim(), "/power").equals("running");
  }

  static String generation(Store.Entry vm) {
    String security = Json.text(vm.properties(), "/securityProfile/securityType");
    return security.isEmpty() ? Json.text(vm.sim(), "/generation") : "V2";
  }

  private static ArmId target(Store.Entry operation) {
    return new ArmId(Json.text(operation.resource(), "/target"));
  }

  private Reply put(Call call) {
    ArmId id = idOf(call);
    ObjectNode body = call.json();
    if (!body.hasNonNull("location")) {
      throw new Refusal(
          400, "LocationRequired", "The location property is required for this definition.");
    }
    Optional<Store.Entry> existing = store.find(id);
    ObjectNode resource = Json.copy(body);
    resource.put("id", id.text()).put("name", id.name());
    resource.put("type", "Microsoft.Compute/virtualMachines");
    ObjectNode properties = Json.child(resource, "properties");
    properties.remove("instanceView");
    String vmId =
        existing
            .map(old -> Json.text(old.properties(), "/vmId"))
            .orElseGet(() -> UUID.randomUUID().toString());
    String created =
        existing
            .map(old -> Json.text(old.properties(), "/timeCreated"))
            .orElseGet(() -> clock.now().toString());
    properties.put("vmId", vmId).put("timeCreated", created);
    ObjectNode sim = existing.map(old -> old.sim().deepCopy()).orElseGet(Vms::newSim);
    change(existing, new Store.Entry(KIND, id.key(), resource, sim), "Creating");
    return operations.start(
        call,
        existing.isPresent() ? 200 : 201,
        "vms.provisioned",
        id,
        Json.object(),
        view(store.require(id), false, false));
  }

  private static ObjectNode newSim() {
    return Json.object().put("power", "running").put("generation", "V1");
  }

  private Reply patch(Call call) {
    Store.Entry old = store.require(idOf(call));
    ObjectNode body = call.json();
    ObjectNode resource = old.resource().deepCopy();
    if (body.has("properties")) {
      ObjectNode given = Json.copy(body.get("properties"));
      given.remove("vmId");
      Json.merge(Json.child(resource, "properties"), given);
    }
    for (String name : new String[] {"tags", "identity", "plan"}) {
      if (body.has(name)) {
        resource.set(name, body.get(name).deepCopy());
      }
    }
    Store.Entry entry = new Store.Entry(KIND, old.key(), resource, old.sim().deepCopy());
    change(Optional.of(old), entry, "Updating");
    return operations.start(
        call, 200, "vms.provisioned", entry.id(), Json.object(), view(entry, false, false));
  }

  /** Applies a new model of a VM; a refusal leaves the old one. */
  private void change(Optional<Store.Entry> old, Store.Entry entry, String state) {
    ObjectNode properties = entry.properties();
    if (old.isPresent()) {
      VmDisks.carryOver(old.get(), entry);
      refuseSwapWhileRunning(old.get(), entry);
    }
    if (properties.get("osProfile") instanceof ObjectNode os) {
      os.remove("adminPassword");
    }
    disks.apply(entry);
    guestStates.ensure(entry);
    properties.put("provisioningState", old.isPresent() ? "Updating" : state);
    if (properties.get("osProfile") instanceof ObjectNode os && !os.has("computerName")) {
      os.put("computerName", entry.id().name());
    }
    store.save(entry);
  }

  private static void refuseSwapWhileRunning(Store.Entry old, Store.Entry entry) {
    String pointer = "/storageProfile/osDisk/managedDisk/id";
    String before = Json.text(old.properties(), pointer);
    String after = Json.text(entry.properties(), pointer);
    if (!after.isEmpty() && !after.equalsIgnoreCase(before) && isRunning(old)) {
      throw Refusal.notAllowed(
          "The OS disk of VM '%s' cannot be swapped while it runs: deallocate it first."
              .formatted(old.id().name()));
    }
  }

  private Reply get(Call call) {
    ArmId id = idOf(call);
    operations.touch(id);
    return Reply.json(
        200, view(store.require(id), call.expands("instanceView"), call.expands("userData")));
  }

  private Reply list(Call call) {
    return Listing.page(
        call,
        Listing.inScope(store, call, KIND),
        entry -> {
          operations.touch(entry.id());
          return view(store.find(entry.id()).orElse(entry), call.expands("instanceView"), false);
        });
  }

  private ObjectNode view(Store.Entry entry, boolean withInstanceView, boolean withUserData) {
    ObjectNode tree = entry.resource().deepCopy();
    ObjectNode properties = Json.child(tree, "properties");
    if (!withUserData) {
      properties.remove("userData");
    }
    if (withInstanceView) {
      properties.set("instanceView", InstanceViews.of(store, guests, entry));
    }
    ArrayNode extensions = Json.array();
    for (Store.Entry extension : store.below(Extensions.KIND, entry.id())) {
      extensions.add(extension.resource().deepCopy());
    }
    if (!extensions.isEmpty()) {
      tree.set("resources", extensions);
    }
    return tree;
  }

  private Reply instanceView(Call call) {
    return Reply.json(200, InstanceViews.of(store, guests, store.require(idOf(call))));
  }

  private Reply delete(Call call) {
    ArmId id = idOf(call);
    Optional<Store.Entry> entry = store.find(id);
    if (entry.isEmpty()) {
      return Reply.empty(204);
    }
    entry.get().properties().put("provisioningState", "Deleting");
    store.save(entry.get());
    return operations.start(call, 202, "vms.delete", id, Json.object(), null);
  }

  private void remove(Store.Entry vm) {
    store.below(Extensions.KIND, vm.id()).forEach(store::remove);
    store.remove(vm);
    disks.release(vm);
  }

  private void power(Router router, String action, String operation, String power) {
    router.on(
        "POST",
        ONE + "/" + action,
        operation,
        call -> {
          ArmId id = idOf(call);
          store.require(id);
          return operations.start(
              call, 202, "vms.power", id, Json.object().put("power", power), null);
        });
  }
}
