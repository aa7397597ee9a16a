package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Row;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rows of policies, and how far the schedule got with each. The timer reads only these. */
public final class PolicyRows {
  private static final String POLICIES = "policy";
  private static final String CURSORS = "cursor";

  private final TableStore store;

  PolicyRows(TableStore store) {
    this.store = store;
  }

  public Optional<Versioned<Policy>> find(String name) {
    return store.get(Tables.POLICIES, Rows.key(POLICIES, name)).map(PolicyRows::policy);
  }

  public List<Policy> all() {
    return Rows.all(store, Tables.POLICIES, POLICIES, "").stream()
        .map(row -> policy(row).value())
        .toList();
  }

  /**
   * Writes a policy.
   *
   * @param etag of the version that is replaced; empty: none may be there
   * @return false when that is not so
   */
  public boolean put(Policy policy, Optional<String> etag) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putJson(values, "json", policy);
    TableStore.Key key = Rows.key(POLICIES, policy.name());
    return store.commit(
        Tables.POLICIES,
        List.of(
            etag.<Change>map(seen -> new Change.Replace(key, values, seen))
                .orElseGet(() -> new Change.Insert(key, values))));
  }

  /** A policy as the vault keeps it. */
  public String json(Policy policy) {
    return Rows.json(policy);
  }

  /**
   * Deletes a policy.
   *
   * @return false when it was changed meanwhile, or is gone
   */
  public boolean delete(String name, String etag) {
    return store.commit(
        Tables.POLICIES, List.of(new Change.Delete(Rows.key(POLICIES, name), etag)));
  }

  /** The newest slot of a policy that was turned into messages; empty before the first. */
  public Optional<Versioned<Instant>> cursor(String name) {
    return store
        .get(Tables.POLICIES, Rows.key(CURSORS, name))
        .map(row -> new Versioned<>(Instant.parse(row.text("slot")), row.etag()));
  }

  /**
   * Moves a policy's cursor.
   *
   * @return false when another tick moved it meanwhile
   */
  public boolean moveCursor(String name, Optional<Versioned<Instant>> was, Instant slot) {
    TableStore.Key key = Rows.key(CURSORS, name);
    Map<String, Object> values = Map.of("slot", slot.toString());
    return store.commit(
        Tables.POLICIES,
        List.of(
            was.<Change>map(seen -> new Change.Replace(key, values, seen.etag()))
                .orElseGet(() -> new Change.Insert(key, values))));
  }

  private static Versioned<Policy> policy(Row row) {
    return new Versioned<>(Rows.json(row, "json", Policy.class), row.etag());
  }
}
