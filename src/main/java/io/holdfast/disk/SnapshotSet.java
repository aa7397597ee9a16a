package io.holdfast.disk;

import java.util.ArrayList;
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
 * @param excluded ARM ids of the VM's disks that are not, in order; null in rows of before there
 *     was a choice: none
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
    List<SourceDisk> disks,
    List<String> excluded) {

  /**
   * Which restore points can hold a disk (azure-compute-docs, "Support matrix for restore points").
   */
  public enum Fit {
    /** All. */
    ANY,
    /** All but crash-consistent ones: Ultra, Premium SSD v2, write-accelerated disks. */
    NOT_CRASH,
    /** None: shared disks. */
    NONE
  }

  /**
   * A disk to snapshot.
   *
   * @param key {@code os} or {@code lunN}
   * @param id ARM id of the disk
   * @param uniqueId the disk's immutable id
   * @param fit which restore points can hold it; null in rows of before there was a choice: all
   * @param guestState whether the guest state of a Trusted Launch VM is kept with it
   * @param diskAccess ARM id of the disk access object that its owner allows reads through; null:
   *     reads are allowed from everywhere
   */
  public record SourceDisk(
      String key, String id, String uniqueId, Fit fit, boolean guestState, String diskAccess) {
    public SourceDisk {
      fit = fit == null ? Fit.ANY : fit;
    }

    /** A disk without any of that. */
    public SourceDisk(String key, String id, String uniqueId) {
      this(key, id, uniqueId, Fit.ANY, false, null);
    }
  }

  public SnapshotSet {
    disks = List.copyOf(disks);
    excluded = excluded == null ? List.of() : List.copyOf(excluded);
  }

  /** A set of all of a VM's disks. */
  public SnapshotSet(
      int number,
      SnapshotMethod method,
      String vmId,
      String location,
      String group,
      String collection,
      String name,
      String owner,
      List<SourceDisk> disks) {
    this(number, method, vmId, location, group, collection, name, owner, disks, List.of());
  }

  /** The disks that are in the set's restore point; none for single snapshots. */
  public List<SourceDisk> pointDisks() {
    return disks.stream().filter(disk -> method.holds(disk.fit())).toList();
  }

  /** The disks that have a snapshot of their own. */
  public List<SourceDisk> singleDisks() {
    return disks.stream().filter(disk -> !method.holds(disk.fit())).toList();
  }

  /** What a restore point of this set must leave out: ARM ids. */
  public List<String> leftOut() {
    List<String> ids = new ArrayList<>(excluded);
    singleDisks().forEach(disk -> ids.add(disk.id()));
    return List.copyOf(ids);
  }

  /** How many snapshots it has when it is whole, guest states counted. */
  public int parts() {
    return disks.size() + (int) disks.stream().filter(SourceDisk::guestState).count();
  }

  /** Name of the snapshot of one disk, when each disk is snapshotted on its own. */
  public String snapshotName(String diskKey) {
    return name + "-" + diskKey;
  }
}
