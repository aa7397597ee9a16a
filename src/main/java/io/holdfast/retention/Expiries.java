package io.holdfast.retention;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * When points expire if backups go on: {@link Retention#select} with the backups to come, without
 * running it for each of them. That can be, since once a point has expired no later point holds it
 * again: a rule lets go of a point when a good later one comes into its bucket, or when as many new
 * buckets have come as there were places left behind it.
 */
final class Expiries {
  private static final Duration HORIZON = Duration.ofDays(Forecast.YEARS_MAX * 365L);

  private final Sorted sorted;
  private final ZoneId zone;
  private final Instant now;
  private final FutureSlots slots;

  /** Backups to come are later than all points, even than one of a clock that was fast. */
  private final Instant from;

  Expiries(Sorted sorted, ZoneId zone, Instant now, FutureSlots slots) {
    this.sorted = sorted;
    this.zone = zone;
    this.now = now;
    this.slots = slots;
    Instant newest = sorted.points().isEmpty() ? now : sorted.points().get(0).time();
    this.from = newest.isAfter(now) ? newest : now;
  }

  Forecast forecast() {
    List<Arrivals> rules = sorted.rules().stream().map(Arrivals::new).toList();
    Optional<Instant> first = next(from);
    Map<String, Instant> expiries = new HashMap<>();
    for (int i = 0; i < sorted.points().size(); i++) {
      if (!Retention.forGood(sorted.points().get(i))) {
        String id = sorted.points().get(i).id();
        end(i, rules, first).ifPresent(end -> expiries.put(id, end));
      }
    }
    return new Forecast(expiries);
  }

  /** The first instant at which nothing holds a point; empty: there is none. */
  private Optional<Instant> end(int point, List<Arrivals> rules, Optional<Instant> first) {
    Instant end = sorted.points().get(point).ownEnd().filter(now::isBefore).orElse(now);
    if (sorted.isLastGood(point)) {
      if (first.isEmpty()) {
        return first;
      }
      end = later(end, first.get());
    }
    int place = sorted.places()[point];
    if (place >= 0) {
      for (Arrivals rule : rules) {
        if (rule.buckets.holds(place)) {
          Optional<Instant> released = rule.released(place);
          if (released.isEmpty()) {
            return released;
          }
          end = later(end, released.get());
        }
      }
    }
    return Optional.of(end);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private Optional<Instant> next(Instant time) {
    return slots.after(time).filter(slot -> Duration.between(now, slot).compareTo(HORIZON) < 0);
  }

  /** The backups to come as one rule sees them; read as far as is needed, and once. */
  private final class Arrivals {
    final Buckets buckets;
    private final List<Instant> newBuckets = new ArrayList<>();
    private final Set<Long> newKeys = new HashSet<>();
    private final Map<Long, Instant> intoOld = new HashMap<>();
    private Instant at = from;
    private boolean ended;

    Arrivals(Buckets buckets) {
      this.buckets = buckets;
    }

    /** When the rule lets go of a point that it holds now. */
    Optional<Instant> released(int place) {
      int left = buckets.count() - buckets.rank(place);
      while (newBuckets.size() < left && !ended) {
        step();
      }
      Instant replaced = intoOld.get(buckets.key(place));
      Instant pushedOut = newBuckets.size() < left ? null : newBuckets.get(left - 1);
      if (replaced == null) {
        return Optional.ofNullable(pushedOut);
      }
      return Optional.of(pushedOut != null && pushedOut.isBefore(replaced) ? pushedOut : replaced);
    }

    private void step() {
      Optional<Instant> slot = next(at);
      if (slot.isEmpty()) {
        ended = true;
        return;
      }
      BucketUnit unit = buckets.unit();
      if (unit == BucketUnit.LATEST) {
        newBuckets.add(slot.get());
        at = slot.get();
        return;
      }
      long key = unit.key(slot.get().atZone(zone).toOffsetDateTime());
      if (buckets.has(key)) {
        intoOld.putIfAbsent(key, slot.get());
      } else if (newKeys.add(key)) {
        newBuckets.add(slot.get());
      }
      // Further backups of the same bucket change nothing.
      at = unit.end(slot.get(), zone).minusNanos(1);
      if (!at.isAfter(slot.get())) {
        at = slot.get();
      }
    }
  }
}
