package io.holdfast.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SpreadTest {
  private static final Instant SLOT = Instant.parse("2026-11-24T02:00:00Z");

  private static Instant start(int item, Duration jitter) {
    return Spread.startOf(SLOT, "vm-" + item, "nightly", jitter);
  }

  /** Fixed, so that hosts of two versions agree on it. */
  @Test
  void an_item_starts_at_the_same_second_on_every_host() {
    assertThat(Spread.startOf(SLOT, "vm-1", "nightly", Duration.ofHours(1)))
        .isEqualTo(Instant.parse("2026-11-24T02:43:05Z"));
  }

  @Test
  void the_distance_between_two_backups_of_an_item_is_that_of_the_slots() {
    Instant next = SLOT.plus(Duration.ofHours(3));

    assertThat(Spread.startOf(next, "vm-7", "nightly", Duration.ofHours(1)))
        .isEqualTo(start(7, Duration.ofHours(1)).plus(Duration.ofHours(3)));
  }

  @Test
  void items_are_spread_evenly_to_the_second_and_none_outside() {
    int[] minutes = new int[60];
    for (int item = 0; item < 60_000; item++) {
      Duration late = Duration.between(SLOT, start(item, Duration.ofHours(1)));
      assertThat(late).isBetween(Duration.ZERO, Duration.ofSeconds(3_599));
      minutes[(int) late.toMinutes()]++;
    }
    // 1,000 a minute are expected; 150 are nearly five standard deviations.
    assertThat(minutes)
        .satisfies(
            counts -> {
              for (int count : counts) {
                assertThat(count).isBetween(850, 1_150);
              }
            });
  }

  @Test
  void another_policy_spreads_another_way() {
    int same = 0;
    for (int item = 0; item < 1_000; item++) {
      Instant other = Spread.startOf(SLOT, "vm-" + item, "hourly", Duration.ofHours(1));
      same += other.equals(start(item, Duration.ofHours(1))) ? 1 : 0;
    }
    assertThat(same).isLessThan(10);
  }

  @Test
  void without_jitter_all_start_at_the_slot() {
    assertThat(start(1, Duration.ZERO)).isEqualTo(SLOT);
    assertThat(start(1, Duration.ofMillis(999))).isEqualTo(SLOT);
    assertThat(start(1, Duration.ofSeconds(1))).isEqualTo(SLOT);
    assertThatThrownBy(() -> start(1, Duration.ofSeconds(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
