package io.holdfast.backup;

import java.time.Duration;
import java.time.InstantSource;

/**
 * Spreads what is looked at once in a while over the runs of the reconciler, so that each run does
 * its share: by name and time, without a row.
 */
final class Turns {
  /** As the reconciler's timer is set. */
  private static final Duration RUN = Duration.ofMinutes(15);

  private final int turns;
  private final InstantSource clock;

  /**
   * @param turns runs in which everything has its turn once
   */
  Turns(int turns, InstantSource clock) {
    this.turns = turns;
    this.clock = clock;
  }

  /** Whether this run looks at what has this name. */
  boolean isTurnOf(String name) {
    // To the nearest run: hosts' clocks are a few minutes off, and all must count alike.
    long run = clock.instant().plus(RUN.dividedBy(2)).toEpochMilli() / RUN.toMillis();
    return Math.floorMod(name.hashCode(), turns) == Math.floorMod(run, turns);
  }
}
