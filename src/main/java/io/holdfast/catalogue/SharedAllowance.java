package io.holdfast.catalogue;

import io.holdfast.disk.Allowance;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The app's share of Azure's limits: four fifths of what an identity has in a subscription (25
 * reads, 10 writes and 10 deletes a second), so that bursts of other hosts do not go over them.
 */
public final class SharedAllowance implements Allowance {
  private static final Map<Kind, Integer> MINUTE_MAX =
      Map.of(Kind.READ, 1_200, Kind.WRITE, 480, Kind.DELETE, 480);

  private final BudgetRows rows;

  /** Over rows that all hosts of the app share. */
  public SharedAllowance(BudgetRows rows) {
    this.rows = rows;
  }

  @Override
  public Optional<Duration> take(String subscription, Kind kind) {
    return rows.take(subscription, kind.name(), MINUTE_MAX.get(kind));
  }

  @Override
  public void pause(String subscription, Duration wait) {
    rows.pause(subscription, wait);
  }
}
