package io.holdfast.retention;

import java.util.ArrayList;
import java.util.List;

/**
 * How many points of an item are kept: the latest of each of the newest hours, days, ISO weeks,
 * months and years that have a point. A point stays while any of the six counts holds it.
 *
 * @param latest how many of the newest points, 0 to {@value #COUNT_MAX}, as are the others
 * @param hourly how many hours
 * @param daily how many days
 * @param weekly how many weeks, Monday to Sunday
 * @param monthly how many months
 * @param yearly how many years
 */
public record RetentionRule(
    int latest, int hourly, int daily, int weekly, int monthly, int yearly) {
  /** Azure Backup keeps at most 9,999 points of an item (its support matrix, January 2026). */
  public static final int COUNT_MAX = 9_999;

  /** What a policy that does not say has: a month of days, a quarter of weeks, a year of months. */
  public static final RetentionRule DEFAULT = new RetentionRule(0, 0, 30, 12, 12, 0);

  /**
   * Everything that is wrong with it, each fault a sentence that names the field, the value and
   * what is allowed; empty: nothing is.
   */
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    boolean keeps = false;
    for (BucketUnit unit : BucketUnit.values()) {
      int count = unit.countOf(this);
      if (count < 0 || count > COUNT_MAX) {
        faults.add(
            "field %s is %d, but must be from 0 to %d".formatted(unit.label(), count, COUNT_MAX));
      }
      keeps |= count != 0;
    }
    if (!keeps) {
      faults.add(
          "the rule keeps nothing: make at least one of latest, hourly, daily, weekly, monthly and"
              + " yearly greater than 0");
    }
    return List.copyOf(faults);
  }
}
