package io.holdfast.vault;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * All that is needed to restore an item as it was at an instant: the VM's model and, per disk, the
 * root that proves its bytes. Stored as the JSON bytes that were written first; its id is their
 * digest, so that they are never written again from the record.
 *
 * @param formatVersion 1
 * @param vmId the VM's ARM id when it was backed up
 * @param vmGuid the VM's immutable id
 * @param time the instant that the point stands for, as lists show it
 * @param snapshotTime when Azure took the snapshots
 * @param base the point that this one built on; null for none
 * @param vm the captured model: an object whose fields the restore knows
 */
public record PointManifest(
    int formatVersion,
    String vaultId,
    String itemId,
    String pointId,
    String vmId,
    String vmGuid,
    String jobId,
    Instant time,
    Instant snapshotTime,
    Consistency consistency,
    String base,
    JsonNode vm,
    List<Disk> disks,
    List<ExcludedDisk> excludedDisks,
    List<Warning> warnings) {
  public PointManifest {
    if (formatVersion != VaultConfig.FORMAT_VERSION) {
      throw new IllegalArgumentException("formatVersion is " + formatVersion + ", not 1");
    }
    VaultNames.require("vaultId", vaultId);
    VaultNames.requireItemId(itemId);
    VaultNames.requirePointId(pointId);
    VaultNames.require("vmId", vmId);
    VaultNames.require("vmGuid", vmGuid);
    VaultNames.requireJobId(jobId);
    VaultNames.requirePresent("time", time);
    VaultNames.requirePresent("snapshotTime", snapshotTime);
    VaultNames.requirePresent("consistency", consistency);
    if (!itemId.equals(VaultNames.itemOfPoint(pointId).orElseThrow())) {
      throw new IllegalArgumentException(
          "point %s is not one of item %s".formatted(pointId, itemId));
    }
    if (base != null) {
      VaultNames.requirePointId(base);
    }
    if (vm == null || !vm.isObject()) {
      throw new IllegalArgumentException("vm is not an object");
    }
    disks = List.copyOf(VaultNames.requirePresent("disks", disks));
    long names = disks.stream().map(Disk::disk).distinct().count();
    if (disks.isEmpty() || names != disks.size()) {
      throw new IllegalArgumentException("a point has at least one disk, and each only once");
    }
    excludedDisks = excludedDisks == null ? List.of() : List.copyOf(excludedDisks);
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
  }

  /**
   * {@code ApplicationConsistent}, {@code FileSystemConsistent} or {@code CrashConsistent}.
   *
   * @param requested the rung that the job tried first
   * @param achieved the rung that it got
   */
  public record Consistency(String requested, String achieved) {
    public Consistency {
      VaultNames.require("consistency.requested", requested);
      VaultNames.require("consistency.achieved", achieved);
    }
  }

  /**
   * One disk.
   *
   * @param disk {@code os} or {@code lunN}: unique in the point
   * @param name the managed disk's name
   * @param diskId its ARM id
   * @param uniqueId what tells it from another disk of that name
   * @param lun null for the OS disk
   * @param sizeBytes exact length
   * @param logicalSectorBytes 512 or 4096
   * @param changeSource {@code SnapshotDiff}, {@code Compare} or {@code Full}
   * @param reason why that one
   * @param root id of the disk manifest, in hexadecimal
   * @param bytesRead fetched from the snapshot
   * @param bytesTransferred plaintext of the chunks that were sent
   * @param bytesStored of the objects that were new
   * @param model what else a restore has to know: sku, caching, zone
   */
  public record Disk(
      String disk,
      String name,
      String diskId,
      String uniqueId,
      Integer lun,
      long sizeBytes,
      int logicalSectorBytes,
      String changeSource,
      String reason,
      String root,
      long bytesRead,
      long bytesTransferred,
      long bytesStored,
      JsonNode model) {
    public Disk {
      VaultNames.requireDisk(disk);
      VaultNames.require("name", name);
      VaultNames.require("diskId", diskId);
      VaultNames.require("uniqueId", uniqueId);
      if (sizeBytes < 1) {
        throw new IllegalArgumentException("sizeBytes of disk %s is %d".formatted(disk, sizeBytes));
      }
      VaultNames.require("changeSource", changeSource);
      VaultNames.requirePresent("reason", reason);
      Digest unused = Digest.ofHex(VaultNames.require("root", root));
      if (model == null || !model.isObject()) {
        throw new IllegalArgumentException("model of disk %s is not an object".formatted(disk));
      }
    }

    /** The id of the disk manifest. */
    public Digest rootDigest() {
      return Digest.ofHex(root);
    }
  }

  /**
   * A disk that the point does not hold.
   *
   * @param lun null for the OS disk
   */
  public record ExcludedDisk(String disk, String name, String diskId, Integer lun, String reason) {
    public ExcludedDisk {
      VaultNames.requireDisk(disk);
      VaultNames.require("name", name);
      VaultNames.require("reason", reason);
    }
  }

  /** As in a job: {@code remedy} says what to do. */
  public record Warning(String code, String message, String remedy) {
    public Warning {
      VaultNames.require("code", code);
      VaultNames.require("message", message);
      VaultNames.requirePresent("remedy", remedy);
    }
  }

  /** The disk of that name. */
  public Optional<Disk> findDisk(String disk) {
    return disks.stream().filter(candidate -> candidate.disk().equals(disk)).findFirst();
  }

  byte[] encode() {
    return VaultJson.write(this);
  }

  static PointManifest decode(String name, byte[] json) {
    return VaultJson.read(name, json, PointManifest.class);
  }
}
