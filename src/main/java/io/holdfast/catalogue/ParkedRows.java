package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Messages that failed for good, kept for a human: newest first within a queue's partition. */
public final class ParkedRows {
  private final TableStore store;

  ParkedRows(TableStore store) {
    this.store = store;
  }

  /**
   * Keeps a message.
   *
   * @param messageId Azure's id of it: again does nothing
   */
  public void park(String queue, String messageId, String body, Instant now) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putText(values, "body", body);
    values.put("parkedAt", now.toString());
    store.commit(
        Tables.PARKED,
        List.of(new Change.Insert(Rows.key(queue, JobId.newestFirst(now, messageId)), values)));
  }

  /** The bodies that are kept of a queue, newest first. */
  public List<String> parked(String queue) {
    return Rows.all(store, Tables.PARKED, queue, "").stream()
        .map(row -> Rows.text(row, "body"))
        .toList();
  }
}
