package io.holdfast.vault;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.holdfast.failure.Corrupt;
import java.time.Instant;

/**
 * The content of a point's object under {@code points/}: enough to list points without reading
 * their manifests. An empty object of that name is a tombstone: the point was purged and is no
 * root.
 *
 * @param manifest id of the point manifest, in hexadecimal
 * @param retainUntil day of its end, for a point of a VM without a policy: what the manifest does
 *     not hold, and a rebuild of the catalogue needs; null otherwise
 */
public record PointRef(
    int formatVersion,
    String vaultId,
    String itemId,
    String pointId,
    String vmId,
    Instant time,
    String manifest,
    @JsonInclude(JsonInclude.Include.NON_NULL) Instant retainUntil) {
  public PointRef {
    if (formatVersion != VaultConfig.FORMAT_VERSION) {
      throw new IllegalArgumentException("formatVersion is " + formatVersion + ", not 1");
    }
    VaultNames.require("vaultId", vaultId);
    VaultNames.require("vmId", vmId);
    VaultNames.requirePresent("time", time);
    PointName unused =
        new PointName(itemId, pointId, Digest.ofHex(VaultNames.require("manifest", manifest)));
  }

  /** The reference to a point whose manifest was stored under that id. */
  public static PointRef of(PointManifest point, Digest manifest) {
    return new PointRef(
        VaultConfig.FORMAT_VERSION,
        point.vaultId(),
        point.itemId(),
        point.pointId(),
        point.vmId(),
        point.time(),
        manifest.hex(),
        null);
  }

  public PointName name() {
    return new PointName(itemId, pointId, Digest.ofHex(manifest));
  }

  byte[] encode() {
    return VaultJson.write(this);
  }

  /**
   * @throws Corrupt if it is damaged or says another thing than its name
   */
  static PointRef decode(PointName name, byte[] json) {
    PointRef ref = VaultJson.read(name.objectName(), json, PointRef.class);
    if (!ref.name().equals(name)) {
      throw new Corrupt(
          "%s is damaged: it names point %s with manifest %s"
              .formatted(name.objectName(), ref.pointId(), ref.manifest()));
    }
    return ref;
  }
}
