package io.holdfast.retention;

import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;

/**
 * One recovery point as retention sees it.
 *
 * @param id tells it from the item's other points
 * @param time when its snapshot was taken
 * @param good whether it can be restored from, as far as is known
 * @param published whether the vault has it: until then it is neither counted nor ever expired
 * @param pinnedBy who pinned it; null: nobody
 * @param legalHold whether it must not be deleted for a legal reason
 * @param retainUntil the end of its own, which takes it out of all counts; null: the rule decides
 */
public record Candidate(
    String id,
    Instant time,
    boolean good,
    boolean published,
    String pinnedBy,
    boolean legalHold,
    Instant retainUntil) {
  /** Of points of one time the one with the greater id is the newer one, so that order is total. */
  public static final Comparator<Candidate> NEWEST_FIRST =
      Comparator.comparing(Candidate::time).thenComparing(Candidate::id).reversed();

  public Candidate {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(time, "time");
  }

  /** A good point of the vault that only the rule holds. */
  public static Candidate scheduled(String id, Instant time) {
    return new Candidate(id, time, true, true, null, false, null);
  }

  /** The end of its own, if it has one. */
  public Optional<Instant> ownEnd() {
    return Optional.ofNullable(retainUntil);
  }

  /** Whether the rule counts it. */
  boolean counted() {
    return published && retainUntil == null;
  }
}
