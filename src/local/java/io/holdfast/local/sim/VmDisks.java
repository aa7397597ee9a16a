package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** The disks of a VM: making, attaching, detaching, and choosing those of a restore point. */
final class VmDisks {
  /** What a restore point holds. */
  record Selection(List<Attached> disks) {}

  /**
   * One disk of a VM.
   *
   * @param lun -1 for the OS disk
   * @param shown its part of the VM's storage profile
   * @param entry the managed disk
   */
  record Attached(int lun, ObjectNode shown, Store.Entry entry) {
    boolean accelerated() {
      return shown.path("writeAcceleratorEnabled").asBoolean(false);
    }

    boolean isEphemeral() {
      return shown.has("diffDiskSettings");
    }
  }

  private final Store store;
  private final Disks disks;

  VmDisks(Store store, Disks disks) {
    this.store = store;
    this.disks = disks;
  }

  static Selection select(Store store, Store.Entry vm, Set<String> excludedKeys) {
    List<Attached> all = attached(store, vm);
    Set<String> unknown = new HashSet<>(excludedKeys);
    all.forEach(disk -> unknown.remove(disk.entry().key()));
    if (!unknown.isEmpty()) {
      throw Refusal.invalid("excludeDisks", unknown + " are not disks of the VM");
    }
    List<Attached> kept =
        all.stream().filter(disk -> !excludedKeys.contains(disk.entry().key())).toList();
    if (kept.isEmpty()) {
      throw Refusal.invalid("excludeDisks", "no disk is left");
    }
    return new Selection(kept);
  }

  private static List<Attached> attached(Store store, Store.Entry vm) {
    List<Attached> list = new ArrayList<>();
    JsonNode storage = vm.properties().path("storageProfile");
    if (storage.get("osDisk") instanceof ObjectNode os && !os.has("vhd")) {
      list.add(new Attached(-1, os, disk(store, os)));
    }
    for (JsonNode data : storage.path("dataDisks")) {
      ObjectNode shown = (ObjectNode) data;
      if (shown.has("vhd")) {
        continue; // unmanaged: a page blob in somebody's storage account
      }
      list.add(new Attached(shown.path("lun").asInt(), shown, disk(store, shown)));
    }
    return list;
  }

  private static Store.Entry disk(Store store, ObjectNode shown) {
    return store.require(new ArmId(Json.text(shown, "/managedDisk/id")));
  }

  /**
   * Brings the disks in line with the VM's storage profile: makes and attaches what it names, then
   * detaches what it no longer names. Refusals come before the first change where they can.
   */
  void apply(Store.Entry vm) {
    ObjectNode storage = Json.child(vm.properties(), "storageProfile");
    Set<Integer> luns = new HashSet<>();
    Set<String> keys = new HashSet<>();
    ArrayNode kept = Json.array();
    for (JsonNode data : storage.path("dataDisks")) {
      if (data.path("toBeDetached").asBoolean(false)) {
        continue;
      }
      if (!data.path("lun").isInt() || !luns.add(data.get("lun").asInt())) {
        throw Refusal.invalid("dataDisk.lun", "it is missing or used twice: " + data.path("lun"));
      }
      kept.add(data);
    }
    storage.set("dataDisks", kept);
    if (!(storage.get("osDisk") instanceof ObjectNode os)) {
      throw Refusal.invalid("storageProfile.osDisk", "it is missing");
    }
    check(vm, os);
    kept.forEach(data -> check(vm, (ObjectNode) data));
    resolve(
        vm,
        os,
        vm.id().name() + "_OsDisk_1_" + UUID.randomUUID().toString().replace("-", ""),
        keys);
    if (!os.has("osType")) {
      throw Refusal.invalid("osDisk.osType", "it is missing");
    }
    for (JsonNode data : kept) {
      ObjectNode shown = (ObjectNode) data;
      String name =
          "%s_lun_%d_%s"
              .formatted(
                  vm.id().name(),
                  shown.get("lun").asInt(),
                  UUID.randomUUID().toString().replace("-", ""));
      resolve(vm, shown, name, keys);
    }
    for (Store.Entry disk : store.list(Disks.KIND)) {
      if (Json.text(disk.resource(), "/managedBy").equalsIgnoreCase(vm.id().text())
          && !keys.contains(disk.key())) {
        detach(disk);
      }
    }
  }

  /**
   * A PUT may leave out the ids of disks that the VM made itself: takes them from the old model.
   */
  static void carryOver(Store.Entry old, Store.Entry entry) {
    JsonNode before = old.properties().path("storageProfile");
    JsonNode after = entry.properties().path("storageProfile");
    carryOver(before.path("osDisk"), after.path("osDisk"));
    for (JsonNode data : after.path("dataDisks")) {
      for (JsonNode candidate : before.path("dataDisks")) {
        if (candidate.path("lun").equals(data.path("lun"))) {
          carryOver(candidate, data);
        }
      }
    }
  }

  private static void carryOver(JsonNode before, JsonNode after) {
    if (after.has("vhd")) {
      return;
    }
    boolean same = !after.hasNonNull("name") || after.get("name").equals(before.path("name"));
    if (after instanceof ObjectNode shown && same && !after.at("/managedDisk/id").isTextual()) {
      Json.child(shown, "managedDisk").put("id", Json.text(before, "/managedDisk/id"));
      if (!shown.has("osType") && before.has("osType")) {
        shown.set("osType", before.get("osType"));
      }
    }
  }

  /** Detaches all disks of a VM that goes, and deletes those whose deleteOption says so. */
  void release(Store.Entry vm) {
    for (Attached disk : attached(store, vm)) {
      detach(disk.entry());
      if (Json.text(disk.shown(), "/deleteOption").equals("Delete")) {
        disks.remove(disk.entry().id());
      }
    }
  }

  /** Refuses what cannot be attached, before anything is. */
  private void check(Store.Entry vm, ObjectNode shown) {
    if (shown.has("vhd")) {
      return;
    }
    String given = Json.text(shown, "/managedDisk/id");
    if (given.isEmpty()) {
      if (Json.text(shown, "/createOption").equals("Attach")) {
        throw Refusal.invalid("managedDisk.id", "it is missing for createOption Attach");
      }
      return;
    }
    Store.Entry disk = store.require(new ArmId(given));
    if (disk.sim().has("upload")) {
      throw Refusal.notAllowed(
          "Disk '%s' is being uploaded and cannot be attached.".formatted(disk.id().name()));
    }
    String owner = Json.text(disk.resource(), "/managedBy");
    boolean shared = disk.properties().path("maxShares").asInt(1) > 1;
    if (!owner.isEmpty() && !owner.equalsIgnoreCase(vm.id().text()) && !shared) {
      throw new Refusal(
          409,
          "AttachDiskWhileBeingUsed",
          "Disk '%s' cannot be attached as the disk is already owned by VM '%s'."
              .formatted(disk.id().name(), owner));
    }
  }

  private void resolve(Store.Entry vm, ObjectNode shown, String newName, Set<String> keys) {
    if (shown.has("vhd")) {
      shown.putIfAbsent("name", shown.textNode(newName));
      return;
    }
    ObjectNode managed = Json.child(shown, "managedDisk");
    String given = Json.text(managed, "/id");
    Store.Entry disk =
        given.isEmpty() ? make(vm, shown, managed, newName) : store.require(new ArmId(given));
    disk.resource().put("managedBy", vm.id().text());
    if (shown.has("osType")) {
      disk.properties().set("osType", shown.get("osType"));
    } else if (disk.properties().has("osType") && !shown.has("lun")) {
      shown.set("osType", disk.properties().get("osType"));
    }
    store.save(disk);
    keys.add(disk.key());
    if (!shown.has("lun") && disk.properties().has("hyperVGeneration")) {
      vm.sim().set("generation", disk.properties().get("hyperVGeneration"));
    }
    show(shown, managed, disk);
  }

  private static void show(ObjectNode shown, ObjectNode managed, Store.Entry disk) {
    managed.put("id", disk.id().text());
    managed.put("storageAccountType", Json.text(disk.resource(), "/sku/name"));
    shown.put("name", disk.id().name());
    shown.put("diskSizeGB", disk.properties().get("diskSizeGB").asLong());
    if (!shown.has("createOption")) {
      shown.put("createOption", "Attach");
    }
    if (!shown.has("caching")) {
      shown.put("caching", shown.has("lun") ? "None" : "ReadWrite");
    }
  }

  private Store.Entry make(Store.Entry vm, ObjectNode shown, ObjectNode managed, String newName) {
    String option = Json.text(shown, "/createOption");
    ObjectNode body = Json.object();
    body.set("location", vm.resource().get("location"));
    String sku = Json.text(managed, "/storageAccountType");
    body.putObject("sku").put("name", sku.isEmpty() ? "Standard_LRS" : sku);
    ObjectNode properties = body.putObject("properties");
    ObjectNode creation = properties.putObject("creationData").put("createOption", option);
    if (shown.has("sourceResource")) {
      creation.put("sourceResourceId", Json.text(shown, "/sourceResource/id"));
    }
    if (shown.has("diskSizeGB")) {
      properties.set("diskSizeGB", shown.get("diskSizeGB"));
    } else if (option.equals("FromImage")) {
      properties.put("diskSizeGB", 30);
    }
    String name = shown.hasNonNull("name") ? shown.get("name").asText() : newName;
    ArmId id = ArmId.of(vm.id().subscription(), vm.id().group(), "disks/" + name);
    Store.Entry disk = disks.create(id, body);
    disk.properties().put("provisioningState", "Succeeded");
    return disk;
  }

  private void detach(Store.Entry disk) {
    disk.resource().remove("managedBy");
    store.save(disk);
  }
}
