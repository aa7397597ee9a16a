package io.holdfast.catalogue;

import java.util.ArrayList;
import java.util.List;

/**
 * How many recovery points stay: the newest ones, and the newest of each of the newest hours, days,
 * ISO weeks, months and years that have one. What none of them keeps expires; the last good point
 * never does.
 *
 * @param latest how many of the newest points stay, whatever their time; 0 to 9,999
 * @param hourly of how many hours the newest point stays; 0 to 9,999
 * @param daily the same of days
 * @param weekly the same of ISO weeks
 * @param monthly the same of months
 * @param yearly the same of years
 */
public record RetentionRule(
    int latest, int hourly, int daily, int weekly, int monthly, int yearly) {
  /** No number of a rule is above this: Azure Backup keeps no more points of an item either. */
  public static final int COUNT_MAX = 9_999;

  /** What a policy keeps that says nothing: 30 days, 12 weeks, 12 months. */
  public static final RetentionRule DEFAULT = new RetentionRule(0, 0, 30, 12, 12, 0);

  /** All that is wrong with it, each for a person; empty when nothing is. */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    bound(faults, "latest", latest);
    bound(faults, "hourly", hourly);
    bound(faults, "daily", daily);
    bound(faults, "weekly", weekly);
    bound(faults, "monthly", monthly);
    bound(faults, "yearly", yearly);
    if (faults.isEmpty() && latest + hourly + daily + weekly + monthly + yearly == 0) {
      faults.add(
          "the rule keeps nothing: make at least one of latest, hourly, daily, weekly, monthly and yearly"
              + " greater than 0");
    }
    return List.copyOf(faults);
  }

  private static void bound(List<String> faults, String name, int count) {
    if (count < 0 || count > COUNT_MAX) {
      faults.add("field %s is %d, but must be from 0 to %d".formatted(name, count, COUNT_MAX));
    }
  }
}
