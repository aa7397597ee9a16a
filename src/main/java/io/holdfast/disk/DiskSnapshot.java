package io.holdfast.disk;

/**
 * The snapshot of one disk, as Azure made it.
 *
 * @param disk {@code os} or {@code lunN}
 * @param id ARM id of the disk restore point or snapshot
 * @param restorePoint whether it is a disk restore point (and is removed with its restore point)
 * @param uniqueId immutable id of the disk it was made of
 * @param family Azure's id of the chain; diffs exist only inside one
 * @param logicalSectorBytes 512 or 4096
 * @param content what of the disk it reads; null in rows of before there was a choice: its bytes
 */
public record DiskSnapshot(
    String disk,
    String id,
    boolean restorePoint,
    String uniqueId,
    String family,
    int logicalSectorBytes,
    Content content) {

  /** What one access to a snapshot can read. */
  public enum Content {
    /** The disk's bytes. */
    DISK,
    /**
     * The guest state (VMGS) of a Trusted Launch VM that Azure keeps beside its OS disk: a blob of
     * its own, read by a second address of the same access.
     */
    GUEST_STATE
  }

  public DiskSnapshot {
    content = content == null ? Content.DISK : content;
  }

  /** A snapshot that is read for the disk's bytes. */
  public DiskSnapshot(
      String disk,
      String id,
      boolean restorePoint,
      String uniqueId,
      String family,
      int logicalSectorBytes) {
    this(disk, id, restorePoint, uniqueId, family, logicalSectorBytes, Content.DISK);
  }

  /** Whether it is the guest state. */
  public boolean guestState() {
    return content == Content.GUEST_STATE;
  }

  /** The guest state that was kept with this snapshot of a VM's OS disk. */
  public DiskSnapshot ofGuestState() {
    return new DiskSnapshot(
        Vm.GUEST_STATE,
        id,
        restorePoint,
        Vm.guestStateOf(uniqueId),
        family,
        logicalSectorBytes,
        Content.GUEST_STATE);
  }
}
