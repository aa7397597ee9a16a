package io.holdfast.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.Policy.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloorsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "* * * * * | PT1M",
        "*/5 * * * * | PT5M",
        "0,50 * * * * | PT10M",
        "0 2 * * * | PT24H",
        "0 0,21 * * * | PT3H",
        "30 8-18/3 * * 1-5 | PT3H",
        "0 2 * * 0 | PT168H",
        "0 2 * * 1,3 | PT48H",
        "0 1,23 * * 1,2 | PT2H",
        "0 1,23 * * 1,3 | PT22H",
        "0 2 1 * * | PT672H",
        "0 2 31 * * | PT744H",
        "0 2 1,31 * * | PT24H",
        "0 2 28 2 * | PT8760H",
        "0 2 29 2 * | PT35064H",
        "0 2 29 2-3 * | PT696H",
      })
  void the_shortest_gap_is_found_wherever_it_is(String cron, Duration gap) {
    assertThat(Floors.shortestGap(cron)).isEqualTo(gap);
    assertThat(Floors.below(cron, gap)).isFalse();
    assertThat(Floors.below(cron, gap.plusNanos(1))).isTrue();
    assertThat(Floors.below(cron, gap.plusMinutes(1))).isTrue();
  }

  @Test
  void no_two_slots_of_some_years_are_closer_than_it_says_and_two_are_as_close() {
    for (int seed = 0; seed < 25; seed++) {
      Random random = new Random(seed);
      String cron =
          "%d,%d %d,%d %s * %s"
              .formatted(
                  random.nextInt(30),
                  30 + random.nextInt(30),
                  random.nextInt(12),
                  12 + random.nextInt(12),
                  List.of("*", "1", "5,20", "*/10", "31").get(random.nextInt(5)),
                  List.of("*", "*", "1-5", "0", "2,5").get(random.nextInt(5)));
      long gap = Floors.shortestGap(cron).toMinutes();

      long seen = Long.MAX_VALUE;
      Instant from = Instant.parse("2026-01-01T00:00:00Z");
      Instant last = null;
      for (int i = 0; i < 30; i++) {
        Instant until = from.plus(Duration.ofDays(50));
        for (Instant slot : Slots.between(new Schedule(cron, "UTC"), from, until)) {
          seen = last == null ? seen : Math.min(seen, Duration.between(last, slot).toMinutes());
          last = slot;
        }
        from = until;
      }
      assertThat(gap).as("seed %d: %s", seed, cron).isEqualTo(seen);
    }
  }

  @Test
  void a_floor_of_part_of_a_minute_is_kept_too() {
    assertThat(Floors.below("* * * * *", Duration.ofSeconds(61))).isTrue();
    assertThat(Floors.below("* * * * *", Duration.ofSeconds(60))).isFalse();
    assertThat(Floors.below("* * * * *", Duration.ZERO)).isFalse();
  }

  @Test
  void an_expression_with_a_fault_is_refused() {
    assertThatThrownBy(() -> Floors.shortestGap("0 0 30 2 *"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 0 30 2 *");
    assertThatThrownBy(() -> Floors.below("@daily", Duration.ofHours(1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
