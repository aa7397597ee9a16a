package io.holdfast.disk;

import java.util.Map;

/**
 * What decides how a managed disk can be snapshotted and read.
 *
 * @param sku such as {@code Premium_LRS} or {@code UltraSSD_LRS}; empty when Azure does not say
 * @param shared whether more than one VM may attach it ({@code maxShares} over 1)
 * @param ephemeral whether it is an ephemeral OS disk, which lives on the host and has no snapshots
 * @param writeAccelerated whether the VM writes to it through the write accelerator
 * @param networkAccess who may export it
 * @param diskAccess ARM id of its disk access object, for {@link NetworkAccess#ALLOW_PRIVATE}; null
 *     otherwise
 * @param entraReads whether reads of its exports need a token of Microsoft Entra ({@code
 *     dataAccessAuthMode})
 * @param encryptionSet ARM id of the disk encryption set whose key of the customer encrypts it;
 *     null when the platform's key does
 * @param guestEncrypted whether the guest encrypts it (Azure Disk Encryption): its bytes are
 *     ciphertext
 * @param tags its tags
 */
public record DiskFacts(
    String sku,
    boolean shared,
    boolean ephemeral,
    boolean writeAccelerated,
    NetworkAccess networkAccess,
    String diskAccess,
    boolean entraReads,
    String encryptionSet,
    boolean guestEncrypted,
    Map<String, String> tags) {
  /** A disk about which there is nothing special. */
  public static final DiskFacts PLAIN =
      new DiskFacts(
          "", false, false, false, NetworkAccess.ALLOW_ALL, null, false, null, false, Map.of());

  /** Azure's {@code networkAccessPolicy}. */
  public enum NetworkAccess {
    ALLOW_ALL,
    ALLOW_PRIVATE,
    DENY_ALL
  }

  public DiskFacts {
    tags = Map.copyOf(tags);
  }

  /** Which restore points can hold it. An ephemeral disk has no snapshots of any kind. */
  public SnapshotSet.Fit fit() {
    if (shared || ephemeral) {
      return SnapshotSet.Fit.NONE;
    }
    boolean late = sku.startsWith("UltraSSD") || sku.startsWith("PremiumV2");
    return late || writeAccelerated ? SnapshotSet.Fit.NOT_CRASH : SnapshotSet.Fit.ANY;
  }
}
