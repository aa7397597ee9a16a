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
   * @param messageId Azure's id of it: again at the same time does nothing
   * @param reason why it failed for good
   */
  public void park(String queue, String messageId, String body, String reason, Instant now) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putText(values, "body", body);
    Rows.putText(values, "reason", reason);
    values.put("parkedAt", now.toString());
    store.commit(
        Tables.PARKED,
        List.of(new Change.Insert(Rows.key(queue, JobId.newestFirst(now, messageId)), values)));
  }

  /**
   * A message that is kept.
   *
   * @param reason why it failed for good; empty in a row of an earlier build
   */
  public record Parked(String body, String reason) {}

  /** The messages that are kept of a queue, newest first. */
  public List<Parked> parked(String queue) {
    return Rows.all(store, Tables.PARKED, queue, "").stream()
        .map(row -> new Parked(Rows.text(row, "body"), Rows.text(row, "reason")))
        .toList();
  }
}
