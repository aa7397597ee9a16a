package io.holdfast.schedule;

import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Policy.Exclusion;
import io.holdfast.catalogue.Policy.Rank;
import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.catalogue.Policy.Selector;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.RetentionRule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * The policy that is there before anybody made one, so that a tag is all that a VM needs. It is no
 * row; who puts a policy of its name replaces it, who deletes that one has it back. Any other
 * policy goes before it.
 */
public final class DefaultPolicy {
  /** Its name. */
  public static final String NAME = "default";

  /** The tag that it selects by. */
  public static final String TAG = "backup";

  /** The tag's value. */
  public static final String TAG_VALUE = "holdfast";

  /** Below what a policy has that says nothing. */
  static final int PRIORITY = -1_000;

  private static final String AT_TWO = "0 2 * * *";
  private static final Duration JITTER = Duration.ofMinutes(30);

  private DefaultPolicy() {}

  /**
   * It.
   *
   * @param zone IANA name: its day begins there
   */
  public static Policy in(String zone) {
    return new Policy(
        NAME,
        new Selector(List.of(), Map.of(TAG, TAG_VALUE), List.of(), List.of(), Exclusion.NONE),
        new Schedule(AT_TWO, zone, JITTER, null),
        new Rank(PRIORITY, 0),
        Protection.DEFAULT,
        RetentionRule.DEFAULT,
        0,
        // The schedule goes by its cursor alone: see Tick.
        Instant.EPOCH);
  }
}
