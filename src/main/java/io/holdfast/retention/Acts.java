package io.holdfast.retention;

import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.Lifecycle.Deletion;
import io.holdfast.catalogue.Lifecycle.Mark;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.vault.LedgerEvent;
import java.time.Instant;
import java.util.Objects;

/** What an act makes of a point, with the line that the ledger gets. Pure. */
final class Acts {
  /** Who is named where no person decided. */
  static final String SERVICE = "retention";

  private Acts() {}

  /**
   * The ledger's line of an act, whose id is the same whenever it is told again, and another one
   * for what somebody else did at the same instant.
   */
  static LedgerEntry line(RecoveryPoint point, LedgerEvent event, Mark mark, Instant until) {
    return LedgerEntry.ofPoint(
        "%s/%s/%s/%08x"
            .formatted(point.id(), event.label(), mark.at(), Objects.hash(mark.who(), mark.why())),
        mark.at(),
        event,
        point.id(),
        mark.who(),
        mark.why(),
        until);
  }

  /** The line of a point that was made: nobody decides that anew. */
  static LedgerEntry made(RecoveryPoint point) {
    return LedgerEntry.ofPoint(
        point.id() + "/" + LedgerEvent.POINT_MADE.label(),
        point.time(),
        LedgerEvent.POINT_MADE,
        point.id(),
        "backup",
        "job %s, %s".formatted(point.jobId(), point.achieved().text()),
        point.retainUntil());
  }

  static RecoveryPoint unpin(RecoveryPoint point, Mark mark) {
    return point.with(
        point.lifecycle().withPin(null).toTell(line(point, LedgerEvent.UNPINNED, mark, null)));
  }

  static RecoveryPoint release(RecoveryPoint point, Mark mark) {
    return point.with(
        point
            .lifecycle()
            .withLegalHold(null)
            .toTell(line(point, LedgerEvent.LEGAL_HOLD_ENDED, mark, null)));
  }

  static RecoveryPoint delete(RecoveryPoint point, Mark mark, Instant purgeAfter) {
    return point.with(
        point
            .lifecycle()
            .withDeletion(new Deletion(mark, purgeAfter, null))
            .toTell(line(point, LedgerEvent.SOFT_DELETED, mark, purgeAfter)));
  }

  static RecoveryPoint purge(RecoveryPoint point, Mark mark) {
    Deletion was = point.lifecycle().deletion();
    return point.with(
        point
            .lifecycle()
            .withDeletion(new Deletion(was.deleted(), was.purgeAfter(), mark))
            .toTell(line(point, LedgerEvent.PURGE_MARKED, mark, null)));
  }

  /** A point that is undeleted is pinned: the rule would delete it again at once. */
  static RecoveryPoint undelete(RecoveryPoint point, Mark mark) {
    return point.with(point.lifecycle().withDeletion(null).withPin(mark));
  }

  /** Whether the ledger is to be told anything of a point. */
  static boolean owes(RecoveryPoint point) {
    Lifecycle lifecycle = point.lifecycle();
    return point.published() && (!lifecycle.recorded() || !lifecycle.untold().isEmpty());
  }
}
