package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.UUID;

/** Restore point collections. */
final class PointCollections {
  static final String KIND = "restorePointCollections";
  static final String ONE = Router.GROUP + "/restorePointCollections/{rpc}";

  private final Store store;
  private final Operations operations;
  private final RestorePoints points;

  PointCollections(Store store, Operations operations, RestorePoints points) {
    this.store = store;
    this.operations = operations;
    this.points = points;
  }

  void routes(Router router) {
    router.on("PUT", ONE, "RestorePointCollections_CreateOrUpdate", this::put);
    router.on("GET", ONE, "RestorePointCollections_Get", this::get);
    router.on("DELETE", ONE, "RestorePointCollections_Delete", this::delete);
    String list = "/restorePointCollections";
    router.on("GET", Router.GROUP + list, "RestorePointCollections_List", this::list);
    router.on("GET", Router.SUBSCRIPTION + list, "RestorePointCollections_ListAll", this::list);
    operations.register(
        "collections.delete",
        operation -> {
          ArmId id = new ArmId(Json.text(operation.resource(), "/target"));
          store.below(RestorePoints.KIND, id).forEach(points::refuseOpen);
          store.below(RestorePoints.KIND, id).forEach(points::remove);
          store.remove(KIND, id.key());
          return null;
        });
  }

  static ArmId idOf(Call call) {
    return call.id("restorePointCollections/" + call.var("rpc"));
  }

  private Reply get(Call call) {
    ArmId id = idOf(call);
    operations.touch(id);
    ObjectNode tree = store.require(id).resource().deepCopy();
    if (call.expands("restorePoints")) {
      ArrayNode list = Json.child(tree, "properties").putArray("restorePoints");
      for (Store.Entry point : store.below(RestorePoints.KIND, id)) {
        operations.touch(point.id());
        store.find(point.id()).ifPresent(found -> list.add(points.view(found, false)));
      }
    }
    return Reply.json(200, tree);
  }

  private Reply list(Call call) {
    return Listing.page(
        call, Listing.inScope(store, call, KIND), entry -> entry.resource().deepCopy());
  }

  private Reply put(Call call) {
    ArmId id = idOf(call);
    ObjectNode body = call.json();
    Optional<Store.Entry> existing = store.find(id);
    String source = Json.text(body, "/properties/source/id");
    if (existing.isEmpty()) {
      return Reply.json(201, create(id, body, source).resource());
    }
    Store.Entry entry = existing.get();
    if (!source.isEmpty()
        && !source.equalsIgnoreCase(Json.text(entry.properties(), "/source/id"))) {
      throw new Refusal(
          409,
          "PropertyChangeNotAllowed",
          "Changing property 'source.id' of collection '%s' is not allowed.".formatted(id.name()));
    }
    if (body.has("tags")) {
      entry.resource().set("tags", body.get("tags").deepCopy());
      store.save(entry);
    }
    return Reply.json(200, entry.resource());
  }

  private Store.Entry create(ArmId id, ObjectNode body, String source) {
    ArmId vmId = new ArmId(source);
    if (!vmId.type().equalsIgnoreCase(Vms.KIND)) {
      throw Refusal.invalid(
          "source.id", "'" + source + "' is no VM; copies of collections are not simulated");
    }
    Store.Entry vm = store.require(vmId);
    if (!body.hasNonNull("location")) {
      throw new Refusal(
          400, "LocationRequired", "The location property is required for this definition.");
    }
    ObjectNode resource = Json.copy(body);
    resource.put("id", id.text()).put("name", id.name());
    resource.put("type", "Microsoft.Compute/restorePointCollections");
    ObjectNode properties = Json.child(resource, "properties");
    Json.child(properties, "source").put("location", Json.text(vm.resource(), "/location"));
    properties.put("restorePointCollectionId", UUID.randomUUID().toString());
    properties.put("provisioningState", "Succeeded");
    Store.Entry entry = new Store.Entry(KIND, id.key(), resource, Json.object());
    store.save(entry);
    return entry;
  }

  private Reply delete(Call call) {
    ArmId id = idOf(call);
    Optional<Store.Entry> entry = store.find(id);
    if (entry.isEmpty()) {
      return Reply.empty(204);
    }
    store.below(RestorePoints.KIND, id).forEach(points::refuseOpen);
    entry.get().properties().put("provisioningState", "Deleting");
    store.save(entry.get());
    return operations.start(call, 202, "collections.delete", id, Json.object(), null);
  }
}
