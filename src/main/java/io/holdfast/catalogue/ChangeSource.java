package io.holdfast.catalogue;

/** How it was found out what changed on a disk. */
public enum ChangeSource {
  /** The service compared the snapshot with the base's: reads what changed. */
  SNAPSHOT_DIFF("SnapshotDiff"),
  /** Every allocated range was read and compared with the base's digests. */
  COMPARE("Compare"),
  /** There was nothing to compare with. */
  FULL("Full");

  private final String text;

  ChangeSource(String text) {
    this.text = text;
  }

  /** Its name in rows, manifests and the API. */
  public String text() {
    return text;
  }
}
