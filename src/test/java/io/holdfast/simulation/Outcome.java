package io.holdfast.simulation;

import java.util.Map;
import java.util.TreeMap;

/**
 * What happened in one or more runs, by name: jobs by their end, change sources, requests, faults,
 * restores. A protocol that refuses everything breaks no rule, so that these numbers are looked at.
 */
public final class Outcome {
  private final Map<String, Long> counts = new TreeMap<>();

  void count(String what) {
    count(what, 1);
  }

  void count(String what, long more) {
    counts.merge(what, more, Long::sum);
  }

  /** Adds the numbers of another run. */
  public synchronized void add(Outcome other) {
    other.counts.forEach((what, number) -> counts.merge(what, number, Long::sum));
  }

  /** A number; 0 for what did not happen. */
  public long of(String what) {
    return counts.getOrDefault(what, 0L);
  }

  /** The sum of the numbers whose names begin with this. */
  public long all(String prefix) {
    return counts.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    counts.forEach((what, number) -> text.append("%n  %-44s %,12d".formatted(what, number)));
    return text.toString();
  }
}
