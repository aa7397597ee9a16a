package io.holdfast.retention;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.RetentionRule;
import io.holdfast.catalogue.Stance;
import io.holdfast.catalogue.Upkeep;
import io.holdfast.catalogue.Versioned;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * The points of one item as rows have them, and the rule by which they are kept.
 *
 * @param points all of the item, newest first, whatever was done to them
 * @param unusable of those points that cannot be restored from, the keys of their jobs
 * @param policy the one that the VM is under; empty: none, or the VM is gone
 * @param rule empty: no policy ever said, so all are kept
 * @param zone in which the rule's days begin
 * @param stance what a person decided about the item
 */
public record Keeping(
    List<Versioned<RecoveryPoint>> points,
    Set<String> unusable,
    Optional<Policy> policy,
    Optional<RetentionRule> rule,
    ZoneId zone,
    Stance stance) {
  /** Keeps every point: Azure Backup keeps no more of an item either. */
  private static final RetentionRule ALL =
      new RetentionRule(RetentionRule.COUNT_MAX, 0, 0, 0, 0, 0);

  public Keeping {
    points = List.copyOf(points);
    unusable = Set.copyOf(unusable);
  }

  /**
   * Reads all of one item.
   *
   * @param policy the one that the VM is under; where there is none, the rule that was the last to
   *     be known goes on
   */
  public static Keeping read(Catalogue catalogue, String itemId, Optional<Policy> policy) {
    Upkeep was = catalogue.upkeep().of(itemId);
    Optional<RetentionRule> rule =
        policy.map(Policy::retention).or(() -> Optional.ofNullable(was.rule()));
    String zone =
        policy
            .map(it -> it.schedule().zone())
            .orElse(Objects.requireNonNullElse(was.zone(), "UTC"));
    // The marks are read after the points: a point that is marked in between counts as bad.
    List<Versioned<RecoveryPoint>> points = catalogue.points().all(itemId);
    return new Keeping(
        points,
        catalogue.points().unusable(itemId),
        policy,
        rule,
        ZoneId.of(zone),
        catalogue.stances().of(itemId));
  }

  /** The same points under another policy; where there is none, the rule that is known goes on. */
  public Keeping under(Optional<Policy> other) {
    return new Keeping(
        points,
        unusable,
        other,
        other.map(Policy::retention).or(() -> rule),
        other.map(it -> ZoneId.of(it.schedule().zone())).orElse(zone),
        stance);
  }

  /** A point as retention sees it. */
  public Candidate candidate(RecoveryPoint point) {
    Lifecycle lifecycle = point.lifecycle();
    return new Candidate(
        point.id(),
        point.time(),
        isGood(point),
        point.published(),
        lifecycle.pinned().map(Lifecycle.Mark::who).orElse(null),
        lifecycle.legalHold() != null,
        point.retainUntil());
  }

  /** Whether a point can be restored from, as far as is known. */
  boolean isGood(RecoveryPoint point) {
    return !unusable.contains(point.jobId().key());
  }

  /** The points that are not deleted, as retention sees them. */
  public List<Candidate> candidates() {
    return points.stream()
        .map(Versioned::value)
        .filter(point -> point.lifecycle().state() == Lifecycle.State.AVAILABLE)
        .map(this::candidate)
        .toList();
  }

  /** Which of the points that are not deleted stay, and why. */
  public Verdicts verdicts(Instant now) {
    return Retention.select(candidates(), rule.orElse(ALL), zone, now);
  }

  /**
   * When points will expire.
   *
   * @param next the first slot of a schedule after an instant
   */
  public Forecast forecast(
      Instant now, BiFunction<Policy.Schedule, Instant, Optional<Instant>> next) {
    if (!stance.expires(now)) {
      return new Forecast(java.util.Map.of());
    }
    FutureSlots slots =
        stance.backsUp(now)
            ? policy
                .<FutureSlots>map(it -> time -> next.apply(it.schedule(), time))
                .orElse(FutureSlots.NONE)
            : FutureSlots.NONE;
    return Retention.nextDeletion(candidates(), rule.orElse(ALL), zone, now, slots);
  }
}
