package io.holdfast.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Policy.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotsTest {
  private static List<Instant> slots(String cron, String zone, String after, String until) {
    return Slots.between(new Schedule(cron, zone), Instant.parse(after), Instant.parse(until));
  }

  private static List<Instant> instants(String... texts) {
    return java.util.Arrays.stream(texts).map(Instant::parse).toList();
  }

  @Test
  void the_start_is_exclusive_and_the_end_inclusive() {
    assertThat(slots("0 * * * *", "UTC", "2026-03-02T10:00:00Z", "2026-03-02T12:00:00Z"))
        .isEqualTo(instants("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"));
    assertThat(slots("0 * * * *", "UTC", "2026-03-02T10:00:00Z", "2026-03-02T10:59:59.999Z"))
        .isEmpty();
    assertThat(slots("0 * * * *", "UTC", "2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z")).isEmpty();
  }

  @Test
  void a_schedule_is_in_its_own_zone() {
    assertThat(slots("30 2 * * *", "Asia/Kolkata", "2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z"))
        .isEqualTo(instants("2026-03-01T21:00:00Z"));
  }

  /** Europe/Berlin: on 29 March 2026 the clock goes from 02:00 to 03:00. */
  @Test
  void a_slot_in_the_hour_that_is_left_out_comes_at_the_end_of_it() {
    List<Instant> slots =
        slots("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z");

    assertThat(slots)
        .isEqualTo(
            instants("2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"));
  }

  @Test
  void a_slot_of_the_hour_that_is_left_out_comes_once_whenever_the_timer_looks() {
    Instant at = Instant.parse("2026-03-28T20:00:00Z");
    java.util.ArrayList<Instant> seen = new java.util.ArrayList<>();
    while (at.isBefore(Instant.parse("2026-03-29T20:00:00Z"))) {
      Instant next = at.plus(Duration.ofMinutes(5));
      seen.addAll(Slots.between(new Schedule("30 2 * * *", "Europe/Berlin"), at, next));
      at = next;
    }

    assertThat(seen).isEqualTo(instants("2026-03-29T01:00:00Z"));
  }

  /** On 25 October 2026 the hour from 02:00 to 03:00 comes twice. */
  @Test
  void a_slot_in_the_hour_that_comes_twice_comes_on_that_day() {
    List<Instant> slots =
        slots("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");

    assertThat(slots).isEqualTo(instants("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"));
  }

  @Test
  void a_repeated_hour_has_no_slots_the_second_time_even_when_every_minute_is_one() {
    String every = "*/30 * * * *";

    assertThat(slots(every, "Europe/Berlin", "2026-10-24T23:30:00Z", "2026-10-25T02:00:00Z"))
        .isEqualTo(
            instants("2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"));
    assertThat(slots(every, "Europe/Berlin", "2026-10-25T01:00:00Z", "2026-10-25T01:59:59Z"))
        .isEmpty();
  }

  @Test
  void several_slots_of_an_hour_that_is_left_out_and_the_one_at_its_end_are_one() {
    assertThat(
            slots("*/20 * * * *", "Europe/Berlin", "2026-03-29T00:40:00Z", "2026-03-29T01:20:00Z"))
        .isEqualTo(instants("2026-03-29T01:00:00Z", "2026-03-29T01:20:00Z"));
  }

  /** Samoa had no 30 December 2011: it went to the other side of the date line. */
  @Test
  void the_slots_of_a_day_that_is_left_out_come_once_at_its_end() {
    assertThat(slots("0 */6 * * *", "Pacific/Apia", "2011-12-30T04:00:00Z", "2011-12-30T16:00:00Z"))
        .isEqualTo(instants("2011-12-30T10:00:00Z", "2011-12-30T16:00:00Z"));
  }

  @Test
  void the_next_slot_is_after_the_instant_and_none_when_there_is_none() {
    Schedule nightly = new Schedule("0 2 * * *", "Europe/Berlin");

    assertThat(Slots.next(nightly, Instant.parse("2026-03-02T00:59:59.999Z")))
        .contains(Instant.parse("2026-03-02T01:00:00Z"));
    assertThat(Slots.next(nightly, Instant.parse("2026-03-02T01:00:00Z")))
        .contains(Instant.parse("2026-03-03T01:00:00Z"));
    assertThat(Slots.next(nightly, Instant.parse("2026-03-28T12:00:00Z")))
        .contains(Instant.parse("2026-03-29T01:00:00Z"));
    assertThat(Slots.next(new Schedule("0 0 29 2 *", "UTC"), Instant.parse("2028-03-01T00:00:00Z")))
        .contains(Instant.parse("2032-02-29T00:00:00Z"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"})
  void an_hourly_schedule_has_a_slot_in_every_hour_of_the_year_but_a_repeated_one(String zone) {
    Instant from = Instant.parse("2026-01-01T00:00:00Z");
    Instant at = from;
    while (at.isBefore(from.plus(Duration.ofDays(366)))) {
      Instant end = at.plus(Duration.ofDays(10));
      List<Instant> slots = Slots.between(new Schedule("0 * * * *", zone), at, end);
      assertThat(slots).as("%s from %s", zone, at).isSorted().doesNotHaveDuplicates();
      assertThat(slots).hasSizeBetween(239, 241);
      Instant last = at;
      for (Instant slot : slots) {
        assertThat(Duration.between(last, slot))
            .as("%s: %s to %s", zone, last, slot)
            .isLessThanOrEqualTo(Duration.ofHours(2));
        last = slot;
      }
      at = end;
    }
  }

  @Test
  void of_very_many_missed_slots_the_newest_are_kept() {
    List<Instant> slots = slots("* * * * *", "UTC", "2026-01-01T00:00:00Z", "2026-03-01T00:00:00Z");

    assertThat(slots).hasSize(Slots.SLOTS_MAX).isSorted();
    assertThat(slots).last().isEqualTo(Instant.parse("2026-03-01T00:00:00Z"));
  }

  @Test
  void a_slot_that_never_was_is_none() {
    assertThat(slots("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hello", "* * * *", "61 * * * *", "0 0 30 2 *", "* * * * * *", "@x"})
  void a_cron_expression_that_will_not_do_is_named(String cron) {
    assertThat(Slots.faultOfCron(cron)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0 2 * * *", "*/5 * * * *", "0 22 * * 1-5", "0 0 29 2 *", "15,45 8-18 * * *"})
  void a_cron_expression_of_five_fields_is_taken(String cron) {
    assertThat(Slots.faultOfCron(cron)).isEmpty();
  }

  @Test
  void a_zone_is_an_iana_name() {
    assertThat(Slots.faultOfZone("Europe/Berlin")).isEmpty();
    assertThat(Slots.faultOfZone("UTC")).isEmpty();
    assertThat(Slots.faultOfZone("Europe/Atlantis").orElseThrow()).contains("IANA");
    assertThat(Slots.faultOfZone("")).isPresent();
  }
}
