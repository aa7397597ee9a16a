package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One row an item: what a person decided about its protection. */
public final class StanceRows {
  private static final String ROW = "stance";

  private final TableStore store;

  StanceRows(TableStore store) {
    this.store = store;
  }

  /** What was decided last. */
  public Stance of(String itemId) {
    return store
        .get(Tables.CATALOGUE, key(itemId))
        .map(row -> Rows.json(row, "json", Stance.class))
        .orElse(Stance.PROTECTED);
  }

  /** Decides; of two persons at once the later one has it. */
  public void put(String itemId, Stance stance) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putJson(values, "json", stance);
    store.commit(Tables.CATALOGUE, List.of(new Change.Upsert(key(itemId), values)));
  }

  private static Key key(String itemId) {
    return Rows.key(itemId, ROW);
  }
}
