package io.holdfast.cli;

import io.holdfast.failure.Corrupt;
import io.holdfast.vault.InFlight;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointReader;
import io.holdfast.vault.Vault;
import io.holdfast.vault.Vault.ListedPoint;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast point ...}. */
final class PointCommands {
  private PointCommands() {}

  /** All points of a vault. */
  @Command(
      name = "list",
      header = "List the recovery points of a vault, newest first.",
      description = {
        "Every point is listed, also those of VMs that are gone. Purged points are not.",
        "A point whose manifest is damaged is named on stderr, and the exit code is 3."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast point list --vault /mnt/copy-of-vault",
        "  holdfast point list --output json \\",
        "      --vault https://acct.blob.core.windows.net/holdfast"
      })
  static final class ListPoints extends io.holdfast.cli.Command {
    private final Console console;
    @Mixin private VaultOption vault;

    @Option(
        names = "--output",
        paramLabel = "json|table",
        defaultValue = "table",
        description = "Form of the list; json is {\"value\":[...]}. Default: ${DEFAULT-VALUE}.")
    private Console.Output output;

    ListPoints(Console console) {
      this.console = console;
    }

    @Override
    List<String> faults() {
      return vault.fault().stream().toList();
    }

    @Override
    int run() throws IOException {
      Vault opened = vault.open();
      Queue<PointViews.Point> points = new ConcurrentLinkedQueue<>();
      Queue<String> damaged = new ConcurrentLinkedQueue<>();
      try (InFlight gets = new InFlight(PointReader.GETS_IN_FLIGHT_MAX, "holdfast-list")) {
        for (ListedPoint point : opened.listPoints()) {
          if (!point.purged()) {
            gets.submit(() -> load(opened, point, points, damaged));
          }
        }
        gets.finish();
      }
      print(
          points.stream()
              .sorted(
                  Comparator.comparing(PointViews.Point::time)
                      .thenComparing(PointViews.Point::id)
                      .reversed())
              .toList());
      damaged.stream().sorted().forEach(line -> console.note("holdfast: warning: " + line));
      return damaged.isEmpty() ? ExitCode.OK : ExitCode.WARNINGS;
    }

    private static void load(
        Vault vault, ListedPoint point, Queue<PointViews.Point> points, Queue<String> damaged) {
      try {
        points.add(PointViews.Point.of(vault.loadPoint(point.name())));
      } catch (Corrupt e) {
        damaged.add("point %s: %s".formatted(point.name().pointId(), e.getMessage()));
      }
    }

    private void print(List<PointViews.Point> points) {
      switch (output) {
        case json -> console.json(new PointViews.Points(points));
        case table ->
            console.table(
                Stream.concat(
                        Stream.of(PointViews.HEADINGS), points.stream().map(PointViews.Point::row))
                    .toList());
      }
    }
  }

  /** One point. */
  @Command(
      name = "show",
      header = "Show what one recovery point holds.",
      description = "As json it is the point manifest: the VM's model, the disks and the counts.",
      footerHeading = "%nExample:%n",
      footer = "  holdfast point show --vault /mnt/vault --point ID --output json")
  static final class Show extends io.holdfast.cli.Command {
    private final Console console;
    @Mixin private VaultOption vault;

    @Option(
        names = "--point",
        required = true,
        paramLabel = "ID",
        description = "The point's id, as 'point list' prints it.")
    private String pointId;

    @Option(
        names = "--output",
        paramLabel = "json|table",
        defaultValue = "table",
        description = "Default: ${DEFAULT-VALUE}.")
    private Console.Output output;

    Show(Console console) {
      this.console = console;
    }

    @Override
    List<String> faults() {
      return vault.fault().stream().toList();
    }

    @Override
    int run() {
      PointManifest point = PointFinder.load(vault.open(), pointId);
      switch (output) {
        case json -> console.json(point);
        case table -> PointViews.print(console, point);
      }
      return ExitCode.OK;
    }
  }

  /** One disk of a point, as a file. */
  @Command(
      name = "export",
      header = "Write one disk of a recovery point to a file.",
      description = {
        "Every byte is proved against the point before it is written; zeros become holes.",
        "The file gets its name when it is whole: until then it is FILE.partial."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast point export --vault /mnt/vault --point ID --disk os --out os.img",
        "  holdfast point export --vault https://acct.blob.core.windows.net/holdfast \\",
        "      --point ID --disk lun0 --out data.vhd --format vhd"
      })
  static final class Export extends io.holdfast.cli.Command {
    private final Console console;
    @Mixin private VaultOption vault;

    @Option(
        names = "--point",
        required = true,
        paramLabel = "ID",
        description = "The point's id, as 'point list' prints it.")
    private String pointId;

    @Option(
        names = "--disk",
        required = true,
        paramLabel = "os|lunN",
        description = "The OS disk, or the data disk at that LUN: lun0.")
    private String disk;

    @Option(
        names = "--out",
        required = true,
        paramLabel = "FILE",
        description = "The file to write.")
    private String out;

    @Option(
        names = "--format",
        paramLabel = "raw|vhd",
        defaultValue = "raw",
        description =
            "raw: the bytes of the disk; vhd: the same and a fixed VHD's footer."
                + " Default: ${DEFAULT-VALUE}.")
    private ImageFile.Format format;

    @Option(names = "--overwrite", description = "Replace FILE if it exists.")
    private boolean overwrite;

    Export(Console console) {
      this.console = console;
    }

    @Override
    List<String> faults() {
      List<String> faults = new ArrayList<>();
      vault.fault().ifPresent(faults::add);
      if (disk != null && !disk.matches("os|lun[0-9]{1,2}")) {
        faults.add("--disk: '%s' is neither os nor lunN".formatted(disk));
      }
      outFault().ifPresent(faults::add);
      return faults;
    }

    private Optional<String> outFault() {
      if (out == null) {
        return Optional.empty();
      }
      try {
        return out.isBlank() ? Optional.of("--out is empty") : file().fault();
      } catch (InvalidPathException e) {
        return Optional.of("--out: '%s' is no path of a file".formatted(out));
      }
    }

    private ImageFile file() {
      return new ImageFile(Path.of(out), format, overwrite);
    }

    @Override
    int run() throws IOException {
      Vault opened = vault.open();
      PointManifest point = PointFinder.load(opened, pointId);
      PointReader reader = new PointReader(opened, point);
      PointManifest.Disk found = reader.disk(disk);
      InstantSource clock = InstantSource.system();
      try (Progress progress = new Progress(console, clock, "export " + disk, found.sizeBytes())) {
        file().write(reader, point, found, progress::add);
      }
      console.note(
          "wrote disk %s of point %s (%s) to %s"
              .formatted(disk, pointId, Console.size(found.sizeBytes()), out));
      return ExitCode.OK;
    }
  }
}
