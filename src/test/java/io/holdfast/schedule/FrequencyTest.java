package io.holdfast.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.schedule.Frequency.Daily;
import io.holdfast.schedule.Frequency.Hourly;
import io.holdfast.schedule.Frequency.Weekly;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrequencyTest {
  @Test
  void the_forms_are_cron_expressions_said_in_words() {
    assertThat(new Daily("02:05").cron()).isEqualTo("5 2 * * *");
    assertThat(new Hourly(4, "09:30").cron()).isEqualTo("30 1,5,9,13,17,21 * * *");
    assertThat(new Hourly(12, "00:00").cron()).isEqualTo("0 0,12 * * *");
    assertThat(new Hourly(1, "17:45").cron()).isEqualTo("45 * * * *");
    assertThat(new Weekly(List.of("Saturday", "monday", "SUNDAY"), "23:59").cron())
        .isEqualTo("59 23 * * 0,1,6");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 6, 8, 12})
  void an_hourly_form_has_its_time_among_its_slots_and_the_same_distance_between_all(int every) {
    String cron = new Hourly(every, "13:20").cron();

    List<Instant> slots =
        Slots.between(
            new Schedule(cron, "UTC"),
            Instant.parse("2026-05-01T00:00:00Z"),
            Instant.parse("2026-05-04T00:00:00Z"));
    assertThat(slots).hasSize(72 / every).contains(Instant.parse("2026-05-02T13:20:00Z"));
    for (int i = 1; i < slots.size(); i++) {
      assertThat(Duration.between(slots.get(i - 1), slots.get(i)))
          .isEqualTo(Duration.ofHours(every));
    }
    assertThat(Floors.shortestGap(cron)).isEqualTo(Duration.ofHours(every));
  }

  @Test
  void days_of_the_week_are_those_of_the_calendar() {
    List<Instant> slots =
        Slots.between(
            new Schedule(new Weekly(List.of("Sunday", "Wednesday"), "02:00").cron(), "UTC"),
            Instant.parse("2026-11-23T00:00:00Z"),
            Instant.parse("2026-11-30T00:00:00Z"));

    assertThat(slots)
        .containsExactly(
            Instant.parse("2026-11-25T02:00:00Z"), Instant.parse("2026-11-29T02:00:00Z"));
  }

  @Test
  void all_faults_are_named_at_once() {
    assertThat(new Hourly(5, "9:00").faults())
        .containsExactly(
            "field every is 5, but must be 1, 2, 3, 4, 6, 8 or 12 hours",
            "field from is \"9:00\", but must be a local time from \"00:00\" to \"23:59\"");
    assertThat(new Weekly(List.of("Caturday", "Friday", "friday"), null).faults())
        .containsExactly(
            "field days has \"Caturday\", but must have names of days, Monday to Sunday",
            "field days has \"friday\" twice, but must have each day once",
            "field at is missing, but must be a local time from \"00:00\" to \"23:59\"");
    assertThat(new Weekly(List.of(), "02:00").faults()).hasSize(1);
    assertThat(new Daily("02:00").faults()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"24:00", "02:60", "2:00", "02:00:00", "", " 02:00", "noon"})
  void what_is_no_local_time_has_no_cron_expression(String at) {
    assertThat(new Daily(at).faults()).hasSize(1);
    assertThatThrownBy(() -> new Daily(at).cron())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be a local time");
  }
}
