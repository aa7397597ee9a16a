package io.holdfast.vault;

/** What an object holds: the byte in its header, and the folder of its name. */
public enum ObjectKind {
  CHUNK(1, "chunks"),
  SEGMENT_INDEX(2, "segments"),
  DISK_MANIFEST(3, "manifests"),
  POINT_MANIFEST(4, "manifests");

  private final byte code;
  private final String folder;

  ObjectKind(int code, String folder) {
    this.code = (byte) code;
    this.folder = folder;
  }

  byte code() {
    return code;
  }

  /** The folder that holds objects of this kind, without a slash. */
  public String folder() {
    return folder;
  }

  /** The full name of an object in the container: {@code chunks/0a/0a1b...}. */
  public String objectName(Digest id) {
    String hex = id.hex();
    return folder + "/" + hex.substring(0, 2) + "/" + hex;
  }
}
