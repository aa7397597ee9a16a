package io.holdfast.vault;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The laws of the ids that stand in a vault. Job and point ids embed the item's. */
public final class VaultNames {
  private static final String ITEM = "[a-z0-9][a-z0-9-]{0,62}";
  private static final Pattern ITEM_ID = Pattern.compile(ITEM);
  private static final Pattern POINT_ID = Pattern.compile("(" + ITEM + ")-p[0-9]{17}-[0-9a-f]{6}");
  private static final Pattern JOB_ID = Pattern.compile("(" + ITEM + ")-j[0-9]{17}-[0-9a-f]{6}");
  private static final Pattern DISK = Pattern.compile("[a-z][a-zA-Z0-9]{0,31}");

  private VaultNames() {}

  /** The item that a point id names; empty when it is no point id. */
  public static Optional<String> itemOfPoint(String pointId) {
    Matcher matcher = POINT_ID.matcher(pointId);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  static String requireItemId(String itemId) {
    return require(ITEM_ID, "itemId", itemId);
  }

  static String requirePointId(String pointId) {
    return require(POINT_ID, "pointId", pointId);
  }

  static String requireJobId(String jobId) {
    return require(JOB_ID, "jobId", jobId);
  }

  /** {@code os}, {@code lun0}, or what else a later version calls a disk. */
  static String requireDisk(String disk) {
    return require(DISK, "disk", disk);
  }

  static String require(String field, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(field + " is missing");
    }
    return value;
  }

  static <T> T requirePresent(String field, T value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
    return value;
  }

  private static String require(Pattern law, String field, String value) {
    if (value == null || !law.matcher(value).matches()) {
      throw new IllegalArgumentException("%s '%s' is not %s".formatted(field, value, law));
    }
    return value;
  }
}
