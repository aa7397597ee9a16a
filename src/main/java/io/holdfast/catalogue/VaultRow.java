package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Row;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The row that binds this catalogue to its one vault. */
public final class VaultRow {
  private static final Key KEY = new Key("vault", "vault");

  private final TableStore store;

  VaultRow(TableStore store) {
    this.store = store;
  }

  /**
   * Who belongs together.
   *
   * @param catalogueId this catalogue's id
   * @param vaultId the vault's id; null until it was seen
   */
  public record Binding(String catalogueId, String vaultId) {}

  /** The binding; the first caller's proposal becomes this catalogue's id. */
  public Binding bind(String proposedCatalogueId) {
    Optional<Row> row = store.get(Tables.CATALOGUE, KEY);
    if (row.isEmpty()) {
      store.commit(
          Tables.CATALOGUE,
          List.of(new Change.Insert(KEY, Map.of("catalogueId", proposedCatalogueId))));
      row = store.get(Tables.CATALOGUE, KEY);
    }
    Row found = row.orElseThrow();
    return new Binding(found.text("catalogueId"), found.text("vaultId"));
  }

  /** The binding as it is now; empty when its row is gone. */
  Optional<Binding> find() {
    return store
        .get(Tables.CATALOGUE, KEY)
        .map(row -> new Binding(row.text("catalogueId"), row.text("vaultId")));
  }

  /** Notes the vault's id, once. */
  public void bindVault(String vaultId) {
    Row row = store.get(Tables.CATALOGUE, KEY).orElseThrow();
    if (row.text("vaultId") == null) {
      store.commit(
          Tables.CATALOGUE, List.of(new Change.Merge(KEY, Map.of("vaultId", vaultId), row.etag())));
    }
  }
}
