package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The limits of Table Storage, asserted before a commit is sent: Azurite accepts more than Azure,
 * so a test would not show that a commit breaks them. Every {@link TableStore} calls it.
 *
 * <p>Source: Azure's scalability and performance targets for Table Storage, and its data model.
 */
public final class TableLimits {
  public static final int CHANGES_MAX = 100;
  public static final int ENTITY_BYTES_MAX = 1 << 20;
  public static final int PROPERTY_BYTES_MAX = 64 << 10;

  /** Azure allows 255: three are its own, and one says which call wrote the row. */
  public static final int PROPERTIES_MAX = 251;

  public static final int KEY_CHARS_MAX = 512;
  public static final int REQUEST_BYTES_MAX = 4 << 20;

  private TableLimits() {}

  /**
   * @throws IllegalArgumentException naming the limit and the row that breaks it
   */
  public static void check(List<Change> changes) {
    if (changes.isEmpty() || changes.size() > CHANGES_MAX) {
      throw new IllegalArgumentException(
          "a commit holds 1 to %d changes, not %d".formatted(CHANGES_MAX, changes.size()));
    }
    String partition = changes.get(0).key().partition();
    Set<String> rows = new HashSet<>();
    long requestBytes = 0;
    for (Change change : changes) {
      checkKey(change.key().partition());
      checkKey(change.key().row());
      if (!change.key().partition().equals(partition)) {
        throw new IllegalArgumentException(
            "a commit changes one partition, not both %s and %s"
                .formatted(partition, change.key().partition()));
      }
      if (!rows.add(change.key().row())) {
        throw new IllegalArgumentException(
            "a commit changes a row once, not twice: " + change.key());
      }
      requestBytes += checkEntity(change);
    }
    if (requestBytes > REQUEST_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a commit holds at most %d bytes, not %d, in partition %s"
              .formatted(REQUEST_BYTES_MAX, requestBytes, partition));
    }
  }

  private static void checkKey(String key) {
    if (key.isEmpty() || key.length() > KEY_CHARS_MAX) {
      throw new IllegalArgumentException(
          "a key has 1 to %d characters, not %d: %s".formatted(KEY_CHARS_MAX, key.length(), key));
    }
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c == '/' || c == '\\' || c == '#' || c == '?' || Character.isISOControl(c)) {
        throw new IllegalArgumentException("a key must not hold '%s': %s".formatted(c, key));
      }
    }
  }

  private static long checkEntity(Change change) {
    Map<String, Object> values = Rows.valuesOf(change);
    if (values.size() > PROPERTIES_MAX) {
      throw new IllegalArgumentException(
          "a row has at most %d properties, not %d: %s"
              .formatted(PROPERTIES_MAX, values.size(), change.key()));
    }
    long entityBytes = 2L * (change.key().partition().length() + change.key().row().length());
    for (Map.Entry<String, Object> value : values.entrySet()) {
      long bytes = bytesOf(change, value.getKey(), value.getValue());
      if (bytes > PROPERTY_BYTES_MAX) {
        throw new IllegalArgumentException(
            "a property has at most %d bytes, not %d: %s of %s"
                .formatted(PROPERTY_BYTES_MAX, bytes, value.getKey(), change.key()));
      }
      entityBytes += bytes + 2L * value.getKey().length() + 8;
    }
    if (entityBytes > ENTITY_BYTES_MAX) {
      throw new IllegalArgumentException(
          "a row has at most %d bytes, not %d: %s"
              .formatted(ENTITY_BYTES_MAX, entityBytes, change.key()));
    }
    return entityBytes;
  }

  private static long bytesOf(Change change, String name, Object value) {
    if (value instanceof String text) {
      return 2L * text.length();
    }
    if (value instanceof byte[] bytes) {
      return bytes.length;
    }
    if (value instanceof Long || value instanceof Boolean) {
      return 8;
    }
    throw new IllegalArgumentException(
        "a property is a String, Long, Boolean or byte[]: %s of %s".formatted(name, change.key()));
  }
}
