package io.holdfast.vault;

import java.util.Optional;

/**
 * The name of a point's object under {@code points/}. It alone says which point manifest is a root,
 * so that a listing is enough to find all roots.
 *
 * @param manifest id of the point manifest
 */
public record PointName(String itemId, String pointId, Digest manifest) {
  /** The folder of all points, with its slash. */
  public static final String FOLDER = "points/";

  public PointName {
    VaultNames.requireItemId(itemId);
    VaultNames.requirePointId(pointId);
    if (!VaultNames.itemOfPoint(pointId).orElseThrow().equals(itemId)) {
      throw new IllegalArgumentException(
          "point %s is not one of item %s".formatted(pointId, itemId));
    }
  }

  /** {@code points/<itemId>/<pointId>.<64 hex>}. */
  public String objectName() {
    return FOLDER + itemId + "/" + pointId + "." + manifest.hex();
  }

  /** Reads an object's full name; empty when it is none of a point. */
  public static Optional<PointName> parse(String objectName) {
    String[] parts = objectName.split("/", -1);
    if (parts.length != 3 || !objectName.startsWith(FOLDER)) {
      return Optional.empty();
    }
    int dot = parts[2].indexOf('.');
    if (dot < 0 || !Digest.isHex(parts[2].substring(dot + 1))) {
      return Optional.empty();
    }
    String pointId = parts[2].substring(0, dot);
    return VaultNames.itemOfPoint(pointId)
        .filter(parts[1]::equals)
        .map(itemId -> new PointName(itemId, pointId, Digest.ofHex(parts[2].substring(dot + 1))));
  }
}
