package io.holdfast.catalogue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Page;
import io.holdfast.catalogue.TableStore.Row;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Unavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** What all rows have in common: how records and long texts become properties and come back. */
final class Rows {
  /** Characters of one property: two bytes each, and a property holds 64 KiB. */
  private static final int PART_CHARS = 30_000;

  private static final int ATTEMPTS_MAX = 100;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .registerModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private Rows() {}

  /** The values that a change writes; none for a delete. */
  static Map<String, Object> valuesOf(Change change) {
    if (change instanceof Change.Insert insert) {
      return insert.values();
    }
    if (change instanceof Change.Replace replace) {
      return replace.values();
    }
    if (change instanceof Change.Merge merge) {
      return merge.values();
    }
    if (change instanceof Change.Upsert upsert) {
      return upsert.values();
    }
    return Map.of();
  }

  /** Adds a record as JSON, over as many properties as its length needs. */
  static void putJson(Map<String, Object> values, String name, Object value) {
    putText(values, name, json(value));
  }

  static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("cannot write " + value.getClass(), e);
    }
  }

  static <T> T json(Row row, String name, Class<T> type) {
    try {
      return JSON.readValue(text(row, name), type);
    } catch (JsonProcessingException e) {
      throw new Corrupt("row %s: property %s cannot be read".formatted(row.key(), name), e);
    }
  }

  static void putText(Map<String, Object> values, String name, String text) {
    int part = 0;
    for (int at = 0; at == 0 || at < text.length(); at += PART_CHARS) {
      values.put(name + part++, text.substring(at, Math.min(text.length(), at + PART_CHARS)));
    }
  }

  static String text(Row row, String name) {
    StringBuilder text = new StringBuilder();
    for (int part = 0; row.values().get(name + part) instanceof String more; part++) {
      text.append(more);
    }
    return text.toString();
  }

  /** First key after all keys that begin with the prefix. */
  static String after(String prefix) {
    if (prefix.isEmpty()) {
      return "~~";
    }
    int last = prefix.length() - 1;
    return prefix.substring(0, last) + (char) (prefix.charAt(last) + 1);
  }

  /**
   * All rows whose keys begin with the prefix, to the end of the query: an empty page with a
   * continuation is not the end.
   */
  static List<Row> all(TableStore store, String table, String partition, String prefix) {
    List<Row> rows = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page page = store.query(table, partition, prefix, after(prefix), 1000, next);
      rows.addAll(page.rows());
      next = page.next();
    } while (next.isPresent());
    return rows;
  }

  /**
   * Deletes all rows whose keys begin with the prefix and that the predicate names, and looks again
   * until there is none: also what came between a look and its deletions goes.
   */
  static void deleteAll(
      TableStore store, String table, String partition, String prefix, Predicate<String> which) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      List<Change> deletes =
          all(store, table, partition, prefix).stream()
              .filter(row -> which.test(row.key().row()))
              .<Change>map(row -> new Change.Delete(row.key(), TableStore.ANY))
              .toList();
      if (deletes.isEmpty()) {
        return;
      }
      for (int at = 0; at < deletes.size(); at += TableLimits.CHANGES_MAX) {
        List<Change> part =
            deletes.subList(at, Math.min(deletes.size(), at + TableLimits.CHANGES_MAX));
        if (!store.commit(table, part)) {
          // Another run is deleting them too: one by one, whatever is left goes.
          part.forEach(delete -> store.commit(table, List.of(delete)));
        }
      }
    }
    throw new Unavailable(
        "rows %s of partition %s came again %d times while they were deleted"
            .formatted(prefix, partition, ATTEMPTS_MAX));
  }

  static Key key(String partition, String row) {
    return new Key(partition, row);
  }
}
