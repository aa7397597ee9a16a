package io.holdfast.retention;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.vault.LedgerEntry;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Tells the vault's ledger what rows say that it is to be told. */
final class Telling {
  private final Catalogue catalogue;
  private final OwnVault vault;

  Telling(Catalogue catalogue, OwnVault vault) {
    this.catalogue = catalogue;
    this.vault = vault;
  }

  /** Writes lines that must be in the ledger before the row. */
  void first(List<LedgerEntry> entries) {
    vault.assertOwned();
    vault.vault().ledger().append(entries);
  }

  /**
   * Writes what waits in the rows of points, and notes that it is written. A line that was written
   * before its note was lost is written once more; it has the same id.
   *
   * @throws io.holdfast.failure.Unavailable when it may or may not be there: call again
   * @throws io.holdfast.failure.Corrupt when the ledger is damaged: nothing was written
   */
  void settle(List<RecoveryPoint> points) {
    List<RecoveryPoint> owing = points.stream().filter(Acts::owes).toList();
    if (owing.isEmpty()) {
      return;
    }
    List<LedgerEntry> entries = new ArrayList<>();
    for (RecoveryPoint point : owing) {
      if (!point.lifecycle().recorded()) {
        entries.add(Acts.made(point));
      }
      entries.addAll(point.lifecycle().untold());
    }
    first(entries);
    Set<String> told = new LinkedHashSet<>();
    entries.forEach(entry -> told.add(entry.id()));
    for (RecoveryPoint point : owing) {
      Optional<RecoveryPoint> unused =
          catalogue
              .points()
              .change(
                  point.id(),
                  now ->
                      Acts.owes(now)
                          ? Optional.of(now.with(now.lifecycle().told(List.copyOf(told))))
                          : Optional.empty());
    }
  }
}
