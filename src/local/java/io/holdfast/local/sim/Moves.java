package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A VM that is renamed, or moved to another group or subscription: a new id, the same vmId. What
 * refers to the old id, as a collection does, is left behind.
 */
final class Moves {
  private final Store store;
  private final Grants grants;

  Moves(Store store, Grants grants) {
    this.store = store;
    this.grants = grants;
  }

  void routes(Router router) {
    router.on("POST", "/_sim/move", "_sim", this::move);
  }

  private Reply move(Call call) {
    ObjectNode body = call.json();
    ArmId from = vmId(body, "vm");
    ArmId to = vmId(body, "to");
    Store.Entry vm = store.require(from);
    if (store.find(to).isPresent()) {
      throw new Refusal(409, "Conflict", "VM '" + to.text() + "' exists already.");
    }
    if (body.path("disks").asBoolean(false)) {
      JsonNode storage = vm.properties().path("storageProfile");
      moveDisk(storage.path("osDisk"), to);
      storage.path("dataDisks").forEach(disk -> moveDisk(disk, to));
    }
    for (Store.Entry disk : store.list(Disks.KIND)) {
      if (Json.text(disk.resource(), "/managedBy").equalsIgnoreCase(from.text())) {
        disk.resource().put("managedBy", to.text());
        store.save(disk);
      }
    }
    for (Store.Entry extension : store.below(Extensions.KIND, from)) {
      rename(extension, to.child("extensions", extension.id().name()));
    }
    Guests.rename(store, from.name(), to.name());
    rename(vm, to);
    return Reply.json(200, store.require(to).resource());
  }

  private static ArmId vmId(ObjectNode body, String field) {
    ArmId id = new ArmId(body.path(field).asText(""));
    if (!id.type().equalsIgnoreCase(Vms.KIND)) {
      throw Refusal.invalid(field, "'" + id.text() + "' is no VM");
    }
    return id;
  }

  private void moveDisk(JsonNode shown, ArmId vm) {
    if (!(shown.get("managedDisk") instanceof ObjectNode managed)) {
      return;
    }
    Store.Entry disk = store.require(new ArmId(Json.text(managed, "/id")));
    ArmId to = ArmId.of(vm.subscription(), vm.group(), "disks/" + disk.id().name());
    if (grants.find(disk.id()).isPresent()) {
      throw Refusal.notAllowed("Disk '" + disk.id().name() + "' has an active access grant.");
    }
    rename(disk, to);
    managed.put("id", to.text());
  }

  private void rename(Store.Entry entry, ArmId to) {
    store.remove(entry);
    entry.resource().put("id", to.text()).put("name", to.name());
    store.save(new Store.Entry(entry.kind(), to.key(), entry.resource(), entry.sim()));
  }
}
