package io.holdfast.schedule;

import java.time.Duration;
import java.time.Instant;

/** Spreads the backups of one slot. Pure. */
final class Spread {
  private Spread() {}

  static Instant startOf(Instant slot, String itemKey, String policyName, Duration jitter) {
    return jitter.isZero()
        ? slot
        : slot.plusSeconds(
            Math.floorMod((itemKey + policyName).hashCode(), Math.max(1, jitter.toSeconds())));
  }
}
