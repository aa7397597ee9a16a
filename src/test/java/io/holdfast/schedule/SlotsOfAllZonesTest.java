package io.holdfast.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Policy.Schedule;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** The schedule of ten years in every zone whose clocks change, against a clock that is watched. */
class SlotsOfAllZonesTest {
  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2036-01-01T00:00:00Z");

  /** As far around a change as a clock is watched minute by minute. */
  private static final Duration AROUND = Duration.ofHours(50);

  private record Case(String cron, Predicate<LocalDateTime> due) {
    List<LocalTime> times() {
      List<LocalTime> times = new ArrayList<>();
      for (int minute = 0; minute < 24 * 60; minute++) {
        LocalTime time = LocalTime.MIN.plusMinutes(minute);
        // A Sunday that is the first of a month, so that only the time of day decides.
        if (due.test(LocalDate.of(2026, 2, 1).atTime(time))) {
          times.add(time);
        }
      }
      return times;
    }
  }

  private static Case everyHours(int hours) {
    return new Case(
        "0 " + (hours == 1 ? "*" : "*/" + hours) + " * * *",
        time -> time.getMinute() == 0 && time.getHour() % hours == 0);
  }

  private static Case at(int hour, int minute) {
    return new Case(
        minute + " " + hour + " * * *",
        time -> time.getMinute() == minute && time.getHour() == hour);
  }

  /** Ten years of each of them. */
  private static final List<Case> OF_TEN_YEARS =
      List.of(
          at(2, 0),
          new Case(
              "0 2 * * 0",
              time -> at(2, 0).due().test(time) && time.getDayOfWeek() == DayOfWeek.SUNDAY),
          new Case("0 2 1 * *", time -> at(2, 0).due().test(time) && time.getDayOfMonth() == 1));

  /** The days around each change of ten years of each of them. */
  private static final List<Case> AROUND_CHANGES =
      List.of(
          at(2, 30),
          at(0, 0),
          at(0, 30),
          at(23, 59),
          everyHours(1),
          everyHours(3),
          everyHours(4),
          everyHours(6),
          everyHours(8),
          everyHours(12),
          new Case("*/5 * * * *", time -> time.getMinute() % 5 == 0));

  /**
   * The zones that change their clocks in these years, one of each set that have the same rules:
   * the schedule sees nothing else of a zone.
   */
  private static Map<ZoneRules, String> zones() {
    Map<String, String> sorted = new TreeMap<>();
    ZoneId.getAvailableZoneIds().forEach(id -> sorted.put(id, id));
    Map<ZoneRules, String> zones = new HashMap<>();
    for (String id : sorted.keySet()) {
      ZoneRules rules = ZoneId.of(id).getRules();
      ZoneOffsetTransition change = rules.nextTransition(FROM);
      if (change != null && change.getInstant().isBefore(TO)) {
        zones.putIfAbsent(rules, id);
      }
    }
    return zones;
  }

  private static List<ZoneOffsetTransition> changes(ZoneRules rules) {
    List<ZoneOffsetTransition> changes = new ArrayList<>();
    ZoneOffsetTransition change = rules.nextTransition(FROM);
    while (change != null && change.getInstant().isBefore(TO.minus(AROUND))) {
      if (change.getInstant().isAfter(FROM.plus(AROUND))) {
        changes.add(change);
      }
      change = rules.nextTransition(change.getInstant());
    }
    return changes;
  }

  /**
   * Watches a wall clock from one minute to the next: what it shows for the first time, or has
   * passed over, is due.
   */
  private static List<List<Instant>> watched(
      ZoneRules rules, List<Case> cases, Instant after, Instant until) {
    List<List<Instant>> slots = new ArrayList<>();
    cases.forEach(each -> slots.add(new ArrayList<>()));
    LocalDateTime shown = LocalDateTime.ofInstant(after, rules.getOffset(after));
    LocalDateTime latest = shown;
    for (Instant at = after.plusSeconds(60); !at.isAfter(until); at = at.plusSeconds(60)) {
      shown = LocalDateTime.ofInstant(at, rules.getOffset(at));
      Set<Integer> due = new HashSet<>();
      while (latest.isBefore(shown)) {
        latest = latest.plusMinutes(1);
        for (int i = 0; i < cases.size(); i++) {
          if (cases.get(i).due().test(latest)) {
            due.add(i);
          }
        }
      }
      for (int i : due) {
        slots.get(i).add(at);
      }
    }
    return slots;
  }

  private static void agree(String zone, List<Case> cases, Instant after, Instant until) {
    List<List<Instant>> watched = watched(ZoneId.of(zone).getRules(), cases, after, until);
    for (int i = 0; i < cases.size(); i++) {
      Schedule schedule = new Schedule(cases.get(i).cron(), zone);
      assertThat(Slots.between(schedule, after, until))
          .as("%s in %s from %s", cases.get(i).cron(), zone, after)
          .isEqualTo(watched.get(i));
      // The middle of it one after the other, which is slower.
      Instant start = after.plus(Duration.between(after, until).dividedBy(2)).minusSeconds(9_000);
      List<Instant> followed = new ArrayList<>();
      Optional<Instant> slot = Slots.next(schedule, start);
      while (slot.isPresent() && slot.get().isBefore(start.plusSeconds(18_000))) {
        followed.add(slot.get());
        slot = Slots.next(schedule, slot.get());
      }
      List<Instant> middle = new ArrayList<>(watched.get(i));
      middle.removeIf(at -> !at.isAfter(start) || !at.isBefore(start.plusSeconds(18_000)));
      assertThat(followed)
          .as("one after the other, %s in %s from %s", cases.get(i).cron(), zone, start)
          .isEqualTo(middle);
    }
  }

  @Test
  void around_every_change_of_ten_years_a_slot_is_when_a_clock_first_shows_or_passes_its_time() {
    Map<ZoneRules, String> zones = zones();
    assertThat(zones).hasSizeGreaterThan(40);
    Set<List<Object>> seen = new HashSet<>();
    int changes = 0;
    for (Map.Entry<ZoneRules, String> zone : zones.entrySet()) {
      for (ZoneOffsetTransition change : changes(zone.getKey())) {
        // A change by the same hours at the same local time of the same day is the same change.
        if (seen.add(List.of(change.getDateTimeBefore(), change.getDateTimeAfter()))) {
          changes++;
          agree(
              zone.getValue(),
              AROUND_CHANGES,
              change.getInstant().minus(AROUND.dividedBy(2)),
              change.getInstant().plus(AROUND.dividedBy(2)));
        }
      }
    }
    assertThat(changes).isGreaterThan(200);
  }

  @Test
  void ten_years_of_every_zone_have_the_slots_of_a_watched_clock_and_of_the_days_between() {
    zones().forEach((rules, zone) -> OF_TEN_YEARS.forEach(each -> tenYears(rules, zone, each)));
  }

  private static void tenYears(ZoneRules rules, String zone, Case each) {
    TreeSet<Instant> expected = new TreeSet<>();
    List<LocalTime> times = each.times();
    LocalDate last = LocalDate.ofInstant(TO, rules.getOffset(TO)).plusDays(1);
    for (LocalDate day = LocalDate.of(2025, 12, 31); day.isBefore(last); day = day.plusDays(1)) {
      if (each.due().test(day.atTime(times.get(0)))) {
        for (LocalTime time : times) {
          // Right for days without a change; those with one are taken out below.
          expected.add(day.atTime(time).toInstant(rules.getOffset(day.atTime(time))));
        }
      }
    }
    for (ZoneOffsetTransition change : changes(rules)) {
      Instant after = change.getInstant().minus(AROUND.dividedBy(2));
      Instant until = change.getInstant().plus(AROUND.dividedBy(2));
      expected.subSet(after, false, until, true).clear();
      expected.addAll(watched(rules, List.of(each), after, until).get(0));
    }
    List<Instant> slots = new ArrayList<>();
    for (Instant at = FROM; at.isBefore(TO); at = at.plus(Duration.ofDays(100))) {
      Instant end = at.plus(Duration.ofDays(100));
      slots.addAll(Slots.between(new Schedule(each.cron(), zone), at, end.isBefore(TO) ? end : TO));
    }

    assertThat(slots.equals(List.copyOf(expected.subSet(FROM, false, TO, true))))
        .as("%s in %s", each.cron(), zone)
        .isTrue();
  }

  /** Half an hour, midnight, a day that is left out, a day that comes twice, 40 minutes. */
  @Test
  void odd_changes_are_as_a_watched_clock_has_them() {
    Map<String, String> odd =
        Map.of(
            "Australia/Lord_Howe", "2026-10-03T15:30:00Z",
            "America/Havana", "2026-03-08T05:00:00Z",
            "America/Sao_Paulo", "2018-11-04T03:00:00Z",
            "Pacific/Apia", "2011-12-30T10:00:00Z",
            "Pacific/Kwajalein", "1993-08-21T12:00:00Z",
            "America/St_Johns", "2010-11-07T02:31:00Z",
            "Asia/Pyongyang", "2018-05-04T15:00:00Z",
            "Antarctica/Troll", "2026-03-29T01:00:00Z",
            "Africa/Casablanca", "2026-02-15T02:00:00Z");
    odd.forEach(
        (zone, at) -> {
          Instant change = Instant.parse(at);
          assertThat(ZoneId.of(zone).getRules().previousTransition(change.plusSeconds(1)))
              .as(zone)
              .extracting(ZoneOffsetTransition::getInstant)
              .isEqualTo(change);
          agree(zone, OF_TEN_YEARS, change.minus(AROUND), change.plus(AROUND));
          agree(
              zone,
              AROUND_CHANGES,
              change.minus(Duration.ofHours(30)),
              change.plus(Duration.ofHours(30)));
        });
  }
}
