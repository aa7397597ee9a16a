package io.holdfast.catalogue;

import io.holdfast.catalogue.Job.ExcludedDisk;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SnapshotSet;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A recovery point: an immutable, restorable state of an item at an instant.
 *
 * @param id the point's id
 * @param jobId the job that made it
 * @param vmId ARM id that the VM had
 * @param time the instant that it holds
 * @param requested consistency that was asked for
 * @param achieved consistency that was achieved
 * @param base id of the point that it was compared with; null when there was none
 * @param disks its disks
 * @param excluded names of the VM's disks that it does not hold, with why; null in rows of before
 *     they were noted
 * @param manifest digest of the point manifest, 64 hex digits
 * @param snapshot the snapshots that are kept for instant restore; null when they are not kept
 * @param snapshotUntil until when they are kept; null when they are not kept
 * @param retainUntil day of its end, for a point of a VM without a policy; null otherwise
 * @param vaultId id of the vault that holds it; null in a row of a build that did not note it: then
 *     it is this catalogue's own
 * @param published whether the vault's {@code points/} has it: retention counts only such points
 * @param lifecycle what was done to it since; null in rows of before anything could be
 */
public record RecoveryPoint(
    String id,
    JobId jobId,
    String vmId,
    Instant time,
    Consistency requested,
    Consistency achieved,
    String base,
    List<PointDisk> disks,
    List<ExcludedDisk> excluded,
    String manifest,
    SnapshotSet snapshot,
    Instant snapshotUntil,
    Instant retainUntil,
    String vaultId,
    boolean published,
    Lifecycle lifecycle) {

  /**
   * A disk of a point.
   *
   * @param disk {@code os} or {@code lunN}
   * @param name resource name
   * @param uniqueId Azure's immutable id of the disk
   * @param sizeBytes exact size
   * @param root id of its disk manifest, 64 hex digits
   * @param snapshot its snapshot while that is kept; null otherwise
   */
  public record PointDisk(
      String disk,
      String name,
      String uniqueId,
      long sizeBytes,
      String root,
      DiskSnapshot snapshot) {}

  public RecoveryPoint {
    disks = List.copyOf(disks);
    excluded = excluded == null ? List.of() : List.copyOf(excluded);
    lifecycle = lifecycle == null ? Lifecycle.NEW : lifecycle;
  }

  /** The item that it belongs to. */
  public String itemId() {
    return jobId.itemId();
  }

  /** Whether it can be restored from as it stands: it is in the vault, and not deleted. */
  public boolean available() {
    return published && lifecycle.state() == Lifecycle.State.AVAILABLE;
  }

  /** The disk of that immutable id, whatever its name or LUN was. */
  public Optional<PointDisk> diskOf(String uniqueId) {
    return disks.stream().filter(disk -> disk.uniqueId().equals(uniqueId)).findFirst();
  }

  /** A point to which nothing was done yet. */
  public RecoveryPoint(
      String id,
      JobId jobId,
      String vmId,
      Instant time,
      Consistency requested,
      Consistency achieved,
      String base,
      List<PointDisk> disks,
      List<ExcludedDisk> excluded,
      String manifest,
      SnapshotSet snapshot,
      Instant snapshotUntil,
      Instant retainUntil,
      String vaultId,
      boolean published) {
    this(
        id,
        jobId,
        vmId,
        time,
        requested,
        achieved,
        base,
        disks,
        excluded,
        manifest,
        snapshot,
        snapshotUntil,
        retainUntil,
        vaultId,
        published,
        Lifecycle.NEW);
  }

  RecoveryPoint asPublished() {
    return with(disks, snapshot, snapshotUntil, true, lifecycle);
  }

  /** The point after something was done to it. */
  public RecoveryPoint with(Lifecycle next) {
    return with(disks, snapshot, snapshotUntil, published, next);
  }

  /** The point after its snapshots were removed. */
  public RecoveryPoint withoutSnapshot() {
    List<PointDisk> bare =
        disks.stream()
            .map(
                d -> new PointDisk(d.disk(), d.name(), d.uniqueId(), d.sizeBytes(), d.root(), null))
            .toList();
    return with(bare, null, null, published, lifecycle);
  }

  private RecoveryPoint with(
      List<PointDisk> nextDisks,
      SnapshotSet nextSnapshot,
      Instant nextUntil,
      boolean nowPublished,
      Lifecycle next) {
    return new RecoveryPoint(
        id,
        jobId,
        vmId,
        time,
        requested,
        achieved,
        base,
        nextDisks,
        excluded,
        manifest,
        nextSnapshot,
        nextUntil,
        retainUntil,
        vaultId,
        nowPublished,
        next);
  }
}
