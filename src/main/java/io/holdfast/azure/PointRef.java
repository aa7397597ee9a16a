package io.holdfast.azure;

import io.holdfast.disk.ArmId;
import io.holdfast.disk.SnapshotSet;

/** Where a restore point is: the four names of its ARM id. */
record PointRef(String subscription, String group, String collection, String name) {
  static PointRef of(SnapshotSet set) {
    return new PointRef(
        ArmId.subscriptionOf(set.vmId()), set.group(), set.collection(), set.name());
  }

  /**
   * @param id {@code /subscriptions/../resourceGroups/../providers/Microsoft.Compute/
   *     restorePointCollections/../restorePoints/..}
   */
  static PointRef of(String id) {
    String[] parts = id.split("/", -1);
    if (!isRestorePoint(id)) {
      throw new IllegalArgumentException("not the id of a restore point: " + id);
    }
    return new PointRef(parts[2], parts[4], parts[8], parts[10]);
  }

  /** Whether an ARM id is that of a restore point. */
  static boolean isRestorePoint(String id) {
    String[] parts = id.split("/", -1);
    return parts.length == 11
        && parts[7].equalsIgnoreCase("restorePointCollections")
        && parts[9].equalsIgnoreCase("restorePoints");
  }

  /** For messages. */
  @Override
  public String toString() {
    return collection + "/" + name;
  }
}
