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
}
