package io.holdfast.infra;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The table of {@code docs/settings.md}. */
final class SettingsPage {
  private static final Path PAGE = Path.of("docs/settings.md");

  private SettingsPage() {}

  /**
   * A line of the table.
   *
   * @param where who sets it: {@code Azure}, {@code local}
   * @param readBy who looks at it: {@code app}, {@code host}
   */
  record Row(
      String name,
      String standard,
      String check,
      List<String> where,
      List<String> readBy,
      String example) {}

  /** Every line, in the page's order. */
  static List<Row> rows() {
    try {
      return Files.readAllLines(PAGE).stream()
          .dropWhile(line -> !line.startsWith("| name | default | check | where | read by |"))
          .skip(2)
          .takeWhile(line -> line.startsWith("|"))
          .map(SettingsPage::row)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Row row(String line) {
    List<String> cells = Arrays.stream(line.split("\\|", -1)).map(String::strip).toList();
    if (cells.size() != 8) {
      throw new IllegalStateException("not six cells: " + line);
    }
    return new Row(
        cells.get(1).replace("`", ""),
        cells.get(2),
        cells.get(3),
        List.of(cells.get(4).split(", ")),
        List.of(cells.get(5).split(", ")),
        cells.get(6));
  }

  /** The names of the settings with one mark in the column "where". */
  static List<String> setBy(String where) {
    return rows().stream().filter(row -> row.where().contains(where)).map(Row::name).toList();
  }

  /**
   * The names of the settings with one mark in the column "read by". Those that the {@code app}
   * reads are the ones that its start-up code knows.
   */
  static List<String> readBy(String who) {
    return rows().stream().filter(row -> row.readBy().contains(who)).map(Row::name).toList();
  }
}
