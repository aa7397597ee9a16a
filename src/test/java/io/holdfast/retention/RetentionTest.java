package io.holdfast.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.RetentionRule;
import io.holdfast.retention.Reason.Kind;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  private static Candidate at(String time) {
    return Candidate.scheduled(time, Instant.parse(time));
  }

  private static Candidate bad(String time) {
    return new Candidate(time, Instant.parse(time), false, true, null, false, null);
  }

  private static List<Candidate> nightly(LocalDate first, LocalDate last) {
    List<Candidate> points = new ArrayList<>();
    for (LocalDate day = first; !day.isAfter(last); day = day.plusDays(1)) {
      points.add(Candidate.scheduled(day.toString(), day.atTime(2, 0).atZone(UTC).toInstant()));
    }
    return points;
  }

  private static RetentionRule daily(int days) {
    return new RetentionRule(0, 0, days, 0, 0, 0);
  }

  private static Verdict verdict(
      List<Candidate> points, RetentionRule rule, ZoneId zone, String id) {
    return Retention.select(points, rule, zone, NOW).of(id).orElseThrow();
  }

  private static List<String> kept(List<Candidate> points, RetentionRule rule) {
    return Retention.select(points, rule, UTC, NOW).kept();
  }

  @Test
  void three_years_of_nights_leave_thirty_days_twelve_weeks_and_twelve_months() {
    List<Candidate> points = nightly(LocalDate.of(2023, 11, 25), LocalDate.of(2026, 11, 24));

    List<String> kept = kept(points, RetentionRule.DEFAULT);

    List<String> expected = new ArrayList<>();
    for (LocalDate day = LocalDate.of(2026, 11, 24);
        day.isAfter(LocalDate.of(2025, 11, 30));
        day = day.minusDays(1)) {
      boolean lastOfMonth = day.plusDays(1).getDayOfMonth() == 1;
      boolean week =
          day.getDayOfWeek() == DayOfWeek.SUNDAY && day.isAfter(LocalDate.of(2026, 9, 8));
      if (day.isAfter(LocalDate.of(2026, 10, 25)) || week || lastOfMonth) {
        expected.add(day.toString());
      }
    }
    assertThat(kept).isEqualTo(expected);
  }

  @Test
  void every_rule_that_holds_a_point_is_a_reason_with_its_place() {
    List<Candidate> points = nightly(LocalDate.of(2026, 10, 1), LocalDate.of(2026, 11, 24));

    Verdict newest = verdict(points, new RetentionRule(3, 24, 30, 12, 12, 1), UTC, "2026-11-24");

    assertThat(newest.reasons())
        .extracting(Reason::kind)
        .containsExactly(
            Kind.LATEST,
            Kind.HOURLY,
            Kind.DAILY,
            Kind.WEEKLY,
            Kind.MONTHLY,
            Kind.YEARLY,
            Kind.LAST_GOOD);
    assertThat(newest.text())
        .isEqualTo(
            "latest 1 of 3; hourly 1 of 24: latest of 2026-11-24 02:00Z; daily 1 of 30: latest of"
                + " 2026-11-24; weekly 1 of 12: latest of 2026-W48; monthly 1 of 12: latest of"
                + " 2026-11; yearly 1 of 1: latest of 2026; the newest good point");
    assertThat(verdict(points, RetentionRule.DEFAULT, UTC, "2026-11-22").text())
        .isEqualTo("daily 3 of 30: latest of 2026-11-22; weekly 2 of 12: latest of 2026-W47");
  }

  @Test
  void an_expired_point_says_of_each_rule_why_it_does_not_hold_it() {
    List<Candidate> points = nightly(LocalDate.of(2026, 9, 1), LocalDate.of(2026, 11, 24));

    Verdict verdict = verdict(points, RetentionRule.DEFAULT, UTC, "2026-10-01");

    assertThat(verdict.kept()).isFalse();
    assertThat(verdict.reasons())
        .containsExactly(
            new Reason(
                Kind.EXPIRED,
                Optional.of(Kind.DAILY),
                "its day, 2026-10-01, is older than the 30 newest days with a point; its week,"
                    + " 2026-W40, has a later point, 2026-10-04; its month, 2026-10, has a later"
                    + " point, 2026-10-31"));
  }

  @Test
  void an_expired_point_names_the_rule_that_reached_farthest() {
    List<Candidate> points = nightly(LocalDate.of(2026, 6, 1), LocalDate.of(2026, 11, 24));
    RetentionRule rule = new RetentionRule(0, 0, 7, 0, 2, 0);

    assertThat(verdict(points, rule, UTC, "2026-09-30").reasons().get(0).lastRule())
        .contains(Kind.MONTHLY);
    List<Candidate> twice = List.of(at("2026-11-24T01:00:00Z"), at("2026-11-24T02:00:00Z"));
    assertThat(verdict(twice, rule, UTC, "2026-11-24T01:00:00Z").reasons().get(0).lastRule())
        .isEmpty();
  }

  @Test
  void days_without_a_point_do_not_count() {
    List<Candidate> points =
        List.of(at("2026-11-24T02:00:00Z"), at("2026-11-01T02:00:00Z"), at("2025-02-01T02:00:00Z"));

    assertThat(kept(points, daily(3))).hasSize(3);
    assertThat(kept(points, daily(2))).hasSize(2);
  }

  /** B14 of the product page: a backup that keeps its day by a calendar loses the month instead. */
  @Test
  void a_missed_last_saturday_does_not_lose_the_month() {
    RetentionRule rule = new RetentionRule(0, 0, 0, 2, 12, 0);
    List<Candidate> points = new ArrayList<>();
    for (LocalDate day = LocalDate.of(2026, 1, 3);
        day.isBefore(LocalDate.of(2026, 11, 24));
        day = day.plusDays(7)) {
      if (!day.equals(LocalDate.of(2026, 5, 30))) {
        points.add(
            Candidate.scheduled(
                day.toString(), day.atTime(LocalTime.NOON).atZone(UTC).toInstant()));
      }
    }

    assertThat(kept(points, rule))
        .contains("2026-05-23", "2026-04-25", "2026-06-27")
        .filteredOn(id -> id.startsWith("2026-05"))
        .hasSize(1);
  }

  @Test
  void days_are_those_of_the_policys_zone() {
    Candidate evening = at("2026-11-22T22:59:00Z");
    Candidate night = at("2026-11-22T23:01:00Z");

    assertThat(Retention.select(List.of(evening, night), daily(9), UTC, NOW).kept()).hasSize(1);
    assertThat(Retention.select(List.of(evening, night), daily(9), BERLIN, NOW).kept()).hasSize(2);
  }

  @Test
  void an_hour_that_comes_twice_is_two_hours() {
    RetentionRule hourly = new RetentionRule(0, 5, 0, 0, 0, 0);
    List<Candidate> points = List.of(at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"));

    Verdicts verdicts = Retention.select(points, hourly, BERLIN, NOW);

    assertThat(verdicts.kept()).hasSize(2);
    assertThat(verdicts.newestFirst().get(0).text()).contains("2026-10-25 02:00+01:00");
    assertThat(verdicts.newestFirst().get(1).text()).contains("2026-10-25 02:00+02:00");
  }

  @Test
  void weeks_begin_on_monday_and_go_on_over_new_year() {
    RetentionRule weekly = new RetentionRule(0, 0, 0, 9, 0, 0);
    List<Candidate> points =
        List.of(at("2027-01-04T02:00:00Z"), at("2027-01-03T02:00:00Z"), at("2026-12-28T02:00:00Z"));

    Verdicts verdicts =
        Retention.select(points, weekly, UTC, Instant.parse("2027-02-01T00:00:00Z"));

    assertThat(verdicts.kept()).containsExactly("2027-01-04T02:00:00Z", "2027-01-03T02:00:00Z");
    assertThat(verdicts.newestFirst().get(1).text()).contains("2026-W53");
  }

  @Test
  void a_point_that_is_not_good_takes_no_bucket_from_a_good_one() {
    List<Candidate> points =
        List.of(
            at("2026-11-24T02:00:00Z"),
            bad("2026-11-23T20:00:00Z"),
            at("2026-11-23T02:00:00Z"),
            bad("2026-11-22T02:00:00Z"));

    Verdicts verdicts = Retention.select(points, daily(9), UTC, NOW);

    assertThat(verdicts.expired()).containsExactly("2026-11-23T20:00:00Z");
    assertThat(verdicts.newestFirst().get(1).text())
        .isEqualTo("its day, 2026-11-23, has a good point, 2026-11-23T02:00:00Z");
    assertThat(verdicts.newestFirst().get(2).text())
        .isEqualTo("daily 2 of 9: latest good one of 2026-11-23");
    assertThat(verdicts.newestFirst().get(3).text())
        .isEqualTo("daily 3 of 9: latest of 2026-11-22, of which no point is good");
  }

  @Test
  void the_newest_good_point_stays_when_all_after_it_are_bad() {
    List<Candidate> points =
        List.of(
            bad("2026-11-24T02:00:00Z"), bad("2026-11-23T02:00:00Z"), at("2026-11-01T02:00:00Z"));

    Verdicts verdicts = Retention.select(points, daily(2), UTC, NOW);

    assertThat(verdicts.expired()).isEmpty();
    assertThat(verdicts.newestFirst().get(2).reasons())
        .extracting(Reason::kind)
        .containsExactly(Kind.LAST_GOOD);
  }

  @Test
  void pins_and_legal_holds_keep_what_no_rule_does() {
    Instant old = Instant.parse("2020-01-01T00:00:00Z");
    List<Candidate> points =
        List.of(
            at("2026-11-24T02:00:00Z"),
            new Candidate("pinned", old, true, true, "ann@contoso.example", false, null),
            new Candidate("held", old, false, true, null, true, null),
            new Candidate("neither", old, true, true, null, false, null));

    Verdicts verdicts = Retention.select(points, daily(1), UTC, NOW);

    assertThat(verdicts.expired()).containsExactly("neither");
    assertThat(verdicts.of("pinned").orElseThrow().text())
        .isEqualTo("pinned by ann@contoso.example");
    assertThat(verdicts.of("held").orElseThrow().text()).isEqualTo("under legal hold");
  }

  @Test
  void a_point_with_an_end_of_its_own_takes_nobodys_place_and_stays_exactly_until_then() {
    Instant end = Instant.parse("2026-11-30T00:00:00Z");
    Candidate own =
        new Candidate("own", Instant.parse("2026-11-22T20:00:00Z"), true, true, null, false, end);
    List<Candidate> points = List.of(at("2026-11-23T02:00:00Z"), own, at("2026-11-22T02:00:00Z"));

    Verdicts before = Retention.select(points, daily(2), UTC, end.minusNanos(1));
    Verdicts then = Retention.select(points, daily(2), UTC, end);

    assertThat(before.expired()).isEmpty();
    assertThat(before.of("own").orElseThrow().text())
        .isEqualTo("to be kept until 2026-11-30T00:00:00Z");
    assertThat(then.expired()).containsExactly("own");
    assertThat(then.of("own").orElseThrow().reasons().get(0).lastRule())
        .contains(Kind.RETAIN_UNTIL);
  }

  @Test
  void the_only_good_point_outlives_its_own_end() {
    Candidate own =
        new Candidate("own", NOW.minusSeconds(90), true, true, null, false, NOW.minusSeconds(60));

    assertThat(kept(List.of(own, bad("2026-11-23T02:00:00Z")), daily(1))).contains("own");
  }

  @Test
  void what_the_vault_does_not_have_yet_is_neither_counted_nor_expired_nor_the_last_good_one() {
    Candidate unpublished =
        new Candidate("new", Instant.parse("2026-11-24T02:00:00Z"), true, false, null, false, null);
    List<Candidate> points = List.of(unpublished, at("2026-11-23T02:00:00Z"));

    Verdicts verdicts = Retention.select(points, daily(1), UTC, NOW);

    assertThat(verdicts.newestFirst().get(0).reasons())
        .extracting(Reason::kind)
        .containsExactly(Kind.NOT_PUBLISHED);
    assertThat(verdicts.newestFirst().get(1).reasons())
        .extracting(Reason::kind)
        .containsExactly(Kind.DAILY, Kind.LAST_GOOD);
  }

  @Test
  void of_points_of_one_time_the_greater_id_is_newer() {
    List<Candidate> points =
        List.of(
            Candidate.scheduled("a", NOW),
            Candidate.scheduled("c", NOW),
            Candidate.scheduled("b", NOW));

    assertThat(kept(points, daily(1))).containsExactly("c");
    assertThat(kept(points, new RetentionRule(2, 0, 0, 0, 0, 0))).containsExactly("c", "b");
  }

  @Test
  void no_points_are_no_verdicts() {
    assertThat(kept(List.of(), RetentionRule.DEFAULT)).isEmpty();
    assertThat(
            Retention.nextDeletion(List.of(), RetentionRule.DEFAULT, UTC, NOW, FutureSlots.NONE)
                .next())
        .isEmpty();
  }

  @Test
  void a_rule_that_keeps_nothing_or_two_points_of_one_id_delete_nothing() {
    assertThatThrownBy(() -> kept(List.of(at("2026-11-24T02:00:00Z")), daily(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keeps nothing");
    assertThatThrownBy(
            () -> kept(List.of(at("2026-11-24T02:00:00Z"), bad("2026-11-24T02:00:00Z")), daily(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two points have the id");
  }

  @Test
  void all_faults_of_a_rule_are_named_at_once() {
    assertThat(new RetentionRule(-1, 0, 10_000, 0, 0, 0).faults())
        .containsExactly(
            "field latest is -1, but must be from 0 to 9999",
            "field daily is 10000, but must be from 0 to 9999");
    assertThat(new RetentionRule(0, 0, 0, 0, 0, 0).faults())
        .singleElement()
        .asString()
        .startsWith("the rule keeps nothing");
    assertThat(RetentionRule.DEFAULT.faults()).isEmpty();
    assertThat(new RetentionRule(9_999, 0, 0, 0, 0, 9_999).faults()).isEmpty();
  }

  @Test
  void the_forecast_of_nights_is_the_day_that_the_rule_says() {
    List<Candidate> points = nightly(LocalDate.of(2026, 11, 20), LocalDate.of(2026, 11, 24));
    RetentionRule rule = new RetentionRule(0, 0, 7, 0, 1, 0);

    Forecast forecast = Retention.nextDeletion(points, rule, UTC, NOW, nightlyFrom(NOW));

    // The seven newest days push out the 20th when the 27th comes; the 24th may stand for November
    // only until the 25th is there.
    assertThat(forecast.of("2026-11-20")).contains(Instant.parse("2026-11-27T02:00:00Z"));
    assertThat(forecast.of("2026-11-24")).contains(Instant.parse("2026-12-01T02:00:00Z"));
    assertThat(forecast.next().orElseThrow())
        .isEqualTo(
            new Forecast.Deletion(Instant.parse("2026-11-27T02:00:00Z"), List.of("2026-11-20")));
  }

  @Test
  void when_backups_stop_only_an_end_of_its_own_ends_a_point() {
    Instant end = NOW.plus(Duration.ofDays(3));
    List<Candidate> points = nightly(LocalDate.of(2026, 11, 20), LocalDate.of(2026, 11, 24));
    points.add(new Candidate("own", NOW.minus(Duration.ofDays(9)), true, true, null, false, end));

    Forecast forecast = Retention.nextDeletion(points, daily(7), UTC, NOW, FutureSlots.NONE);

    assertThat(forecast.expiries()).containsOnlyKeys("own").containsValue(end);
  }

  @Test
  void what_has_expired_goes_now_and_what_is_pinned_never() {
    List<Candidate> points =
        List.of(
            at("2026-11-24T02:00:00Z"),
            at("2026-11-20T02:00:00Z"),
            new Candidate("pin", NOW.minusSeconds(9), true, true, "ann", false, NOW));

    Forecast forecast = Retention.nextDeletion(points, daily(1), UTC, NOW, nightlyFrom(NOW));

    assertThat(forecast.of("2026-11-20T02:00:00Z")).contains(NOW);
    assertThat(forecast.of("2026-11-24T02:00:00Z")).contains(Instant.parse("2026-11-25T02:00:00Z"));
    assertThat(forecast.of("pin")).isEmpty();
  }

  @Test
  void a_yearly_point_is_forecast_without_a_look_at_every_backup_to_come() {
    int[] asked = {0};
    FutureSlots hourly =
        time -> {
          asked[0]++;
          return Optional.of(Instant.ofEpochSecond(time.getEpochSecond() / 3_600 * 3_600 + 3_600));
        };
    List<Candidate> points = List.of(at("2026-11-24T02:00:00Z"), at("2025-12-31T23:00:00Z"));

    Forecast forecast =
        Retention.nextDeletion(points, new RetentionRule(0, 0, 0, 0, 0, 10), UTC, NOW, hourly);

    assertThat(forecast.of("2025-12-31T23:00:00Z")).contains(Instant.parse("2035-01-01T00:00:00Z"));
    assertThat(asked[0]).isLessThan(20);
  }

  @Test
  void further_than_a_hundred_years_is_never() {
    Forecast forecast =
        Retention.nextDeletion(
            List.of(at("2026-11-24T02:00:00Z"), at("2025-11-24T02:00:00Z")),
            new RetentionRule(0, 0, 0, 0, 0, 200),
            UTC,
            NOW,
            nightlyFrom(NOW));

    assertThat(forecast.expiries()).containsOnlyKeys("2026-11-24T02:00:00Z");
  }

  private static FutureSlots nightlyFrom(Instant now) {
    return time -> {
      Instant after = time.isBefore(now) ? now : time;
      Instant slot = LocalDate.ofInstant(after, UTC).atTime(2, 0).atZone(UTC).toInstant();
      return Optional.of(slot.isAfter(after) ? slot : slot.plus(Duration.ofDays(1)));
    };
  }
}
