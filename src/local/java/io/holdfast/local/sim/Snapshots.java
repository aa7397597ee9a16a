package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** Snapshots: a full sparse copy of the source, made when the PUT arrives. */
final class Snapshots {
  static final String KIND = "snapshots";

  /** Incremental snapshots of one disk (disks-incremental-snapshots). */
  static final int PER_DISK_MAX = 500;

  /** Incremental snapshots of one disk in {@link #RATE_WINDOW} (the same page). */
  static final int RATE_MAX = 7;

  static final Duration RATE_WINDOW = Duration.ofMinutes(5);

  private final Store store;
  private final SimClock clock;
  private final Operations operations;
  private final Grants grants;
  private final DiskFiles files;
  private final Sources sources;
  private final BackgroundCopies copies;
  private final Rates rates;

  Snapshots(
      Store store,
      SimClock clock,
      Operations operations,
      Grants grants,
      DiskFiles files,
      Sources sources,
      BackgroundCopies copies) {
    this.store = store;
    this.clock = clock;
    this.operations = operations;
    this.grants = grants;
    this.files = files;
    this.sources = sources;
    this.copies = copies;
    this.rates = new Rates(store, clock);
  }

  /**
   * The family of a disk's snapshots: fixed by the disk's unique id, hence another one for a disk
   * that was made anew under the same name.
   */
  static String family(String kind, String sourceUniqueId) {
    return UUID.nameUUIDFromBytes((kind + sourceUniqueId).getBytes(StandardCharsets.UTF_8))
        .toString();
  }

  void routes(Router router, Access access) {
    String one = Router.GROUP + "/snapshots/{snapshot}";
    router.on("PUT", one, "Snapshots_CreateOrUpdate", this::put);
    router.on("GET", one, "Snapshots_Get", this::get);
    router.on("DELETE", one, "Snapshots_Delete", this::delete);
    router.on("GET", Router.GROUP + "/snapshots", "Snapshots_ListByResourceGroup", this::list);
    router.on("GET", Router.SUBSCRIPTION + "/snapshots", "Snapshots_List", this::list);
    operations.register(
        "snapshots.provisioned",
        operation -> {
          Store.Entry entry = store.require(target(operation));
          entry.properties().put("provisioningState", "Succeeded");
          store.save(entry);
          return view(entry);
        });
    operations.register(
        "snapshots.delete",
        operation -> {
          store.find(target(operation)).ifPresent(this::remove);
          return null;
        });
    access.routes(router, "Snapshots", one, Snapshots::idOf, this::check, this::open, entry -> {});
  }

  private static ArmId idOf(Call call) {
    return call.id("snapshots/" + call.var("snapshot"));
  }

  private static ArmId target(Store.Entry operation) {
    return new ArmId(Json.text(operation.resource(), "/target"));
  }

  private static String familyOf(Store.Entry entry) {
    return Json.text(entry.sim(), "/family");
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
    if (existing.isPresent()) {
      SnapshotModel.refuseOtherSource(existing.get(), body);
      if (body.has("tags")) {
        existing.get().resource().set("tags", body.get("tags").deepCopy());
        store.save(existing.get());
      }
    } else {
      create(id, body);
    }
    Store.Entry entry = store.require(id);
    Refusal failure =
        existing.isPresent()
            ? null
            : EncryptionSets.brokenOf(store, entry)
                .map(
                    set ->
                        new Refusal(
                            409,
                            "DiskEncryptionSetKeyNotAccessible",
                            "Snapshot '%s' failed: the key of disk encryption set '%s' is disabled or cannot be reached."
                                .formatted(id.name(), set)))
                .orElse(null);
    Operations.Terms terms = Operations.Terms.failing(failure);
    return operations.start(
        call, 202, "snapshots.provisioned", id, Json.object(), view(entry), terms);
  }

  private void create(ArmId id, ObjectNode body) {
    ObjectNode given = Json.copy(body.path("properties"));
    String option = Json.text(given, "/creationData/createOption");
    if (!option.equals("Copy")) {
      throw Refusal.invalid(
          "creationData.createOption", "'" + option + "' is not simulated for snapshots, Copy is");
    }
    ArmId sourceId = new ArmId(Json.text(given, "/creationData/sourceResourceId"));
    Sources.Source source = sources.require(sourceId);
    if (source.entry().kind().equals(Disks.KIND)) {
      refuseWhatUltraCannot(source.entry(), given);
      checkLimits(sourceId, source);
    }
    Store.Entry entry = SnapshotModel.entry(id, body, given, source, clock.now());
    String copyId = UUID.randomUUID().toString();
    entry.sim().put("copyId", copyId).put("copying", true);
    store.save(entry);
    copy(entry, copyId, source);
  }

  /** Ultra and Premium SSD v2 disks have incremental snapshots only, and few at a time. */
  private void refuseWhatUltraCannot(Store.Entry disk, ObjectNode given) {
    if (BackgroundCopies.isSlow(disk) && !given.path("incremental").asBoolean(false)) {
      throw Refusal.notAllowed(
          "Disk '%s' is an Ultra or Premium SSD v2 disk: its snapshots must be incremental."
              .formatted(disk.id().name()));
    }
    copies.checkPending(disk);
  }

  /** A process that ended amid a copy leaves a snapshot that never was. */
  void removeUnfinished() {
    for (Store.Entry entry : store.list(KIND)) {
      if (entry.sim().has("copying")) {
        store.remove(entry);
      }
    }
  }

  private void copy(Store.Entry entry, String copyId, Sources.Source source) {
    try {
      store.unlocked(
          () -> {
            files.keepCopy(copyId, source.image(), source.guestState());
            return null;
          });
    } catch (RuntimeException e) {
      store.remove(entry);
      throw e;
    }
    entry.properties().put("timeCreated", clock.now().toString());
    entry.sim().remove("copying");
    copies.begin(source.entry(), entry.sim());
    store.save(entry);
  }

  private void checkLimits(ArmId disk, Sources.Source source) {
    long kept =
        store.list(KIND).stream()
            .filter(
                other ->
                    Json.text(other.properties(), "/creationData/sourceUniqueId")
                        .equals(source.uniqueId()))
            .count();
    if (kept >= PER_DISK_MAX) {
      throw Refusal.notAllowed(
          "Disk %s has %d snapshots, the most there can be.".formatted(disk.name(), kept));
    }
    rates.take(
        "snapshot/" + source.uniqueId(),
        RATE_MAX,
        RATE_WINDOW,
        "Disk %s had %d snapshots in 5 minutes.".formatted(disk.name(), RATE_MAX));
  }

  private Reply delete(Call call) {
    ArmId id = idOf(call);
    Optional<Store.Entry> entry = store.find(id);
    if (entry.isEmpty()) {
      return Reply.empty(204);
    }
    if (entry.get().sim().has("copying")) {
      throw Refusal.notAllowed("Snapshot '" + id.name() + "' is being created.");
    }
    refuseOpen(entry.get());
    entry.get().properties().put("provisioningState", "Deleting");
    store.save(entry.get());
    return operations.start(call, 202, "snapshots.delete", id, Json.object(), null);
  }

  private void check(Store.Entry entry) {
    String state = Json.text(entry.properties(), "/provisioningState");
    if (!state.equals("Succeeded")) {
      throw Refusal.notAllowed(
          "Snapshot '%s' is in state %s and cannot be read.".formatted(entry.id().name(), state));
    }
    copies.refusePending(entry);
    grants.checkFamily(entry.id(), familyOf(entry));
  }

  private void refuseOpen(Store.Entry entry) {
    if (grants.find(entry.id()).isPresent()) {
      throw Refusal.notAllowed(
          "Snapshot %s has an active access grant (state ActiveSAS): call endGetAccess before it is deleted."
              .formatted(entry.id().name()));
    }
  }

  private void remove(Store.Entry entry) {
    refuseOpen(entry);
    grants.revoke(entry.id());
    store.remove(entry);
    files.deleteCopy(Json.text(entry.sim(), "/copyId"));
  }

  private ObjectNode view(Store.Entry entry) {
    ObjectNode tree = entry.resource().deepCopy();
    String state = grants.find(entry.id()).isPresent() ? "ActiveSAS" : "Unattached";
    ObjectNode properties = Json.child(tree, "properties").put("diskState", state);
    int percent = copies.percent(entry);
    properties.put("completionPercent", percent);
    properties.put("snapshotAccessState", percent < 100 ? "Pending" : "Available");
    return tree;
  }

  private Grants.Grant open(Store.Entry entry, String access, long seconds) {
    if (!access.equals("Read")) {
      throw Refusal.notAllowed("A snapshot can be read only.");
    }
    return grants.openCopy(
        entry.id(),
        familyOf(entry),
        Json.text(entry.sim(), "/copyId"),
        entry.sim().get("size").asLong(),
        Instant.parse(entry.properties().get("timeCreated").asText()),
        seconds);
  }
}
