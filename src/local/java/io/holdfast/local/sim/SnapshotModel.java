package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** The resource that comes of a snapshot's PUT, and what a later PUT may not change. */
final class SnapshotModel {
  private static final List<String> INHERITED =
      List.of(
          "osType",
          "hyperVGeneration",
          "securityProfile",
          "encryptionSettingsCollection",
          "dataAccessAuthMode");

  private SnapshotModel() {}

  static void refuseOtherSource(Store.Entry entry, ObjectNode body) {
    for (String pointer : List.of("/creationData/createOption", "/creationData/sourceResourceId")) {
      String asked = Json.text(body.path("properties"), pointer);
      if (!asked.equalsIgnoreCase(Json.text(entry.properties(), pointer))) {
        throw new Refusal(
            409,
            "PropertyChangeNotAllowed",
            "Changing property '%s' of snapshot '%s' is not allowed."
                .formatted(pointer.substring(1).replace('/', '.'), entry.id().name()));
      }
    }
  }

  /** The entry of a new snapshot; what it copies is not there yet. */
  static Store.Entry entry(
      ArmId id, ObjectNode body, ObjectNode given, Sources.Source source, Instant now) {
    boolean incremental = given.path("incremental").asBoolean(false);
    ObjectNode from = source.entry().properties();
    String family = Snapshots.family("snapshot", source.uniqueId());
    if (source.entry().sim().has("family")) {
      family = Json.text(source.entry().sim(), "/family");
    }
    ObjectNode resource = Json.copy(body);
    resource.put("id", id.text()).put("name", id.name());
    resource.put("type", "Microsoft.Compute/snapshots");
    Json.child(given, "creationData").put("sourceUniqueId", source.uniqueId());
    given.put("diskSizeBytes", source.image().size());
    given.put("diskSizeGB", (source.image().size() + Disks.GIB - 1) / Disks.GIB);
    for (String inherited : INHERITED) {
      if (from.has(inherited)) {
        given.set(inherited, from.get(inherited).deepCopy());
      }
    }
    if (incremental) {
      given.put("incrementalSnapshotFamilyId", family);
    }
    given.put("incremental", incremental).put("completionPercent", 100);
    given.put("uniqueId", UUID.randomUUID().toString()).put("provisioningState", "Creating");
    given.put("timeCreated", now.toString()).put("snapshotAccessState", "Available");
    given.putIfAbsent("networkAccessPolicy", Json.object().textNode("AllowAll"));
    given.putIfAbsent("publicNetworkAccess", Json.object().textNode("Enabled"));
    encrypt(given, from);
    resource.set("properties", given);
    ObjectNode sim =
        Json.object()
            .put("family", incremental ? family : given.get("uniqueId").asText())
            .put("size", source.image().size());
    if (source.entry().sim().has("guestState")) {
      sim.put("guestState", true);
    }
    return new Store.Entry(Snapshots.KIND, id.key(), resource, sim);
  }

  private static void encrypt(ObjectNode given, ObjectNode from) {
    if (given.at("/encryption/diskEncryptionSetId").isTextual()) {
      return;
    }
    if (from.at("/encryption/diskEncryptionSetId").isTextual()) {
      given.set("encryption", from.get("encryption").deepCopy());
    } else {
      given.putObject("encryption").put("type", "EncryptionAtRestWithPlatformKey");
    }
  }
}
