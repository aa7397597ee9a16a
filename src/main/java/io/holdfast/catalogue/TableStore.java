package io.holdfast.catalogue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * PORT: Table Storage. Failures are {@link io.holdfast.failure.Unavailable} (try later, it may have
 * happened) and {@link io.holdfast.failure.Invalid} (no such table, no access). Safe for use by
 * several threads.
 */
public interface TableStore {
  /** Matches any version of a row that exists. */
  String ANY = "*";

  /**
   * The place of a row.
   *
   * @param partition 1 to 512 characters, none of {@code / \ # ?} and no control characters
   * @param row the same
   */
  record Key(String partition, String row) {}

  /**
   * A row as it was read.
   *
   * @param etag changes with every write
   * @param timestamp the service's time of its last write
   * @param values String, Long, Boolean and byte[] only
   */
  record Row(Key key, String etag, Instant timestamp, Map<String, Object> values) {
    public String text(String name) {
      return (String) values.get(name);
    }

    public byte[] bytes(String name) {
      return (byte[]) values.get(name);
    }

    public long number(String name) {
      Object value = values.get(name);
      return value == null ? 0 : ((Number) value).longValue();
    }
  }

  /**
   * One page of a query, in order of row key.
   *
   * @param next pass it on to get the next page; absent on the last page only (a page may be empty
   *     and still have a next)
   */
  record Page(List<Row> rows, Optional<String> next) {}

  /** One change of a transaction. */
  sealed interface Change {
    Key key();

    /** The row must not exist. */
    record Insert(Key key, Map<String, Object> values) implements Change {}

    /** The row must have the ETag; all its values are replaced. */
    record Replace(Key key, Map<String, Object> values, String etag) implements Change {}

    /**
     * The row must exist and have the ETag ({@link #ANY}: any); the given values are added to it.
     */
    record Merge(Key key, Map<String, Object> values, String etag) implements Change {}

    /** The row must exist and have the ETag ({@link #ANY}: any). */
    record Delete(Key key, String etag) implements Change {}

    /** Whatever is there is replaced. For rows that can be made again, never for the truth. */
    record Upsert(Key key, Map<String, Object> values) implements Change {}
  }

  /** A row, or empty when there is none. */
  Optional<Row> get(String table, Key key);

  /**
   * One page of the rows of a partition whose keys lie in a range.
   *
   * @param from first row key, inclusive
   * @param to end of the range, exclusive
   * @param rowsMax 1 to 1,000: most rows on the page
   * @param next from the page before; empty for the first
   */
  Page query(
      String table, String partition, String from, String to, int rowsMax, Optional<String> next);

  /**
   * Makes all changes or none.
   *
   * @param changes 1 to 100, each of another row, all of one partition ({@link TableLimits})
   * @return false when a row was there that must not be, was gone, or had another ETag: nothing was
   *     changed then
   * @throws IllegalArgumentException when the changes break a limit of the service: a bug
   */
  boolean commit(String table, List<Change> changes);
}
