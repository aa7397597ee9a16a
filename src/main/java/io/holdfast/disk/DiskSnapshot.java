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
 */
public record DiskSnapshot(
    String disk,
    String id,
    boolean restorePoint,
    String uniqueId,
    String family,
    int logicalSectorBytes) {}
