package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.UUID;

/** What the body of a disk's PUT may say, and the resource that comes of it. */
final class DiskModel {
  private static final long MIB = 1L << 20;
  private static final long DISK_BYTES_MAX = 32L << 40;
  private static final long UPLOAD_BYTES_MIN = 20_972_032;

  private DiskModel() {}

  /** Refuses a PUT that makes another disk of one that exists. */
  static void refuseOtherSource(Store.Entry entry, ObjectNode body) {
    for (String property : new String[] {"createOption", "sourceResourceId", "uploadSizeBytes"}) {
      String pointer = "/creationData/" + property;
      String asked = Json.text(body.path("properties"), pointer);
      if (!asked.equalsIgnoreCase(Json.text(entry.properties(), pointer))) {
        throw new Refusal(
            409,
            "PropertyChangeNotAllowed",
            "Changing property 'creationData.%s' of disk '%s' is not allowed."
                .formatted(property, entry.id().name()));
      }
    }
  }

  /** The resource of a new disk. */
  static Store.Entry entry(
      ArmId id, ObjectNode body, ObjectNode given, long size, Instant now, boolean upload) {
    ObjectNode resource = Json.copy(body);
    resource.put("id", id.text()).put("name", id.name()).put("type", "Microsoft.Compute/disks");
    given
        .put("diskSizeBytes", size)
        .put("diskSizeGB", (size + Disks.GIB - 1) / Disks.GIB)
        .put("uniqueId", UUID.randomUUID().toString())
        .put("timeCreated", now.toString())
        .put("provisioningState", "Updating");
    putIfMissing(given, "networkAccessPolicy", "AllowAll");
    putIfMissing(given, "publicNetworkAccess", "Enabled");
    if (!given.has("encryption")) {
      given.putObject("encryption").put("type", "EncryptionAtRestWithPlatformKey");
    }
    resource.set("properties", given);
    if (!resource.has("sku")) {
      resource.putObject("sku").put("name", "Standard_LRS").put("tier", "Standard");
    }
    ObjectNode sim = Json.object();
    if (upload) {
      sim.put("upload", true);
    }
    return new Store.Entry(Disks.KIND, id.key(), resource, sim);
  }

  private static void putIfMissing(ObjectNode node, String name, String value) {
    if (!node.has(name)) {
      node.put(name, value);
    }
  }

  /** The size that a body asks for: our extension diskSizeBytes, else diskSizeGB. */
  static long sizeOf(ObjectNode given, long fallback) {
    if (given.has("diskSizeBytes")) {
      long bytes = given.get("diskSizeBytes").asLong();
      if (bytes < 512 || bytes % 512 != 0 || bytes > DISK_BYTES_MAX) {
        throw Refusal.invalid(
            "diskSizeBytes", bytes + " is not a multiple of 512 in 512.." + DISK_BYTES_MAX);
      }
      return bytes;
    }
    long gib = given.path("diskSizeGB").asLong(0);
    if (gib < 0 || gib * Disks.GIB > DISK_BYTES_MAX || (gib == 0 && fallback == 0)) {
      throw Refusal.invalid("diskSizeGB", gib + " is not in 1.." + DISK_BYTES_MAX / Disks.GIB);
    }
    return gib == 0 ? fallback : gib * Disks.GIB;
  }

  /** Upload sizes as in disks-upload-vhd-to-managed-disk. */
  static void checkUpload(long bytes) {
    if (bytes < UPLOAD_BYTES_MIN
        || bytes > DISK_BYTES_MAX + VhdFooter.BYTES
        || (bytes - VhdFooter.BYTES) % MIB != 0) {
      throw Refusal.invalid(
          "creationData.uploadSizeBytes",
          "%d is not whole MiB plus 512 in %d..%d"
              .formatted(bytes, UPLOAD_BYTES_MIN, DISK_BYTES_MAX + VhdFooter.BYTES));
    }
  }
}
