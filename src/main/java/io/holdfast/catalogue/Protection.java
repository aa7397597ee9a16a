package io.holdfast.catalogue;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSelection;

/**
 * How a VM is snapshotted, as its policy or an on-demand request says.
 *
 * @param consistency what is asked for; null: the best that suits the VM
 * @param required whether less than {@code consistency} is no backup: the job fails
 * @param extension whether the snapshot extension may be installed in the guest
 * @param disks which disks
 */
public record Protection(
    Consistency consistency, boolean required, boolean extension, DiskSelection disks) {
  /** The best that suits the VM, of all disks. */
  public static final Protection DEFAULT = new Protection(null, false, true, DiskSelection.ALL);

  public Protection {
    disks = disks == null ? DiskSelection.ALL : disks;
  }

  /** Whether less than this consistency would be no backup. */
  public boolean refuses(Consistency achieved) {
    return required && consistency != null && achieved.below(consistency);
  }
}
