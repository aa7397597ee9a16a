package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The disks of a restore point. */
final class DiskRestorePoints {
  static final String KIND = RestorePoints.KIND + "/diskRestorePoints";

  /** A copy that was made for a restore point and has no resource yet. */
  record Taken(VmDisks.Attached of, String copyId, long size) {}

  private static final List<String> INHERITED =
      List.of(
          "osType",
          "hyperVGeneration",
          "securityProfile",
          "networkAccessPolicy",
          "publicNetworkAccess",
          "diskAccessId");

  private final Store store;
  private final SimClock clock;
  private final Grants grants;
  private final DiskFiles files;
  private final BackgroundCopies copies;

  DiskRestorePoints(
      Store store, SimClock clock, Grants grants, DiskFiles files, BackgroundCopies copies) {
    this.store = store;
    this.clock = clock;
    this.grants = grants;
    this.files = files;
    this.copies = copies;
  }

  void routes(Router router, Access access) {
    String all = RestorePoints.ONE + "/diskRestorePoints";
    String one = all + "/{drp}";
    router.on("GET", all, "DiskRestorePoint_ListByRestorePoint", this::list);
    router.on(
        "GET",
        one,
        "DiskRestorePoint_Get",
        call -> Reply.json(200, view(store.require(idOf(call)))));
    access.routes(
        router,
        "DiskRestorePoint",
        one,
        DiskRestorePoints::idOf,
        this::check,
        (entry, kind, seconds) -> {
          if (!kind.equals("Read")) {
            throw Refusal.notAllowed("A disk restore point can be read only.");
          }
          return grants.openCopy(
              entry.id(),
              Json.text(entry.sim(), "/family"),
              Json.text(entry.sim(), "/copyId"),
              entry.sim().get("size").asLong(),
              Instant.parse(Json.text(entry.properties(), "/timeCreated")),
              seconds);
        },
        entry -> {});
  }

  private static ArmId idOf(Call call) {
    return RestorePoints.idOf(call).child("diskRestorePoints", call.var("drp"));
  }

  private Reply list(Call call) {
    Store.Entry point = store.require(RestorePoints.idOf(call));
    return Listing.page(call, store.below(KIND, point.id()), this::view);
  }

  private ObjectNode view(Store.Entry entry) {
    ObjectNode tree = entry.resource().deepCopy();
    Json.child(tree, "properties").put("completionPercent", percent(entry));
    return tree;
  }

  int percent(Store.Entry entry) {
    return copies.percent(entry);
  }

  private void check(Store.Entry entry) {
    copies.refusePending(entry);
    Store.Entry point = store.require(entry.id().parent());
    String state = Json.text(point.properties(), "/provisioningState");
    if (!state.equals("Succeeded")) {
      throw Refusal.notAllowed(
          "Restore point '%s' is in state %s: its disks cannot be read."
              .formatted(point.id().name(), state));
    }
    grants.checkFamily(entry.id(), Json.text(entry.sim(), "/family"));
  }

  /** What the creation of a point of these disks ends with, or null. */
  Refusal failure(VmDisks.Selection selection) {
    for (VmDisks.Attached disk : selection.disks()) {
      Optional<String> set = EncryptionSets.brokenOf(store, disk.entry());
      if (set.isPresent()) {
        return new Refusal(
            409,
            "DiskRestorePointClientError",
            "Disk restore point of disk '%s' failed: the key of disk encryption set '%s' is disabled or cannot be reached."
                .formatted(disk.entry().id().name(), set.get()));
      }
    }
    return null;
  }

  /** Copies one disk; called without the lock. */
  Taken take(VmDisks.Attached disk, String copyId) {
    long size = disk.entry().properties().get("diskSizeBytes").asLong();
    String name = disk.entry().id().name();
    Path state = disk.entry().sim().has("guestState") ? files.guestState(name) : null;
    files.keepCopy(copyId, files.live(name, size), state);
    return new Taken(disk, copyId, size);
  }

  /** Makes the resource of a copy and returns what the restore point shows of it. */
  ObjectNode keep(Store.Entry point, Taken taken) {
    VmDisks.Attached of = taken.of();
    ObjectNode disk = of.entry().properties();
    String uniqueId = Json.text(disk, "/uniqueId");
    String family = Snapshots.family("diskRestorePoint", uniqueId);
    ArmId id = point.id().child("diskRestorePoints", of.entry().id().name() + "_" + taken.copyId());
    ObjectNode resource = Json.object().put("id", id.text()).put("name", id.name());
    ObjectNode properties = resource.putObject("properties");
    properties
        .put("timeCreated", clock.now().toString())
        .put("sourceResourceId", of.entry().id().text())
        .put("familyId", family)
        .put("sourceUniqueId", uniqueId)
        .put("completionPercent", 100)
        .put("sourceResourceLocation", Json.text(of.entry().resource(), "/location"))
        .put("logicalSectorSize", disk.at("/creationData/logicalSectorSize").asInt(512));
    for (String inherited : INHERITED) {
      if (disk.has(inherited)) {
        properties.set(inherited, disk.get(inherited).deepCopy());
      }
    }
    ObjectNode sim =
        Json.object().put("copyId", taken.copyId()).put("size", taken.size()).put("family", family);
    if (of.entry().sim().has("guestState")) {
      sim.put("guestState", true);
    }
    if (ExportRules.isEntra(of.entry())) {
      sim.put("entra", true);
    }
    copies.begin(of.entry(), sim);
    store.save(new Store.Entry(KIND, id.key(), resource, sim));
    ObjectNode shown = of.shown().deepCopy();
    shown.remove(List.of("createOption", "deleteOption", "toBeDetached", "vhd", "image"));
    shown.putObject("diskRestorePoint").put("id", id.text());
    return shown;
  }

  boolean isOpen(Store.Entry entry) {
    return grants.find(entry.id()).isPresent();
  }

  void remove(Store.Entry entry) {
    grants.revoke(entry.id());
    store.remove(entry);
    files.deleteCopy(Json.text(entry.sim(), "/copyId"));
  }
}
