package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Restore points: all disks of a VM, copied when the PUT arrives. */
final class RestorePoints {
  static final String KIND = "restorePointCollections/restorePoints";
  static final String ONE = PointCollections.ONE + "/restorePoints/{rp}";

  /** Restore points of one VM, all modes and collections (concepts-restore-points). */
  static final int PER_VM_MAX = 500;

  /** Creations per VM and mode in an hour (the same page). */
  static final int RATE_MAX = 3;

  private final Store store;
  private final SimClock clock;
  private final Operations operations;
  private final DiskRestorePoints disks;
  private final GuestRules guests;
  private final Rates rates;

  RestorePoints(
      Store store,
      SimClock clock,
      Operations operations,
      DiskRestorePoints disks,
      GuestRules guests) {
    this.store = store;
    this.clock = clock;
    this.operations = operations;
    this.disks = disks;
    this.guests = guests;
    this.rates = new Rates(store, clock);
  }

  void routes(Router router) {
    router.on("PUT", ONE, "RestorePoints_Create", this::put);
    router.on("GET", ONE, "RestorePoints_Get", this::get);
    router.on("DELETE", ONE, "RestorePoints_Delete", this::delete);
    operations.register(
        "restorePoints.provisioned",
        operation -> {
          Store.Entry entry = store.require(target(operation));
          entry.properties().put("provisioningState", "Succeeded");
          store.save(entry);
          return view(entry, false);
        });
    operations.register(
        "restorePoints.delete",
        operation -> {
          store.find(target(operation)).ifPresent(this::remove);
          return null;
        });
  }

  static ArmId idOf(Call call) {
    return PointCollections.idOf(call).child("restorePoints", call.var("rp"));
  }

  private static ArmId target(Store.Entry operation) {
    return new ArmId(Json.text(operation.resource(), "/target"));
  }

  /** A process that ended amid a copy leaves a point that will never be whole. */
  void failUnfinished() {
    for (Store.Entry entry : store.list(KIND)) {
      if (entry.sim().has("copying")) {
        entry.sim().remove("copying");
        entry.properties().put("provisioningState", "Failed");
        store.save(entry);
      }
    }
  }

  private Reply get(Call call) {
    ArmId id = idOf(call);
    operations.touch(id);
    return Reply.json(200, view(store.require(id), call.expands("instanceView")));
  }

  private Reply put(Call call) {
    ArmId id = idOf(call);
    Store.Entry collection = store.require(PointCollections.idOf(call));
    ObjectNode body = call.json();
    Optional<Store.Entry> existing = store.find(id);
    if (existing.isPresent()) {
      if (!existing.get().sim().get("asked").equals(Json.copy(body.path("properties")))) {
        throw Refusal.notAllowed(
            "Restore point '%s' exists and cannot be updated.".formatted(id.name()));
      }
      return Reply.json(201, view(existing.get(), false));
    }
    Store.Entry vm = store.require(new ArmId(Json.text(collection.properties(), "/source/id")));
    PointRules.refuseWhatNoModeCan(vm);
    boolean crash = PointRules.asksForCrash(body);
    VmDisks.Selection selection = VmDisks.select(store, vm, PointRules.excluded(body));
    PointRules.refuseWhatTheModeCannot(vm, crash, selection);
    checkLimits(vm, crash);
    GuestRules.Outcome outcome =
        crash ? new GuestRules.Outcome("CrashConsistent", null) : guests.attempt(vm);
    String achieved = call.fault().achieved();
    Store.Entry entry = begin(id, body, vm, achieved.isEmpty() ? outcome.mode() : achieved);
    Refusal failure = outcome.failure() != null ? outcome.failure() : disks.failure(selection);
    if (failure == null) {
      finish(entry, vm, copy(entry, selection));
    } else {
      entry.sim().remove("copying");
      store.save(entry);
    }
    return operations.start(
        call,
        201,
        "restorePoints.provisioned",
        id,
        Json.object(),
        view(entry, false),
        Operations.Terms.failing(failure));
  }

  private void checkLimits(Store.Entry vm, boolean crash) {
    List<Store.Entry> ofVm =
        store.list(KIND).stream()
            .filter(point -> Json.text(point.sim(), "/vm").equals(vm.key()))
            .toList();
    if (ofVm.size() >= PER_VM_MAX) {
      throw Refusal.notAllowed(
          "VM '%s' has %d restore points, the most there can be."
              .formatted(vm.id().name(), ofVm.size()));
    }
    for (Store.Entry point : ofVm) {
      if (Json.text(point.properties(), "/provisioningState").equals("Creating")) {
        throw Refusal.notAllowed(
            "Restore point '%s' of VM '%s' is being created: one at a time."
                .formatted(point.id().name(), vm.id().name()));
      }
    }
    String vmId = Json.text(vm.properties(), "/vmId");
    rates.take(
        (crash ? "crash/" : "app/") + vmId,
        RATE_MAX,
        Duration.ofHours(1),
        "VM '%s' had %d restore points of this mode within an hour."
            .formatted(vm.id().name(), RATE_MAX));
  }

  private Store.Entry begin(ArmId id, ObjectNode body, Store.Entry vm, String mode) {
    ObjectNode resource = Json.object().put("id", id.text()).put("name", id.name());
    resource.put("type", "Microsoft.Compute/restorePointCollections/restorePoints");
    ObjectNode properties = resource.putObject("properties");
    properties.setAll(Json.copy(body.path("properties")));
    if (!mode.isEmpty()) {
      properties.put("consistencyMode", mode);
    }
    properties.put("provisioningState", "Creating").put("timeCreated", clock.now().toString());
    ObjectNode sim = Json.object().put("vm", vm.key()).put("copying", true);
    sim.set("asked", Json.copy(body.path("properties")));
    Store.Entry entry = new Store.Entry(KIND, id.key(), resource, sim);
    store.save(entry);
    return entry;
  }

  private List<DiskRestorePoints.Taken> copy(Store.Entry entry, VmDisks.Selection selection) {
    try {
      return store.unlocked(
          () -> {
            List<DiskRestorePoints.Taken> taken = new ArrayList<>();
            for (VmDisks.Attached disk : selection.disks()) {
              taken.add(disks.take(disk, UUID.randomUUID().toString()));
            }
            return taken;
          });
    } catch (RuntimeException e) {
      store.remove(entry);
      throw e;
    }
  }

  private void finish(Store.Entry entry, Store.Entry vm, List<DiskRestorePoints.Taken> taken) {
    ObjectNode properties = entry.properties();
    properties.put("timeCreated", clock.now().toString());
    ObjectNode source = properties.putObject("sourceMetadata");
    ObjectNode from = vm.properties();
    for (String name :
        new String[] {
          "hardwareProfile",
          "osProfile",
          "diagnosticsProfile",
          "licenseType",
          "vmId",
          "securityProfile",
          "userData"
        }) {
      if (from.has(name)) {
        source.set(name, from.get(name).deepCopy());
      }
    }
    source.set("location", vm.resource().get("location"));
    source.put("hyperVGeneration", Vms.generation(vm));
    ObjectNode storage = source.putObject("storageProfile");
    ArrayNode data = Json.array();
    for (DiskRestorePoints.Taken disk : taken) {
      ObjectNode shown = disks.keep(entry, disk);
      if (disk.of().lun() < 0) {
        storage.set("osDisk", shown);
      } else {
        data.add(shown);
      }
    }
    storage.set("dataDisks", data);
    entry.sim().remove("copying");
    store.save(entry);
  }

  private Reply delete(Call call) {
    ArmId id = idOf(call);
    Optional<Store.Entry> entry = store.find(id);
    if (entry.isEmpty()) {
      return Reply.empty(204);
    }
    if (entry.get().sim().has("copying")) {
      throw Refusal.notAllowed("Restore point '" + id.name() + "' is being created.");
    }
    refuseOpen(entry.get());
    entry.get().properties().put("provisioningState", "Deleting");
    store.save(entry.get());
    return operations.start(call, 202, "restorePoints.delete", id, Json.object(), null);
  }

  /** restore-point-troubleshooting: a point whose disks are being read cannot be deleted. */
  void refuseOpen(Store.Entry point) {
    for (Store.Entry disk : store.below(DiskRestorePoints.KIND, point.id())) {
      if (disks.isOpen(disk)) {
        throw new Refusal(
            409,
            "DiskRestorePointUsedByCustomer",
            "There is an active shared access signature outstanding for disk restore point %s of restore point %s: call endGetAccess before it is deleted."
                .formatted(disk.id().name(), point.id().name()));
      }
    }
  }

  void remove(Store.Entry point) {
    refuseOpen(point);
    store.below(DiskRestorePoints.KIND, point.id()).forEach(disks::remove);
    store.remove(point);
  }

  ObjectNode view(Store.Entry entry, boolean withInstanceView) {
    ObjectNode tree = entry.resource().deepCopy();
    if (withInstanceView) {
      ObjectNode instance = Json.child(tree, "properties").putObject("instanceView");
      ArrayNode list = instance.putArray("diskRestorePoints");
      for (Store.Entry disk : store.below(DiskRestorePoints.KIND, entry.id())) {
        ObjectNode status =
            list.addObject().put("id", disk.id().text()).putObject("replicationStatus");
        replicated(status.putObject("status"));
        status.put("completionPercent", disks.percent(disk));
      }
      ObjectNode status = instance.putArray("statuses").addObject();
      replicated(status);
      if (entry.sim().has("failure")) {
        // Azure's documents do not show where a failed point tells why; a VM does it like this.
        status.put("code", "ProvisioningState/failed/" + Json.text(entry.sim(), "/failure/code"));
        status.put("level", "Error").put("displayStatus", "Failed");
        status.put("message", Json.text(entry.sim(), "/failure/message"));
      }
    }
    return tree;
  }

  private static void replicated(ObjectNode status) {
    status
        .put("code", "ReplicationState/succeeded")
        .put("level", "Info")
        .put("displayStatus", "Succeeded");
  }
}
