package io.holdfast.catalogue;

import java.util.List;

/**
 * A protected item: a VM, by its immutable GUID.
 *
 * @param id derives from the GUID: a VM that was made anew is another item
 * @param vmId the VM's ARM id when it was last seen
 * @param name the VM's name when it was last seen
 * @param activeBackup id of the backup that is queued or in progress; null when there is none
 * @param latestPoint id of the newest recovery point; null when there is none
 * @param vaultId id of the vault that holds its points; null when there is none, or when the newest
 *     one is of a build that did not note it
 */
public record Item(
    String id, String vmId, String name, String activeBackup, String latestPoint, String vaultId) {
  /** All states of protection that an item has by itself. */
  public static final List<String> PROTECTION_STATES = List.of("IRPending", "Protected");

  /**
   * The item of a VM.
   *
   * @param guid its {@code vmId}: a GUID
   */
  public static String idOf(String guid) {
    return guid.toLowerCase(java.util.Locale.ROOT);
  }

  Item withActive(String jobId) {
    return new Item(id, vmId, name, jobId, latestPoint, vaultId);
  }

  /** The item after a commit. */
  public Item withPoint(RecoveryPoint point) {
    return new Item(id, vmId, name, activeBackup, point.id(), point.vaultId());
  }

  /** What the API calls the state of its protection; one of {@link #PROTECTION_STATES}. */
  public String protectionState() {
    return latestPoint == null ? "IRPending" : "Protected";
  }
}
