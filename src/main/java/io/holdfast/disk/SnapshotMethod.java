package io.holdfast.disk;

import java.util.List;

/** How a VM's disks are frozen: the rungs of the consistency ladder, the best first. */
public enum SnapshotMethod {
  /** A restore point without a mode: VSS on Windows, fsfreeze on Linux, through the extension. */
  RESTORE_POINT,
  /** A restore point in crash-consistent mode: no agent, all disks at one instant. */
  CRASH_RESTORE_POINT,
  /** An incremental snapshot of each disk on its own: no consistency between disks. */
  DISK_SNAPSHOTS;

  /** The rungs for a VM in this state, in the order in which they are tried. */
  public static List<SnapshotMethod> ladder(boolean running) {
    return running
        ? List.of(RESTORE_POINT, CRASH_RESTORE_POINT, DISK_SNAPSHOTS)
        : List.of(CRASH_RESTORE_POINT, DISK_SNAPSHOTS);
  }

  /** Whether a restore point of this rung holds such a disk; otherwise it is snapshotted singly. */
  public boolean holds(SnapshotSet.Fit fit) {
    return switch (this) {
      case RESTORE_POINT -> fit != SnapshotSet.Fit.NONE;
      case CRASH_RESTORE_POINT -> fit == SnapshotSet.Fit.ANY;
      case DISK_SNAPSHOTS -> false;
    };
  }

  /** What users call it. */
  public String label() {
    return switch (this) {
      case RESTORE_POINT -> "restore point";
      case CRASH_RESTORE_POINT -> "crash-consistent restore point";
      case DISK_SNAPSHOTS -> "snapshots of single disks";
    };
  }
}
