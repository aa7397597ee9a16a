package io.holdfast.backup;

import io.holdfast.catalogue.JobId;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import java.util.List;

/** Names of what is made in Azure, derived from job and set number. Pure. */
final class SnapshotNames {
  private SnapshotNames() {}

  /**
   * A set's frozen decision.
   *
   * @param number of the set
   * @param owner id of the catalogue
   */
  static SnapshotSet set(
      JobId job,
      int number,
      SnapshotMethod method,
      String vmId,
      String location,
      String group,
      String owner,
      List<SourceDisk> disks) {
    // A VM that was moved has another ARM id, and a collection is bound to one.
    String moved = JobId.of("x", job.time(), ArmId.folded(vmId)).tail();
    return new SnapshotSet(
        number,
        method,
        vmId,
        location,
        group,
        "holdfast-%s-%s".formatted(job.itemId(), moved),
        "hf-%s-%s-%d".formatted(job.itemId(), job.stamp(), number),
        owner,
        disks);
  }
}
