package io.holdfast.catalogue;

import io.holdfast.vault.LedgerEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What was done to a recovery point after it was made. Each change makes a new one.
 *
 * <p>The acts that take protection away (a pin or a legal hold that ends, a deletion, a purge mark)
 * are first a row and then a line in the ledger: the line that is still to be written waits in
 * {@link #untold}, in the same row, so that none is lost and none tells what never happened.
 *
 * @param pin exempts it from retention; null: not pinned
 * @param legalHold forbids its deletion; null: none
 * @param deletion null: it is not deleted
 * @param recorded whether the ledger has that it was made
 * @param untold what the ledger is still to be told, oldest first
 */
public record Lifecycle(
    Mark pin, Mark legalHold, Deletion deletion, boolean recorded, List<LedgerEntry> untold) {
  /** Of a point to which nothing was done. */
  public static final Lifecycle NEW = new Lifecycle(null, null, null, false, List.of());

  public Lifecycle {
    untold = untold == null ? List.of() : List.copyOf(untold);
  }

  /**
   * That somebody decided something.
   *
   * @param at by the clock of whoever wrote it
   * @param who the user, or the part of the service
   * @param why the reason that was given
   */
  public record Mark(Instant at, String who, String why) {
    public Mark {
      Objects.requireNonNull(at, "at");
      Objects.requireNonNull(who, "who");
      Objects.requireNonNull(why, "why");
    }
  }

  /**
   * A deletion: soft, until it is marked for purge.
   *
   * @param deleted by whom, when and why
   * @param purgeAfter not before is it marked for purge; until then it can be undeleted
   * @param purge that it was marked, which is final; null: it was not
   */
  public record Deletion(Mark deleted, Instant purgeAfter, Mark purge) {
    public Deletion {
      Objects.requireNonNull(deleted, "deleted");
      Objects.requireNonNull(purgeAfter, "purgeAfter");
    }
  }

  /** What the API calls the state of a point. */
  public enum State {
    AVAILABLE("Available"),
    SOFT_DELETED("SoftDeleted"),
    /** It goes with the next collection, and nothing brings it back. */
    PURGE_MARKED("PurgeMarked");

    private final String text;

    State(String text) {
      this.text = text;
    }

    public String text() {
      return text;
    }
  }

  public State state() {
    if (deletion == null) {
      return State.AVAILABLE;
    }
    return deletion.purge() == null ? State.SOFT_DELETED : State.PURGE_MARKED;
  }

  public Optional<Mark> pinned() {
    return Optional.ofNullable(pin);
  }

  public Optional<Mark> heldForLaw() {
    return Optional.ofNullable(legalHold);
  }

  /** Whether a person forbids that it is deleted. */
  public boolean exempt() {
    return pin != null || legalHold != null;
  }

  /** With a pin, or without one. */
  public Lifecycle withPin(Mark mark) {
    return new Lifecycle(mark, legalHold, deletion, recorded, untold);
  }

  /** With a legal hold, or without one. */
  public Lifecycle withLegalHold(Mark mark) {
    return new Lifecycle(pin, mark, deletion, recorded, untold);
  }

  /** Deleted, or undeleted. */
  public Lifecycle withDeletion(Deletion to) {
    return new Lifecycle(pin, legalHold, to, recorded, untold);
  }

  /** With a line more that the ledger is to be told. */
  public Lifecycle toTell(LedgerEntry entry) {
    List<LedgerEntry> more = new ArrayList<>(untold);
    more.add(entry);
    return new Lifecycle(pin, legalHold, deletion, recorded, more);
  }

  /**
   * After the ledger was told.
   *
   * @param told ids of the lines that it has
   */
  public Lifecycle told(List<String> told) {
    return new Lifecycle(
        pin,
        legalHold,
        deletion,
        true,
        untold.stream().filter(entry -> !told.contains(entry.id())).toList());
  }
}
