package io.holdfast.retention;

import io.holdfast.catalogue.RetentionRule;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The points of an item in order, with what the rule counts of them.
 *
 * @param points newest first
 * @param places each point's place among those that the rule counts; -1: it is not counted
 * @param rules one for each count of the rule that is not 0
 * @param lastGood the place in {@code points} of the newest good one that the vault has
 */
record Sorted(List<Candidate> points, int[] places, List<Buckets> rules, OptionalInt lastGood) {
  static Sorted of(Collection<Candidate> unsorted, RetentionRule rule, ZoneId zone) {
    if (!rule.faults().isEmpty()) {
      throw new IllegalArgumentException("%s: %s".formatted(rule, rule.faults()));
    }
    List<Candidate> points = new ArrayList<>(unsorted);
    points.sort(Candidate.NEWEST_FIRST);
    Set<String> ids = new HashSet<>();
    int[] places = new int[points.size()];
    List<Candidate> counted = new ArrayList<>();
    List<OffsetDateTime> locals = new ArrayList<>();
    OptionalInt lastGood = OptionalInt.empty();
    for (int i = 0; i < points.size(); i++) {
      Candidate point = points.get(i);
      if (!ids.add(point.id())) {
        throw new IllegalArgumentException("two points have the id " + point.id());
      }
      places[i] = point.counted() ? counted.size() : -1;
      if (point.counted()) {
        counted.add(point);
        locals.add(point.time().atZone(zone).toOffsetDateTime());
      }
      if (lastGood.isEmpty() && point.good() && point.published()) {
        lastGood = OptionalInt.of(i);
      }
    }
    List<Buckets> rules = new ArrayList<>();
    for (BucketUnit unit : BucketUnit.values()) {
      if (unit.countOf(rule) > 0) {
        rules.add(new Buckets(unit, unit.countOf(rule), counted, locals));
      }
    }
    return new Sorted(points, places, rules, lastGood);
  }

  /** Whether a point is the newest good one. */
  boolean isLastGood(int point) {
    return lastGood.isPresent() && lastGood.getAsInt() == point;
  }
}
