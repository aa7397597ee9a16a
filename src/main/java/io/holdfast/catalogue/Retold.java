package io.holdfast.catalogue;

import io.holdfast.catalogue.Lifecycle.Deletion;
import io.holdfast.catalogue.Lifecycle.Mark;
import io.holdfast.vault.Ledger;
import io.holdfast.vault.LedgerEntry;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** What was done to each point, as the vault's ledger tells it. */
final class Retold {
  private final Map<String, Lifecycle> points = new HashMap<>();

  /**
   * Reads the whole ledger.
   *
   * @throws io.holdfast.failure.Corrupt naming the file and the line that is damaged
   */
  static Retold from(Ledger ledger) {
    Retold retold = new Retold();
    ledger.read(LocalDate.EPOCH, recorded -> retold.apply(recorded.entry()));
    return retold;
  }

  /** What was done to a point. */
  Lifecycle of(String pointId) {
    return points.getOrDefault(pointId, Lifecycle.NEW);
  }

  private void apply(LedgerEntry entry) {
    if (entry.pointId() != null) {
      Lifecycle was = of(entry.pointId());
      points.put(entry.pointId(), after(was, entry));
    }
  }

  /** A line that was told twice changes nothing the second time, unless others came between. */
  private static Lifecycle after(Lifecycle was, LedgerEntry entry) {
    Mark mark = new Mark(entry.at(), entry.who(), entry.why());
    Deletion deletion = was.deletion();
    return switch (entry.event()) {
      case POINT_MADE -> new Lifecycle(was.pin(), was.legalHold(), deletion, true, was.untold());
      case PINNED -> was.withPin(mark);
      case UNPINNED -> later(mark, was.pin()) ? was.withPin(null) : was;
      case HELD_FOR_LAW -> was.withLegalHold(mark);
      case LEGAL_HOLD_ENDED -> later(mark, was.legalHold()) ? was.withLegalHold(null) : was;
      case SOFT_DELETED ->
          deletion != null
              ? was
              : was.withDeletion(
                  new Deletion(mark, Objects.requireNonNullElse(entry.until(), Instant.MAX), null));
      case UNDELETED -> was.withDeletion(null);
      case PURGE_MARKED ->
          deletion == null
              ? was
              : was.withDeletion(new Deletion(deletion.deleted(), deletion.purgeAfter(), mark));
      case POLICY_PUT, POLICY_DELETED, PROTECTION_CHANGED, OTHER -> was;
    };
  }

  private static boolean later(Mark end, Mark begun) {
    return begun == null || !end.at().isBefore(begun.at());
  }
}
