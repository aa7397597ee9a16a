package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One row an item: what is remembered of its guest. */
public final class GuestRows {
  private static final String ROW = "guest";

  private final TableStore store;

  GuestRows(TableStore store) {
    this.store = store;
  }

  /** What is remembered; empty when nothing is. */
  public Optional<Versioned<Guest>> find(String itemId) {
    return store
        .get(Tables.CATALOGUE, key(itemId))
        .map(row -> new Versioned<>(Rows.json(row, "json", Guest.class), row.etag()));
  }

  /**
   * Remembers: goes with a change of the item's job, so that a repeated step counts once.
   *
   * @param was what {@link #find} gave: another change meanwhile refuses this one
   */
  public Change put(String itemId, Optional<Versioned<Guest>> was, Guest next) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putJson(values, "json", next);
    return was.<Change>map(seen -> new Change.Replace(key(itemId), values, seen.etag()))
        .orElseGet(() -> new Change.Insert(key(itemId), values));
  }

  /**
   * Forgets bad freezes: the next backup tries a consistent snapshot again.
   *
   * @return false when a backup changed the row meanwhile: ask again
   */
  public boolean reset(String itemId) {
    Optional<Versioned<Guest>> was = find(itemId);
    return was.isEmpty()
        || store.commit(Tables.CATALOGUE, List.of(put(itemId, was, was.get().value().good())));
  }

  private static Key key(String itemId) {
    return Rows.key(itemId, ROW);
  }
}
