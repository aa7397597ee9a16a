package io.holdfast.vault;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one file of the ledger. Their order is that of the names.
 *
 * @param day UTC; no entry of a later day is in the file
 * @param number 1 to 9,999, counted anew each day
 */
record LedgerFile(LocalDate day, int number) implements Comparable<LedgerFile> {
  /** The folder of all files, with its slash. */
  static final String FOLDER = "ledger/";

  private static final int NUMBER_MAX = 9_999;
  private static final Pattern NAME =
      Pattern.compile("ledger/([0-9]{4}-[0-9]{2}-[0-9]{2})-([0-9]{4})\\.jsonl");
  private static final Comparator<LedgerFile> ORDER =
      Comparator.comparing(LedgerFile::day).thenComparingInt(LedgerFile::number);

  LedgerFile {
    if (day.getYear() < 0 || day.getYear() > 9_999 || number < 1 || number > NUMBER_MAX) {
      throw new IllegalArgumentException("no file of a ledger: %s, %d".formatted(day, number));
    }
  }

  /** {@code ledger/<yyyy-mm-dd>-<nnnn>.jsonl}. */
  String objectName() {
    return "%s%s-%04d.jsonl".formatted(FOLDER, day, number);
  }

  /** Reads a blob's full name; empty when it is none of the ledger's. */
  static Optional<LedgerFile> parse(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new LedgerFile(LocalDate.parse(matcher.group(1)), Integer.parseInt(matcher.group(2))));
    } catch (DateTimeException | IllegalArgumentException e) {
      // Such as the 31st of February, or number 0000: a name, but none that the ledger gives.
      return Optional.empty();
    }
  }

  /** The file after this one, for an entry of that day: a clock that is behind changes no day. */
  LedgerFile next(LocalDate today) {
    return today.isAfter(day) ? new LedgerFile(today, 1) : new LedgerFile(day, number + 1);
  }

  @Override
  public int compareTo(LedgerFile other) {
    return ORDER.compare(this, other);
  }
}
