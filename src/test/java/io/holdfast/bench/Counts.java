package io.holdfast.bench;

import java.util.Map;
import java.util.TreeMap;

/** Sums by name. Safe for several threads. */
final class Counts {
  private final Map<String, Long> sums = new TreeMap<>();

  synchronized void add(String name, long value) {
    sums.merge(name, value, Long::sum);
  }

  /** What was added since the last call. */
  synchronized Map<String, Long> take() {
    Map<String, Long> taken = new TreeMap<>(sums);
    sums.clear();
    return taken;
  }
}
