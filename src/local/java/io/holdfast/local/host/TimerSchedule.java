package io.holdfast.local.host;

import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * When a timer fires: an NCRONTAB expression of six fields (seconds first; five mean second 0), or
 * a time span. Days of month and week must both match, unlike in Unix cron. Times are UTC.
 */
interface TimerSchedule {
  /** The first occurrence after that instant. */
  Instant next(Instant after);

  /** Reads the schedule, or throws {@link IllegalArgumentException}. */
  static TimerSchedule parse(String text) {
    String trimmed = text.trim();
    if (trimmed.indexOf(' ') < 0) {
      Duration every =
          TimeSpans.parse(trimmed)
              .filter(span -> !span.isZero())
              .orElseThrow(
                  () -> new IllegalArgumentException("'" + text + "' is no NCRONTAB or time span"));
      return after -> after.plus(every);
    }
    String six = trimmed.split("\\s+").length == 5 ? "0 " + trimmed : trimmed;
    ExecutionTime times = ExecutionTime.forCron(new CronParser(ncrontab()).parse(six));
    return after ->
        times
            .nextExecution(after.truncatedTo(ChronoUnit.SECONDS).atZone(ZoneOffset.UTC))
            .orElseThrow(() -> new IllegalArgumentException("'" + text + "' never fires"))
            .toInstant();
  }

  private static CronDefinition ncrontab() {
    return CronDefinitionBuilder.defineCron()
        .withSeconds()
        .and()
        .withMinutes()
        .and()
        .withHours()
        .and()
        .withDayOfMonth()
        .and()
        .withMonth()
        .and()
        .withDayOfWeek()
        .withValidRange(0, 7)
        .withMondayDoWValue(1)
        .withIntMapping(7, 0)
        .and()
        .matchDayOfWeekAndDayOfMonth()
        .instance();
  }
}
