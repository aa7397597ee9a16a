package io.holdfast.backup;

import io.holdfast.catalogue.Job.Warning;

/**
 * What one pre-check found.
 *
 * @param name of the check
 * @param health Azure Backup's word for how bad it is
 * @param code of the finding; null when it passed
 * @param message what was found
 * @param remedy what to do; empty when there is nothing to do
 * @param degrades whether something that was asked for is not given because of it
 */
public record Check(
    String name, Health health, String code, String message, String remedy, boolean degrades) {
  /** How bad a finding is. */
  public enum Health {
    PASSED("Passed"),
    /** A backup is made, but not as good as it could be, or not for ever. */
    ACTION_SUGGESTED("ActionSuggested"),
    /** No backup is made. */
    ACTION_REQUIRED("ActionRequired");

    private final String text;

    Health(String text) {
      this.text = text;
    }

    /** What the API calls it. */
    public String text() {
      return text;
    }
  }

  static Check passed(String name, String message) {
    return new Check(name, Health.PASSED, null, message, "", false);
  }

  static Check suggested(String name, String code, String message, String remedy) {
    return new Check(name, Health.ACTION_SUGGESTED, code, message, remedy, false);
  }

  static Check degrades(String name, String code, String message, String remedy) {
    return new Check(name, Health.ACTION_SUGGESTED, code, message, remedy, true);
  }

  static Check required(String name, String code, String message, String remedy) {
    return new Check(name, Health.ACTION_REQUIRED, code, message, remedy, false);
  }

  boolean stops() {
    return health == Health.ACTION_REQUIRED;
  }

  Warning warning() {
    return new Warning(code, message, remedy);
  }
}
