package io.holdfast.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JobIdTest {
  private static final String ITEM = "a8282f87-25c0-32d0-b974-2ae778942970";
  private static final Instant TIME = Instant.parse("2026-03-02T10:00:00.123Z");

  @Test
  void an_id_reads_back_as_it_was_written() {
    JobId id = JobId.of(ITEM, TIME, "request");

    assertThat(id.toString()).matches(ITEM + "-j20260302100000123-[0-9a-f]{6}");
    assertThat(JobId.parse(id.toString())).contains(id);
    assertThat(JobId.of(id.toString())).isEqualTo(id);
  }

  @Test
  void its_point_has_the_same_id_with_another_letter() {
    JobId id = JobId.of(ITEM, TIME, "request");

    assertThat(id.pointId()).isEqualTo(id.toString().replace("-j2026", "-p2026"));
    assertThat(JobId.parsePoint(id.pointId())).contains(id);
    assertThat(JobId.parse(id.pointId())).isEmpty();
    assertThat(JobId.parsePoint(id.toString())).isEmpty();
  }

  @Test
  void the_same_request_gives_the_same_id_and_another_gives_another() {
    assertThat(JobId.of(ITEM, TIME, "a")).isEqualTo(JobId.of(ITEM, TIME, "a"));
    assertThat(JobId.of(ITEM, TIME, "a")).isNotEqualTo(JobId.of(ITEM, TIME, "b"));
    assertThat(JobId.of(ITEM, TIME, "a")).isNotEqualTo(JobId.of(ITEM, TIME.plusMillis(1), "a"));
    assertThat(JobId.of(ITEM, TIME.plusNanos(999_999), "a"))
        .as("milliseconds count")
        .isEqualTo(JobId.of(ITEM, TIME, "a"));
  }

  @Test
  void keys_sort_the_newest_first() {
    Random random = new Random(3);
    List<JobId> ids = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      ids.add(JobId.of(ITEM, Instant.ofEpochMilli(random.nextLong(4_102_444_800_000L)), "x" + i));
    }

    ids.sort(Comparator.comparing(JobId::key));

    assertThat(ids).isSortedAccordingTo(Comparator.comparing(JobId::time).reversed());
    assertThat(ids).allMatch(id -> JobId.of(id.toString()).equals(id));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "item-j2026030210000012-abcdef",
        "item-j20260302100000123-ABCDEF",
        "item-j20261302100000123-abcdef",
        "item-j20260230100000123-abcdef",
        "Item-j20260302100000123-abcdef",
        "-j20260302100000123-abcdef",
        "it/em-j20260302100000123-abcdef",
        "item-j20260302100000123-abcdef "
      })
  void what_is_no_id_is_none(String text) {
    assertThat(JobId.parse(text)).isEmpty();
    assertThatThrownBy(() -> JobId.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a job's id");
  }
}
