package io.holdfast.disk;

/** What a snapshot promises of the guest's data, the strongest first. */
public enum Consistency {
  APPLICATION_CONSISTENT("ApplicationConsistent"),
  FILE_SYSTEM_CONSISTENT("FileSystemConsistent"),
  CRASH_CONSISTENT("CrashConsistent");

  private final String text;

  Consistency(String text) {
    this.text = text;
  }

  /** Azure's name of it, used in rows, manifests and the API. */
  public String text() {
    return text;
  }

  /** Whether this is weaker than the other. */
  public boolean below(Consistency other) {
    return compareTo(other) > 0;
  }

  /**
   * @throws IllegalArgumentException for any other text
   */
  public static Consistency of(String text) {
    for (Consistency value : values()) {
      if (value.text.equals(text)) {
        return value;
      }
    }
    throw new IllegalArgumentException("not a consistency: " + text);
  }
}
