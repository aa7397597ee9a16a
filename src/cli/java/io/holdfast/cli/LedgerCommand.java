package io.holdfast.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.holdfast.vault.Ledger;
import io.holdfast.vault.Ledger.Recorded;
import io.holdfast.vault.LedgerEntry;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What was done to the points, by whom and why. */
@Command(
    name = "ledger",
    header = "List what was done to points, items and policies, by whom and why; oldest first.",
    description = {
      "The ledger is never encrypted, so that no key file is needed. Each line is proved to follow the"
          + " one before it; what is damaged, missing or foreign is named on stderr, and the exit code"
          + " is then 3."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast vault ledger --vault /mnt/copy-of-vault --item vm-1",
      "  holdfast vault ledger --from 2026-11-01 --output json \\",
      "      --vault https://acct.blob.core.windows.net/holdfast"
    })
final class LedgerCommand extends io.holdfast.cli.Command {
  /** Instants to the second, the longest event, a point's id, and most users' names. */
  private static final String COLUMNS = "%-20s  %-17s  %-36s  %-20s  %-20s  %s";

  private final Console console;
  @Mixin private VaultOption vault;

  @Option(
      names = "--item",
      paramLabel = "ID",
      description = "Only what concerns this item. Default: all, policies too.")
  private String item;

  @Option(
      names = "--from",
      paramLabel = "yyyy-mm-dd",
      description = "Only the files of this day (UTC) and of later ones. Default: all.")
  private String from;

  @Option(
      names = "--output",
      paramLabel = "json|table",
      defaultValue = "table",
      description = "Form of the list; json is {\"value\":[...]}. Default: ${DEFAULT-VALUE}.")
  private Console.Output output;

  LedgerCommand(Console console) {
    this.console = console;
  }

  /**
   * What is printed of a line.
   *
   * @param file and {@code line} where it stands, as {@code vault verify} names it
   * @param previous digest of the line before it
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  private record Line(
      String file,
      int line,
      String id,
      Instant at,
      String event,
      String itemId,
      String pointId,
      String policy,
      String who,
      String why,
      Instant until,
      String previous) {
    static Line of(Recorded recorded) {
      LedgerEntry entry = recorded.entry();
      return new Line(
          recorded.file(),
          recorded.line(),
          entry.id(),
          entry.at(),
          entry.event().label(),
          entry.itemId(),
          entry.pointId(),
          entry.policy(),
          entry.who(),
          entry.why(),
          entry.until(),
          recorded.previous());
    }

    String row() {
      String what =
          Stream.of(pointId, itemId, policy == null ? null : "policy " + policy)
              .filter(Objects::nonNull)
              .findFirst()
              .orElse("-");
      return columns(
          at.truncatedTo(ChronoUnit.SECONDS).toString(),
          event,
          what,
          until == null ? "-" : until.toString(),
          who,
          why);
    }
  }

  /** Users wrote some of it: what would steer the terminal is not printed. */
  private static String columns(String... values) {
    return COLUMNS.formatted((Object[]) values).replaceAll("\\p{Cntrl}", "?").stripTrailing();
  }

  @Override
  List<String> faults() {
    List<String> faults = new ArrayList<>(vault.fault().stream().toList());
    try {
      LocalDate unused = day();
    } catch (DateTimeParseException e) {
      faults.add("--from: '%s' is no day like 2026-11-30".formatted(from));
    }
    return faults;
  }

  private LocalDate day() {
    return from == null ? LocalDate.MIN : LocalDate.parse(from);
  }

  @Override
  int run() {
    Ledger ledger = Ledger.open(vault.openBlobs());
    List<String> faults = new ArrayList<>();
    // A ledger of many years has millions of lines: each is printed as it comes.
    switch (output) {
      case json -> {
        String[] separator = {""};
        console.out().print("{\"value\":[");
        read(
            ledger,
            line -> {
              console.out().print(separator[0] + "\n" + Console.compactJson(line));
              separator[0] = ",";
            },
            faults);
        console.out().println("\n]}");
      }
      case table -> {
        console.out().println(columns("TIME", "EVENT", "OF", "UNTIL", "WHO", "WHY"));
        read(ledger, line -> console.out().println(line.row()), faults);
      }
    }
    faults.forEach(fault -> console.note("holdfast: warning: " + fault));
    return faults.isEmpty() ? ExitCode.OK : ExitCode.WARNINGS;
  }

  private void read(Ledger ledger, Consumer<Line> lines, List<String> faults) {
    ledger.check(
        day(),
        recorded -> {
          if (item == null || item.equals(recorded.entry().itemId())) {
            lines.accept(Line.of(recorded));
          }
        },
        faults::add);
  }
}
