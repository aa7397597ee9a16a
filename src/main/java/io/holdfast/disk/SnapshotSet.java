package io.holdfast.disk;

import java.util.List;

/**
 * A frozen decision: how all disks of one VM are snapshotted for one job, with every name derived,
 * so that the call can be repeated without making a second set.
 *
 * @param number 1 for a job's first try; a further rung is a new number
 * @param method the rung
 * @param vmId ARM id of the VM
 * @param location region in which the snapshots are made
 * @param group resource group of the snapshots, in the VM's subscription
 * @param collection name of the restore point collection (one a VM)
 * @param name name of the restore point, and first part of the names of single snapshots
 * @param owner id of the catalogue that asks for it: the tag {@code holdfast-catalogue} of
 *     collections and single snapshots; null in sets of before there was one
 * @param disks what is snapshotted
 */
public record SnapshotSet(
    int number,
    SnapshotMethod method,
    String vmId,
    String location,
    String group,
    String collection,
    String name,
    String owner,
    List<SourceDisk> disks) {

  /**
   * A disk to snapshot.
   *
   * @param key {@code os} or {@code lunN}
   * @param id ARM id of the disk
   * @param uniqueId the disk's immutable id
   */
  public record SourceDisk(String key, String id, String uniqueId) {}

  public SnapshotSet {
    disks = List.copyOf(disks);
  }

  /** Name of the snapshot of one disk, when each disk is snapshotted on its own. */
  public String snapshotName(String diskKey) {
    return name + "-" + diskKey;
  }
}
