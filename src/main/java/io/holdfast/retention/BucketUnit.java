package io.holdfast.retention;

import io.holdfast.catalogue.RetentionRule;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.time.temporal.TemporalAdjusters;
import java.time.zone.ZoneOffsetTransition;
import java.util.Locale;

/** What the latest point is kept of. Keys of one unit grow with time. */
enum BucketUnit {
  /** Each point is a bucket of its own, which its place among the points tells, not its time. */
  LATEST(Reason.Kind.LATEST, "point", Duration.ZERO),
  HOURLY(Reason.Kind.HOURLY, "hour", Duration.ofHours(1)),
  DAILY(Reason.Kind.DAILY, "day", Duration.ofDays(1)),
  WEEKLY(Reason.Kind.WEEKLY, "week", Duration.ofDays(7)),
  MONTHLY(Reason.Kind.MONTHLY, "month", ChronoUnit.MONTHS.getDuration()),
  YEARLY(Reason.Kind.YEARLY, "year", ChronoUnit.YEARS.getDuration());

  private final Reason.Kind kind;
  private final String noun;
  private final Duration length;

  BucketUnit(Reason.Kind kind, String noun, Duration length) {
    this.kind = kind;
    this.noun = noun;
    this.length = length;
  }

  Reason.Kind kind() {
    return kind;
  }

  String noun() {
    return noun;
  }

  /** The field of a rule. */
  String label() {
    return kind.text().toLowerCase(Locale.ROOT);
  }

  /** Roughly how long. */
  Duration length() {
    return length;
  }

  int countOf(RetentionRule rule) {
    return switch (this) {
      case LATEST -> rule.latest();
      case HOURLY -> rule.hourly();
      case DAILY -> rule.daily();
      case WEEKLY -> rule.weekly();
      case MONTHLY -> rule.monthly();
      case YEARLY -> rule.yearly();
    };
  }

  /** The bucket of a local time. */
  long key(OffsetDateTime local) {
    return switch (this) {
      case LATEST -> throw new IllegalStateException("a point's time tells no place");
      // With its offset: an hour that comes twice in autumn is two hours.
      case HOURLY -> local.toEpochSecond() - local.getMinute() * 60L - local.getSecond();
      case DAILY -> local.toLocalDate().toEpochDay();
      case WEEKLY -> Math.floorDiv(local.toLocalDate().toEpochDay() + 3, 7L);
      case MONTHLY -> local.getYear() * 12L + local.getMonthValue() - 1;
      case YEARLY -> local.getYear();
    };
  }

  /** The bucket's name for people. */
  String name(OffsetDateTime local) {
    return switch (this) {
      case LATEST -> "";
      case HOURLY ->
          local.toLocalDate() + " " + LocalTime.of(local.getHour(), 0) + local.getOffset();
      case DAILY -> local.toLocalDate().toString();
      case WEEKLY ->
          local.get(IsoFields.WEEK_BASED_YEAR)
              + "-W"
              + twoDigits(local.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case MONTHLY -> local.getYear() + "-" + twoDigits(local.getMonthValue());
      case YEARLY -> Integer.toString(local.getYear());
    };
  }

  /**
   * An instant after the given one up to which there is no other bucket: the end of the bucket, or
   * the next change of the clock when that is sooner.
   */
  Instant end(Instant time, ZoneId zone) {
    OffsetDateTime local = time.atZone(zone).toOffsetDateTime();
    LocalDate day = local.toLocalDate();
    Instant end =
        switch (this) {
          case LATEST -> time.plusNanos(1);
          case HOURLY -> Instant.ofEpochSecond(key(local) + 3600);
          case DAILY -> start(day.plusDays(1), local.getOffset());
          case WEEKLY ->
              start(day.with(TemporalAdjusters.next(DayOfWeek.MONDAY)), local.getOffset());
          case MONTHLY ->
              start(day.with(TemporalAdjusters.firstDayOfNextMonth()), local.getOffset());
          case YEARLY -> start(day.with(TemporalAdjusters.firstDayOfNextYear()), local.getOffset());
        };
    ZoneOffsetTransition change = zone.getRules().nextTransition(time);
    return change != null && change.getInstant().isBefore(end) ? change.getInstant() : end;
  }

  /** Midnight by the offset of now: a change of the clock before it is looked at on its own. */
  private static Instant start(LocalDate day, ZoneOffset offset) {
    return day.atStartOfDay().toInstant(offset);
  }

  private static String twoDigits(int number) {
    return number < 10 ? "0" + number : Integer.toString(number);
  }
}
