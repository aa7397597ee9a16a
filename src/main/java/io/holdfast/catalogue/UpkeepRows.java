package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One row an item: what the last look at its points found. */
public final class UpkeepRows {
  private static final String ROW = "upkeep";

  private final TableStore store;

  UpkeepRows(TableStore store) {
    this.store = store;
  }

  /** What was found last. */
  public Upkeep of(String itemId) {
    return store
        .get(Tables.CATALOGUE, key(itemId))
        .map(row -> Rows.json(row, "json", Upkeep.class))
        .orElse(Upkeep.NONE);
  }

  /** Notes what was found; of two looks at once the later one has it. */
  public void put(String itemId, Upkeep found) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putJson(values, "json", found);
    store.commit(Tables.CATALOGUE, List.of(new Change.Upsert(key(itemId), values)));
  }

  private static Key key(String itemId) {
    return Rows.key(itemId, ROW);
  }
}
