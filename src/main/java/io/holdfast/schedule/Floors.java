package io.holdfast.schedule;

import com.cronutils.model.time.ExecutionTime;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * How close the slots of a cron expression come to each other. Pure. Clocks that are changed do not
 * count: in spring two slots may be an hour closer than this says, once a year.
 *
 * <p>A cron expression of five fields has the same times on each of its days, so the shortest
 * distance is either between two times of one day, or from the last time of a day to the first of
 * the next such day. The days are those of three fields that know month, day of the month and day
 * of the week. Two of them that are at most 366 days apart lie in one year or in two successive
 * ones, and what such a pair of years looks like is told by the day of the week on which the first
 * begins and by which of the two, if any, is a leap year: 21 ways, all of which occur in any 28
 * years of 1901 to 2099, where the calendar repeats itself after 28 years. So a distance of at most
 * 366 days that ever occurs does so within {@value #YEARS} years from 2001. A longer one is looked
 * for in 400 years, after which the whole calendar repeats itself, and there are few such days.
 */
public final class Floors {
  private static final int YEARS = 29;
  private static final int CALENDAR_YEARS = 400;
  private static final ZonedDateTime START =
      ZonedDateTime.of(2001, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC);
  private static final long MINUTES_OF_DAY = 24 * 60;

  private Floors() {}

  /**
   * The shortest distance between two successive slots.
   *
   * @param cron one that {@link Slots#faultOfCron} finds no fault with
   * @throws IllegalArgumentException for any other
   */
  public static Duration shortestGap(String cron) {
    return Duration.ofMinutes(shortest(cron, 1));
  }

  /**
   * Whether two successive slots are ever closer than a floor; ends its search at the first such
   * two.
   *
   * @param cron one that {@link Slots#faultOfCron} finds no fault with
   */
  public static boolean below(String cron, Duration floor) {
    // Slots are whole minutes apart, so less than the floor is at most the minutes below it.
    long enough = floor.minusNanos(1).toMinutes();
    return Duration.ofMinutes(shortest(cron, enough)).compareTo(floor) < 0;
  }

  /**
   * @param enough minutes: a distance of at most this ends the search
   * @return minutes
   */
  private static long shortest(String cron, long enough) {
    Slots.faultOfCron(cron)
        .ifPresent(
            why -> {
              throw new IllegalArgumentException("cron \"%s\": %s".formatted(cron, why));
            });
    String[] fields = cron.strip().split("\\s+", 3);
    ExecutionTime times = Slots.times(fields[0] + " " + fields[1] + " * * *");
    ZonedDateTime first = next(times, START.minusMinutes(1)).orElseThrow();
    ZonedDateTime last = first;
    long shortest = Long.MAX_VALUE;
    Optional<ZonedDateTime> time = next(times, first);
    while (time.isPresent() && time.get().isBefore(START.plusDays(1)) && shortest > enough) {
      shortest = Math.min(shortest, ChronoUnit.MINUTES.between(last, time.get()));
      last = time.get();
      time = next(times, last);
    }
    if (shortest <= enough) {
      return shortest;
    }
    long ofDay = ChronoUnit.MINUTES.between(first, last);
    ExecutionTime days = Slots.times("0 0 " + fields[2]);
    // Days apart that, less the day's own span, would be enough.
    long daysEnough = Math.max(1, (enough + ofDay) / MINUTES_OF_DAY);
    long daysApart = daysApart(days, YEARS, daysEnough);
    if (daysApart > 366) {
      daysApart = daysApart(days, CALENDAR_YEARS + YEARS, daysEnough);
    }
    return Math.min(shortest, daysApart * MINUTES_OF_DAY - ofDay);
  }

  private static long daysApart(ExecutionTime days, int years, long enough) {
    ZonedDateTime end = START.plusYears(years);
    Optional<ZonedDateTime> last = next(days, START.minusMinutes(1));
    long shortest = Integer.MAX_VALUE;
    while (last.isPresent() && last.get().isBefore(end) && shortest > enough) {
      Optional<ZonedDateTime> day = next(days, last.get());
      if (day.isPresent()) {
        shortest = Math.min(shortest, ChronoUnit.DAYS.between(last.get(), day.get()));
      }
      last = day;
    }
    return shortest;
  }

  private static Optional<ZonedDateTime> next(ExecutionTime times, ZonedDateTime after) {
    return times.nextExecution(after);
  }
}
