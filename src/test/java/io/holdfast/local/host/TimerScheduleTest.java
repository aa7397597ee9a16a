package io.holdfast.local.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimerScheduleTest {
  @ParameterizedTest
  @CsvSource({
    "0 */5 * * * *,        2026-11-23T10:00:00Z, 2026-11-23T10:05:00Z",
    "0 */15 * * * *,       2026-11-23T10:44:59Z, 2026-11-23T10:45:00Z",
    "*/10 * * * * *,       2026-11-23T10:00:01Z, 2026-11-23T10:00:10Z",
    "*/5 * * * *,          2026-11-23T10:01:00Z, 2026-11-23T10:05:00Z",
    "0 30 9 * * MON-FRI,   2026-11-27T09:30:00Z, 2026-11-30T09:30:00Z",
    "0 0 0 * * 0,          2026-11-23T00:00:00Z, 2026-11-29T00:00:00Z",
    "0 0 0 * * SUN,        2026-11-23T00:00:00Z, 2026-11-29T00:00:00Z",
    "0 0 0 13 * 5,         2026-11-01T00:00:00Z, 2026-11-13T00:00:00Z",
    "0 0 0 13 * 5,         2026-11-13T00:00:00Z, 2027-08-13T00:00:00Z",
    "0 0 12 1 JAN *,       2026-11-23T00:00:00Z, 2027-01-01T12:00:00Z"
  })
  void firesAtTheNextOccurrence(String cron, Instant after, Instant next) {
    assertThat(TimerSchedule.parse(cron).next(after)).isEqualTo(next);
  }

  @Test
  void aTimeSpanIsAnInterval() {
    Instant now = Instant.parse("2026-11-23T10:00:07.5Z");
    assertThat(TimerSchedule.parse("00:05:00").next(now))
        .isEqualTo(now.plus(Duration.ofMinutes(5)));
  }

  @Test
  void whatIsNoScheduleIsRefused() {
    for (String text : new String[] {"", "soon", "61 * * * * *", "* * *", "00:00:00"}) {
      assertThatThrownBy(() -> TimerSchedule.parse(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
