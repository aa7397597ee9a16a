package io.holdfast.disk;

import java.util.List;
import java.util.Map;

/**
 * A VM as Azure describes it now.
 *
 * @param id ARM id, as Azure spells it
 * @param guid the immutable {@code vmId}: lower-case GUID
 * @param name resource name
 * @param location Azure region
 * @param windows whether its OS disk holds Windows
 * @param running whether its power state is running
 * @param tags its tags
 * @param disks its managed disks, OS disk first, then by LUN; empty in an answer of a list
 * @param facts what decides how it can be snapshotted; nothing special in an answer of a list
 * @param model all of it as JSON text, as captured for a restore; empty in an answer of a list
 */
public record Vm(
    String id,
    String guid,
    String name,
    String location,
    boolean windows,
    boolean running,
    Map<String, String> tags,
    List<VmDisk> disks,
    VmFacts facts,
    String model) {

  /** What the API calls the guest state of a Trusted Launch VM, where it lists disks. */
  public static final String GUEST_STATE = "guestState";

  /**
   * One managed disk of a VM.
   *
   * @param key {@code os} or {@code lunN}: what the API calls it
   * @param name resource name
   * @param id ARM id
   * @param uniqueId Azure's immutable id: another disk of the same name has another one
   * @param lun logical unit number; -1 for the OS disk
   * @param sizeBytes exact size
   * @param facts what decides how it can be snapshotted and read
   * @param model what else a restore has to know (sku, zones, generation, encryption), as JSON text
   */
  public record VmDisk(
      String key,
      String name,
      String id,
      String uniqueId,
      int lun,
      long sizeBytes,
      DiskFacts facts,
      String model) {

    /** A disk about which there is nothing special. */
    public VmDisk(
        String key,
        String name,
        String id,
        String uniqueId,
        int lun,
        long sizeBytes,
        String model) {
      this(key, name, id, uniqueId, lun, sizeBytes, DiskFacts.PLAIN, model);
    }
  }

  public Vm {
    tags = Map.copyOf(tags);
    disks = List.copyOf(disks);
  }

  /** A VM about which there is nothing special. */
  public Vm(
      String id,
      String guid,
      String name,
      String location,
      boolean windows,
      boolean running,
      Map<String, String> tags,
      List<VmDisk> disks,
      String model) {
    this(id, guid, name, location, windows, running, tags, disks, VmFacts.PLAIN, model);
  }

  /** The id under which the guest state of an OS disk is known from point to point. */
  public static String guestStateOf(String osDiskUniqueId) {
    return osDiskUniqueId + "/" + GUEST_STATE;
  }

  /** The consistency that a backup of this VM asks for by default. */
  public Consistency defaultConsistency() {
    if (!running) {
      // Nothing writes to the disks of a VM that is off: whatever froze them, files are whole.
      return Consistency.FILE_SYSTEM_CONSISTENT;
    }
    return windows ? Consistency.APPLICATION_CONSISTENT : Consistency.FILE_SYSTEM_CONSISTENT;
  }
}
