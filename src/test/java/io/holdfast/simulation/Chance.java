package io.holdfast.simulation;

import java.util.List;
import java.util.Random;

/** All that is left to chance in a run, from one seed. */
final class Chance {
  private final Random random;

  Chance(long seed) {
    // Neighbouring seeds of Random begin alike.
    random = new Random(seed * 0x9E3779B97F4A7C15L + 0x632BE59BD9B4E019L);
  }

  /** 0 to bound - 1. */
  int upTo(int bound) {
    return random.nextInt(bound);
  }

  /** First to last, both inclusive. */
  int between(int first, int last) {
    return first + random.nextInt(last - first + 1);
  }

  boolean oneIn(int n) {
    return random.nextInt(n) == 0;
  }

  <T> T of(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  @SafeVarargs
  final <T> T of(T... choices) {
    return choices[random.nextInt(choices.length)];
  }

  /** For what wants a source of its own kind. */
  Random random() {
    return random;
  }
}
