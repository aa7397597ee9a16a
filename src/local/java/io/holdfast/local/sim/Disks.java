package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Managed disks. A disk's bytes are the raw file of its name in the data folder. */
final class Disks {
  static final String KIND = "disks";
  static final long GIB = 1L << 30;
  private static final String NAME = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}";

  private final Store store;
  private final SimClock clock;
  private final Operations operations;
  private final Grants grants;
  private final DiskFiles files;
  private final Sources sources;
  private final GuestStates guestStates;

  Disks(
      Store store,
      SimClock clock,
      Operations operations,
      Grants grants,
      DiskFiles files,
      Sources sources) {
    this.store = store;
    this.clock = clock;
    this.operations = operations;
    this.grants = grants;
    this.files = files;
    this.sources = sources;
    this.guestStates = new GuestStates(store, files);
  }

  void routes(Router router, Access access) {
    String one = Router.GROUP + "/disks/{disk}";
    router.on("PUT", one, "Disks_CreateOrUpdate", this::put);
    router.on("PATCH", one, "Disks_Update", this::patch);
    router.on("GET", one, "Disks_Get", this::get);
    router.on("DELETE", one, "Disks_Delete", this::delete);
    router.on("GET", Router.GROUP + "/disks", "Disks_ListByResourceGroup", this::list);
    router.on("GET", Router.SUBSCRIPTION + "/disks", "Disks_List", this::list);
    operations.register("disks.provisioned", this::provisioned);
    operations.register(
        "disks.delete",
        operation -> {
          remove(new ArmId(Json.text(operation.resource(), "/target")));
          return null;
        });
    access.routes(router, "Disks", one, Disks::idOf, entry -> {}, this::open, this::endUpload);
  }

  private static ArmId idOf(Call call) {
    return call.id("disks/" + call.var("disk"));
  }

  private Reply get(Call call) {
    ArmId id = idOf(call);
    operations.touch(id);
    return Reply.json(200, view(store.require(id)));
  }

  private Reply list(Call call) {
    return Listing.page(
        call,
        Listing.inScope(store, call, KIND),
        entry -> {
          operations.touch(entry.id());
          return view(store.find(entry.id()).orElse(entry));
        });
  }

  private Reply put(Call call) {
    ArmId id = idOf(call);
    ObjectNode body = call.json();
    Optional<Store.Entry> existing = store.find(id);
    Store.Entry entry = existing.isPresent() ? existing.get() : create(id, body);
    if (existing.isPresent()) {
      DiskModel.refuseOtherSource(entry, body);
      update(entry, body);
    }
    return operations.start(
        call, 202, "disks.provisioned", id, Json.object(), view(store.require(id)));
  }

  /**
   * Makes a disk and its file; both are there when this returns. The caller holds the lock once.
   *
   * @param body as of a PUT
   */
  Store.Entry create(ArmId id, ObjectNode body) {
    ObjectNode given = Json.copy(body.path("properties"));
    String option = Json.text(given, "/creationData/createOption");
    String name = id.name();
    if (!name.matches(NAME)) {
      throw new Refusal(400, "InvalidResourceName", "'" + name + "' is no name of a disk: " + NAME);
    }
    refuseTakenName(id);
    long size;
    Sources.Source from = null;
    switch (option) {
      case "Empty", "FromImage" -> {
        size = DiskModel.sizeOf(given, 0);
        files.createDisk(name, size);
      }
      case "Upload", "UploadPreparedSecure" -> {
        long upload = given.at("/creationData/uploadSizeBytes").asLong(0);
        size = upload - VhdFooter.BYTES;
        DiskModel.checkUpload(upload);
        files.createDisk(name, upload);
      }
      case "Copy", "Restore" -> {
        ArmId sourceId = new ArmId(Json.text(given, "/creationData/sourceResourceId"));
        Sources.Source source = sources.require(sourceId);
        from = source;
        size = Math.max(DiskModel.sizeOf(given, source.image().size()), source.image().size());
        Json.child(given, "creationData").put("sourceUniqueId", source.uniqueId());
        store.unlocked(
            () -> {
              files.createDiskFrom(name, source.image(), size);
              return null;
            });
      }
      default ->
          throw Refusal.invalid(
              "creationData.createOption",
              "'%s' is not simulated; Empty, FromImage, Upload, UploadPreparedSecure, Copy and Restore are"
                  .formatted(option));
    }
    Store.Entry entry =
        DiskModel.entry(id, body, given, size, clock.now(), option.startsWith("Upload"));
    guestStates.create(entry, option, from);
    store.save(entry);
    return entry;
  }

  /** Raw files are named after the disk alone, so a name serves one resource group at a time. */
  private void refuseTakenName(ArmId id) {
    for (Store.Entry other : store.list(KIND)) {
      if (other.id().name().equalsIgnoreCase(id.name())) {
        throw new Refusal(
            409,
            "Conflict",
            "The simulator keeps disks/%s.raw for %s: use another name (in Azure this would work)."
                .formatted(id.name(), other.id().text()));
      }
    }
  }

  private Reply patch(Call call) {
    ArmId id = idOf(call);
    Store.Entry entry = store.require(id);
    update(entry, call.json());
    return operations.start(
        call, 202, "disks.provisioned", id, Json.object(), view(store.require(id)));
  }

  private void update(Store.Entry entry, ObjectNode body) {
    ObjectNode properties = entry.properties();
    long before = properties.get("diskSizeBytes").asLong();
    ObjectNode given = Json.copy(body.path("properties"));
    long after = DiskModel.sizeOf(given, before);
    if (after < before && !(given.has("diskSizeGB") && (before + GIB - 1) / GIB * GIB == after)) {
      throw Refusal.notAllowed(
          "Disk '%s' has %d bytes and cannot shrink to %d."
              .formatted(entry.id().name(), before, after));
    }
    if (after > before) {
      if (entry.sim().has("upload")) {
        throw Refusal.notAllowed("Disk '" + entry.id().name() + "' is being uploaded.");
      }
      files.resizeDisk(entry.id().name(), after);
      properties.put("diskSizeBytes", after).put("diskSizeGB", (after + GIB - 1) / GIB);
    }
    given.remove("diskSizeBytes");
    given.remove("diskSizeGB");
    given.remove("creationData");
    Json.merge(properties, given);
    for (String name : new String[] {"tags", "sku"}) {
      if (body.has(name)) {
        entry.resource().set(name, body.get(name).deepCopy());
      }
    }
    properties.put("provisioningState", "Updating");
    store.save(entry);
  }

  private ObjectNode provisioned(Store.Entry operation) {
    Store.Entry entry = store.require(new ArmId(Json.text(operation.resource(), "/target")));
    entry.properties().put("provisioningState", "Succeeded");
    store.save(entry);
    return view(entry);
  }

  private Reply delete(Call call) {
    ArmId id = idOf(call);
    Optional<Store.Entry> entry = store.find(id);
    if (entry.isEmpty()) {
      return Reply.empty(204);
    }
    refuseUse(entry.get());
    return operations.start(call, 202, "disks.delete", id, Json.object(), null);
  }

  private void refuseUse(Store.Entry entry) {
    String owner = Json.text(entry.resource(), "/managedBy");
    if (!owner.isEmpty()) {
      throw Refusal.notAllowed("Disk %s is attached to VM %s.".formatted(entry.id().name(), owner));
    }
    if (grants.find(entry.id()).isPresent()) {
      throw Refusal.notAllowed(
          "Disk %s has an active access grant: call endGetAccess first."
              .formatted(entry.id().name()));
    }
  }

  /** Removes a disk and its file; refuses one in use. */
  void remove(ArmId id) {
    store
        .find(id)
        .ifPresent(
            entry -> {
              refuseUse(entry);
              grants.revoke(id);
              // The file goes first: what is left of a crash in between is deleted again, and a
              // disk of the same name and size never inherits the bytes.
              files.deleteDisk(entry.id().name());
              store.remove(entry);
            });
  }

  /** What ARM shows: the stored resource and the state that follows from owner and access. */
  private ObjectNode view(Store.Entry entry) {
    ObjectNode tree = entry.resource().deepCopy();
    Json.child(tree, "properties").put("diskState", state(entry));
    return tree;
  }

  private String state(Store.Entry entry) {
    boolean open = grants.find(entry.id()).isPresent();
    if (entry.sim().has("upload")) {
      return open ? "ActiveUpload" : "ReadyToUpload";
    }
    String owner = Json.text(entry.resource(), "/managedBy");
    if (owner.isEmpty()) {
      return open ? "ActiveSAS" : "Unattached";
    }
    return isRunning(owner) ? "Attached" : open ? "ActiveSASFrozen" : "Reserved";
  }

  private boolean isRunning(String vm) {
    return store.find(new ArmId(vm)).filter(Vms::isRunning).isPresent();
  }

  private Grants.Grant open(Store.Entry entry, String access, long seconds) {
    boolean write = access.equals("Write");
    boolean upload = entry.sim().has("upload");
    String state = state(entry);
    if (write != upload || state.equals("Attached")) {
      throw Refusal.notAllowed(
          "Access '%s' cannot be granted to disk %s in state %s."
              .formatted(access, entry.id().name(), state));
    }
    long size = entry.properties().get("diskSizeBytes").asLong();
    return grants.openDisk(entry.id(), write, size, seconds);
  }

  /** A revoke ends an upload: the footer must be there, and goes. */
  private void endUpload(Store.Entry entry) {
    if (!entry.sim().has("upload") || grants.find(entry.id()).isEmpty()) {
      return;
    }
    long size = entry.properties().get("diskSizeBytes").asLong();
    ByteBuffer footer = ByteBuffer.allocate(VhdFooter.BYTES);
    try (FileChannel in =
        FileChannel.open(files.disk(entry.id().name()), StandardOpenOption.READ)) {
      SparseFile.readFully(in, footer, size);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the footer of " + entry.id().name(), e);
    }
    if (!VhdFooter.isFooter(footer)) {
      throw new Refusal(
          409,
          "InvalidVhd",
          "The upload of disk %s has no valid VHD footer at offset %d: expected to have cookie value 'conectix'."
              .formatted(entry.id().name(), size));
    }
    files.resizeDisk(entry.id().name(), size);
    entry.sim().remove("upload");
    store.save(entry);
  }
}
