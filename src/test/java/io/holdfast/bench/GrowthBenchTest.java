package io.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.bench.GrowthBench.Scale;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The growth part of the benchmark at a small scale: what it counts, never how long it takes. */
class GrowthBenchTest {
  /** Format 1: a disk manifest has an id of 32 bytes for each segment. */
  private static final int BYTES_A_SEGMENT = 32;

  private static List<Map<String, Object>> rows;

  @BeforeAll
  static void measure() {
    rows = GrowthBench.measure(Scale.QUICK);
  }

  @Test
  void an_incremental_of_a_larger_disk_makes_the_same_requests_but_for_page_range_queries() {
    List<Map<String, Long>> counts = countsOf("disk", "together");

    assertThat(counts).hasSameSizeAs(Scale.QUICK.segments());
    assertThat(counts.stream().map(GrowthBenchTest::requests).distinct()).hasSize(1);
    assertThat(counts.stream().map(each -> each.get("bytes created: segments")).distinct())
        .hasSize(1);
  }

  @Test
  void the_manifests_grow_with_the_disk_by_32_bytes_a_segment() {
    List<Map<String, Long>> counts = countsOf("disk", "together");
    List<Integer> segments = Scale.QUICK.segments();

    for (int i = 1; i < counts.size(); i++) {
      long grown = counts.get(i).get("bytes created: manifests");
      long more = grown - counts.get(0).get("bytes created: manifests");
      long ids = (long) (segments.get(i) - segments.get(0)) * BYTES_A_SEGMENT;
      assertThat(more).isBetween(ids * 9 / 10, ids * 11 / 10);
    }
  }

  @Test
  void an_incremental_after_more_points_makes_the_same_requests() {
    List<Map<String, Long>> counts = countsOf("points", "together");

    assertThat(counts).hasSameSizeAs(Scale.QUICK.points());
    assertThat(counts.stream().map(GrowthBenchTest::requests).distinct()).hasSize(1);
    assertThat(counts.stream().map(each -> each.get("page-range queries")).distinct()).hasSize(1);
  }

  @Test
  void the_requests_to_the_vault_are_within_their_budget() {
    for (Map<String, Object> row : rows) {
      Map<String, Long> counts = countsOf(row);
      long chunks = counts.get("blobs created: chunks");
      long segments = counts.get("blobs created: segments");
      long asked =
          counts.entrySet().stream()
              .filter(each -> each.getKey().startsWith("blob requests"))
              .mapToLong(Map.Entry::getValue)
              .sum();

      assertThat(chunks).isEqualTo(Scale.QUICK.changed());
      assertThat((double) asked).isLessThanOrEqualTo(1.05 * chunks + 2 * segments + 20);
    }
  }

  private static List<Map<String, Long>> countsOf(String series, String place) {
    return rows.stream()
        .filter(row -> row.get("series").equals(series) && row.get("place").equals(place))
        .map(GrowthBenchTest::countsOf)
        .toList();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Long> countsOf(Map<String, Object> row) {
    return (Map<String, Long>) row.get("counts");
  }

  /** What is asked of Azure, but for the change list, which is as long as the disk. */
  private static Map<String, Long> requests(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .filter(each -> !each.getKey().contains("bytes"))
        .filter(each -> !each.getKey().equals("page-range queries"))
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }
}
