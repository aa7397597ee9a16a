package io.holdfast.catalogue;

import java.time.Instant;

/**
 * What the last look at an item's points found: the rule by which they are kept, which outlives the
 * policy and the VM, and what follows from it.
 *
 * @param policy name of the policy that the VM was under when there was one last; null: never
 * @param rule by which points are kept; null: no policy ever said, so all are
 * @param zone IANA name: where its days begin; null with the rule
 * @param at when it was looked
 * @param basePoint the point on which the next backup builds, of which {@code baseUntil} tells;
 *     null: there is none
 * @param baseUntil from when on that point's snapshots are no longer needed for the next backup to
 *     compare with; null: it is not foreseen
 * @param baseWhy why that is so, for a person; null with it
 * @param nextDeletion when the next point expires if backups go on; null: none does
 */
public record Upkeep(
    String policy,
    RetentionRule rule,
    String zone,
    Instant at,
    String basePoint,
    Instant baseUntil,
    String baseWhy,
    Instant nextDeletion) {
  /** Of an item at which nobody looked yet. */
  public static final Upkeep NONE =
      new Upkeep(null, null, null, Instant.EPOCH, null, null, null, null);

  /** Whether a point's snapshots are still needed, given that the next backup builds on it. */
  public boolean needsBase(RecoveryPoint point, Instant now) {
    return baseUntil == null || !point.id().equals(basePoint) || now.isBefore(baseUntil);
  }
}
