package io.holdfast.backup;

/**
 * Where snapshots are made, and by which extension.
 *
 * @param group name of the resource group for snapshots, in each VM's subscription
 * @param windowsVersion {@code typeHandlerVersion} of {@code VMSnapshot}
 * @param linuxVersion {@code typeHandlerVersion} of {@code VMSnapshotLinux}
 */
public record SnapshotSite(String group, String windowsVersion, String linuxVersion) {
  /** As Azure's documentation shows them. */
  public static final String WINDOWS_VERSION = "1.9";

  public static final String LINUX_VERSION = "1.0";

  /** A group, and the documented versions. */
  public static SnapshotSite of(String group) {
    return new SnapshotSite(group, WINDOWS_VERSION, LINUX_VERSION);
  }

  String extensionVersion(boolean windows) {
    return windows ? windowsVersion : linuxVersion;
  }
}
