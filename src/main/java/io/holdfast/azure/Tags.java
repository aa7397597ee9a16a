package io.holdfast.azure;

import io.holdfast.disk.ArmId;
import io.holdfast.disk.SnapshotSet;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tags by which Holdfast knows again what it made. Restore points can carry none. */
final class Tags {
  /** Name of the VM: whoever has it was made by Holdfast. */
  private static final String VM = "holdfast-vm";

  /** Id of the catalogue that asked for it. */
  private static final String CATALOGUE = "holdfast-catalogue";

  private Tags() {}

  static Map<String, String> of(SnapshotSet set) {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(VM, ArmId.nameOf(set.vmId()));
    if (set.owner() != null) {
      tags.put(CATALOGUE, set.owner());
    }
    return tags;
  }

  /**
   * Whether Holdfast made it.
   *
   * @param tags as Azure has them; null when there are none
   */
  static boolean ours(Map<String, String> tags) {
    return value(tags, VM) != null;
  }

  /** Id of the catalogue that owns it; null when no tag says so. */
  static String owner(Map<String, String> tags) {
    return value(tags, CATALOGUE);
  }

  /** Names of tags are compared without regard to case: tools that copy them may change it. */
  private static String value(Map<String, String> tags, String name) {
    if (tags == null) {
      return null;
    }
    return tags.entrySet().stream()
        .filter(tag -> tag.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }
}
