package io.holdfast.retention;

import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The points of an item by hour, day, week, month or year, and which of them stands for each. */
final class Buckets {
  private final BucketUnit unit;
  private final int count;
  private final List<Candidate> points;
  private final List<OffsetDateTime> locals;
  private final Map<Long, Bucket> byKey = new HashMap<>();

  /**
   * @param count how many of the newest buckets keep their point, from 1
   * @param points those that the rule counts, newest first
   * @param locals their times in the policy's zone
   */
  Buckets(BucketUnit unit, int count, List<Candidate> points, List<OffsetDateTime> locals) {
    this.unit = unit;
    this.count = count;
    this.points = points;
    this.locals = locals;
    for (int i = 0; i < points.size(); i++) {
      Bucket bucket = byKey.computeIfAbsent(key(i), Bucket::new);
      if (bucket.keeper < 0) {
        bucket.newest = i;
        bucket.keeper = i;
      } else if (points.get(i).good() && !points.get(bucket.keeper).good()) {
        // A good point stands for its bucket even when later ones are not good.
        bucket.keeper = i;
      }
    }
    List<Bucket> newestFirst = new ArrayList<>(byKey.values());
    newestFirst.sort(Comparator.comparingLong((Bucket bucket) -> bucket.key).reversed());
    for (int i = 0; i < newestFirst.size(); i++) {
      newestFirst.get(i).rank = i;
    }
  }

  BucketUnit unit() {
    return unit;
  }

  int count() {
    return count;
  }

  /** Whether there is a bucket of this key. */
  boolean has(long key) {
    return byKey.containsKey(key);
  }

  long key(int point) {
    return unit == BucketUnit.LATEST ? points.size() - point : unit.key(locals.get(point));
  }

  /** Whether a point is the one that its bucket keeps, be the bucket counted or not. */
  boolean standsFor(int point) {
    return byKey.get(key(point)).keeper == point;
  }

  /** How many buckets are newer than a point's. */
  int rank(int point) {
    return byKey.get(key(point)).rank;
  }

  boolean holds(int point) {
    return standsFor(point) && rank(point) < count;
  }

  /** Why a point is held. */
  Reason whyHeld(int point) {
    Bucket bucket = byKey.get(key(point));
    String place = unit.label() + " " + (bucket.rank + 1) + " of " + count;
    if (unit == BucketUnit.LATEST) {
      return Reason.of(unit.kind(), place);
    }
    String name = unit.name(locals.get(point));
    String text =
        !points.get(point).good()
            ? ": latest of " + name + ", of which no point is good"
            : bucket.newest == point ? ": latest of " + name : ": latest good one of " + name;
    return Reason.of(unit.kind(), place + text);
  }

  /** Why a point is not held. */
  String whyNot(int point) {
    if (unit == BucketUnit.LATEST) {
      return count == 1 ? "it is not the newest point" : "it is not among the " + count + " newest";
    }
    String its = "its " + unit.noun() + ", " + unit.name(locals.get(point)) + ", ";
    int keeper = byKey.get(key(point)).keeper;
    if (keeper != point) {
      return its
          + (keeper < point ? "has a later point, " : "has a good point, ")
          + points.get(keeper).id();
    }
    return its
        + "is older than the "
        + (count == 1 ? "newest " + unit.noun() : count + " newest " + unit.noun() + "s")
        + " with a point";
  }

  private static final class Bucket {
    final long key;
    int newest = -1;
    int keeper = -1;
    int rank;

    Bucket(long key) {
      this.key = key;
    }
  }
}
