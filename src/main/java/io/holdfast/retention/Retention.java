package io.holdfast.retention;

import io.holdfast.catalogue.RetentionRule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Which points of one item stay, and why. A point stays while one of these holds:
 *
 * <ul>
 *   <li>It is the latest good point of one of the newest hours, days, ISO weeks, months or years of
 *       the policy's zone that have a point, as many as the rule says. Hours, days and so on
 *       without a point are not counted, so a backup that was missed costs nothing. Of an hour, day
 *       and so on without a good point the latest point stays.
 *   <li>It is one of the {@code latest} newest points.
 *   <li>It is the newest good point, whatever the rule says.
 *   <li>It is pinned, or under legal hold.
 *   <li>It has an end of its own that is yet to come. Such a point takes nobody's place in the
 *       counts above, and none of them holds it.
 *   <li>The vault does not have it yet. It is not counted either.
 * </ul>
 */
public final class Retention {
  private Retention() {}

  /**
   * Says of each point whether it stays.
   *
   * @param points all of one item; their order does not matter
   * @param rule one without faults
   * @param zone in which days begin
   * @param now ends points with an end of their own; nothing else depends on it
   * @throws IllegalArgumentException for a rule with faults, or when two points have one id:
   *     nothing may be deleted for such a question
   */
  public static Verdicts select(
      Collection<Candidate> points, RetentionRule rule, ZoneId zone, Instant now) {
    Sorted sorted = Sorted.of(points, rule, zone);
    List<Verdict> verdicts = new ArrayList<>();
    for (int i = 0; i < sorted.points().size(); i++) {
      Candidate point = sorted.points().get(i);
      List<Reason> reasons = held(sorted, i, now);
      boolean kept = !reasons.isEmpty();
      verdicts.add(new Verdict(point.id(), kept, kept ? reasons : List.of(expired(sorted, i))));
    }
    return new Verdicts(verdicts);
  }

  /**
   * When each point will expire if backups go on.
   *
   * @param points all of one item
   * @param rule one without faults
   * @param now what has expired by then expires now
   * @param slots when the backups to come will be taken, each of which is taken to be good
   * @throws IllegalArgumentException as {@link #select} does
   */
  public static Forecast nextDeletion(
      Collection<Candidate> points,
      RetentionRule rule,
      ZoneId zone,
      Instant now,
      FutureSlots slots) {
    return new Expiries(Sorted.of(points, rule, zone), zone, now, slots).forecast();
  }

  /** Whether the point must stay for a reason that neither time nor further backups take away. */
  static boolean forGood(Candidate point) {
    return !point.published() || point.legalHold() || point.pinnedBy() != null;
  }

  private static List<Reason> held(Sorted sorted, int i, Instant now) {
    Candidate point = sorted.points().get(i);
    List<Reason> reasons = new ArrayList<>(4);
    int place = sorted.places()[i];
    if (place >= 0) {
      for (Buckets rule : sorted.rules()) {
        if (rule.holds(place)) {
          reasons.add(rule.whyHeld(place));
        }
      }
    }
    if (sorted.isLastGood(i)) {
      reasons.add(Reason.of(Reason.Kind.LAST_GOOD, "the newest good point"));
    }
    if (point.pinnedBy() != null) {
      reasons.add(Reason.of(Reason.Kind.PINNED, "pinned by " + point.pinnedBy()));
    }
    if (point.legalHold()) {
      reasons.add(Reason.of(Reason.Kind.LEGAL_HOLD, "under legal hold"));
    }
    if (point.ownEnd().filter(now::isBefore).isPresent()) {
      reasons.add(Reason.of(Reason.Kind.RETAIN_UNTIL, "to be kept until " + point.retainUntil()));
    }
    if (!point.published()) {
      reasons.add(Reason.of(Reason.Kind.NOT_PUBLISHED, "the vault does not have it yet"));
    }
    return reasons;
  }

  private static Reason expired(Sorted sorted, int i) {
    Candidate point = sorted.points().get(i);
    int place = sorted.places()[i];
    if (place < 0) {
      return new Reason(
          Reason.Kind.EXPIRED,
          Optional.of(Reason.Kind.RETAIN_UNTIL),
          "it was to be kept until " + point.retainUntil());
    }
    List<String> whyNot = new ArrayList<>(6);
    Optional<Buckets> last = Optional.empty();
    for (Buckets rule : sorted.rules()) {
      whyNot.add(rule.whyNot(place));
      if (rule.standsFor(place)
          && last.map(Retention::reach).orElse(Duration.ZERO).compareTo(reach(rule)) <= 0) {
        last = Optional.of(rule);
      }
    }
    return new Reason(
        Reason.Kind.EXPIRED, last.map(rule -> rule.unit().kind()), String.join("; ", whyNot));
  }

  /** How far back a rule goes when no bucket is empty. */
  private static Duration reach(Buckets rule) {
    return rule.unit().length().multipliedBy(rule.count());
  }
}
