package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of failures, row by row, and the ladder of consistency: the real steps on the real
 * adapter over the simulator. Each case ends with every point restored byte for byte, and with
 * nothing of Holdfast's left in the simulator.
 */
class FailureTableTest {
  /** Rows without a case here, each with its reason. */
  private static final Map<String, String> ELSEWHERE =
      Map.of(
          "two kinds of access at an upload", "only a restore uploads",
          "a restored disk does not boot", "only a restore writes disks and their footers",
          "soft delete at the target", "a property of the vault's account, which no step can see");

  @TempDir Path folder;

  static Stream<FailureRow> rows() {
    return Stream.of(
            FailureTableCalls.rows(),
            FailureTableSnapshots.rows(),
            FailureTableGuests.rows(),
            FailureTableDisks.rows(),
            FailureTableKinds.rows(),
            FailureTableMixed.rows())
        .flatMap(List::stream);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("rows")
  void each_row_ends_as_it_must_and_leaves_nothing(FailureRow row) {
    row.play().in(folder);
  }

  @Test
  void every_row_of_the_table_has_a_case_or_a_reason() throws IOException {
    Set<String> shown = rows().map(FailureRow::row).collect(Collectors.toSet());

    assertThat(table()).hasSizeGreaterThan(40).doesNotHaveDuplicates();
    assertThat(table()).containsAll(shown).containsAll(ELSEWHERE.keySet());
    assertThat(table())
        .allSatisfy(
            row -> assertThat(shown.contains(row)).isNotEqualTo(ELSEWHERE.containsKey(row)));
  }

  private static List<String> table() throws IOException {
    try (InputStream in = FailureTableTest.class.getResourceAsStream("/failures/rows.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .toList();
    }
  }
}
