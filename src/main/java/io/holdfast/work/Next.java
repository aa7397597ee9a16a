package io.holdfast.work;

import java.time.Duration;

/**
 * What comes next: a task, and how long it stays invisible. A step returns it; the runner sends it.
 *
 * @param delay 0 to 7 days, the range of a queue message's visibility
 */
public record Next(Task task, Duration delay) {
  /** Longest time that a queue message may be invisible. */
  public static final Duration DELAY_MAX = Duration.ofDays(7);

  public Next {
    if (delay.isNegative()) {
      delay = Duration.ZERO;
    }
    if (delay.compareTo(DELAY_MAX) > 0) {
      delay = DELAY_MAX;
    }
  }

  public static Next now(Task task) {
    return new Next(task, Duration.ZERO);
  }

  public static Next in(Duration delay, Task task) {
    return new Next(task, delay);
  }
}
