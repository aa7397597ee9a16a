package io.holdfast.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.InFlight;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointReader;
import io.holdfast.vault.Vault;
import io.holdfast.vault.Vault.ListedPoint;
import io.holdfast.vault.VaultConfig;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast vault ...}. */
final class VaultCommands {
  private VaultCommands() {}

  /** Proves all that the points need. */
  @Command(
      name = "verify",
      header = "Read every object of every point and prove it, and the ledger's chain.",
      description = {
        "Manifests, indexes and chunks are read, decoded and digested again. Each finding is one"
            + " line on stdout with point, disk, offset and chunk, or with file and line of the"
            + " ledger; the exit code is then 1.",
        "Nothing is changed."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast vault verify --vault /mnt/copy-of-vault",
        "  holdfast vault verify --output json \\",
        "      --vault https://acct.blob.core.windows.net/holdfast"
      })
  static final class Verify extends io.holdfast.cli.Command {
    private final Console console;
    @Mixin private VaultOption vault;

    @Option(
        names = "--output",
        paramLabel = "json|table",
        defaultValue = "table",
        description = "Default: ${DEFAULT-VALUE}: one line a finding, and a summary.")
    private Console.Output output;

    Verify(Console console) {
      this.console = console;
    }

    @Override
    List<String> faults() {
      return vault.fault().stream().toList();
    }

    @Override
    int run() throws IOException {
      Vault opened = vault.open();
      VaultCheck.Result result;
      try (Progress progress = new Progress(console, InstantSource.system(), "verify", -1)) {
        result = new VaultCheck(opened, progress::add).run();
      }
      switch (output) {
        case json -> console.json(result);
        case table -> {
          result.findings().forEach(finding -> console.out().println(finding.line()));
          console
              .out()
              .printf(
                  "%d points, %d disks, %d segment indexes, %d chunks, %d ledger entries: %s%n",
                  result.points(),
                  result.diskManifests(),
                  result.segmentIndexes(),
                  result.chunks(),
                  result.ledgerEntries(),
                  result.findings().isEmpty()
                      ? "all good"
                      : result.findings().size() + " findings");
        }
      }
      return result.findings().isEmpty() ? ExitCode.OK : ExitCode.FAILED;
    }
  }

  /** Counts what is there. */
  @Command(
      name = "stats",
      header = "Count what a vault holds.",
      description = "Objects are listed, not read; of each point its manifest is read.",
      footerHeading = "%nExample:%n",
      footer = "  holdfast vault stats --vault /mnt/copy-of-vault --output json")
  static final class Stats extends io.holdfast.cli.Command {
    private static final List<String> FOLDERS =
        List.of("chunks", "segments", "manifests", "points");

    private final Console console;
    @Mixin private VaultOption vault;

    @Option(
        names = "--output",
        paramLabel = "json|table",
        defaultValue = "table",
        description = "Default: ${DEFAULT-VALUE}.")
    private Console.Output output;

    Stats(Console console) {
      this.console = console;
    }

    /** How many objects a folder has, and their length together. */
    record Count(long count, long bytes) {}

    /**
     * What is printed.
     *
     * @param protectedBytes sizes of all disks of all points together
     * @param storedBytes of all objects that were counted
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record View(
        String vaultId,
        int formatVersion,
        int chunkBytes,
        String digest,
        String cipher,
        String catalogueId,
        long items,
        long points,
        long purgedPoints,
        long protectedBytes,
        long storedBytes,
        Map<String, Count> objects) {}

    @Override
    List<String> faults() {
      return vault.fault().stream().toList();
    }

    @Override
    int run() throws IOException {
      BlobStore blobs = vault.openBlobs();
      View view = view(blobs, vault.open(blobs));
      switch (output) {
        case json -> console.json(view);
        case table -> console.table(rows(view));
      }
      return ExitCode.OK;
    }

    private static View view(BlobStore blobs, Vault vault) throws IOException {
      Map<String, Count> objects = new LinkedHashMap<>();
      FOLDERS.forEach(folder -> objects.put(folder, count(blobs, folder + "/")));
      List<ListedPoint> all = vault.listPoints();
      List<ListedPoint> points = all.stream().filter(point -> !point.purged()).toList();
      VaultConfig config = vault.config();
      return new View(
          config.vaultId(),
          config.formatVersion(),
          config.chunkBytes(),
          config.digest().label(),
          config.cipher().label(),
          config.catalogueId(),
          points.stream().map(point -> point.name().itemId()).distinct().count(),
          points.size(),
          all.size() - points.size(),
          protectedBytes(vault, points),
          objects.values().stream().mapToLong(Count::bytes).sum(),
          objects);
    }

    private static long protectedBytes(Vault vault, List<ListedPoint> points) throws IOException {
      AtomicLong bytes = new AtomicLong();
      try (InFlight gets = new InFlight(PointReader.GETS_IN_FLIGHT_MAX, "holdfast-stats")) {
        for (ListedPoint point : points) {
          gets.submit(
              () ->
                  bytes.addAndGet(
                      vault.loadPoint(point.name()).disks().stream()
                          .mapToLong(PointManifest.Disk::sizeBytes)
                          .sum()));
        }
        gets.finish();
      }
      return bytes.get();
    }

    private static Count count(BlobStore blobs, String prefix) {
      long count = 0;
      long bytes = 0;
      Optional<String> next = Optional.empty();
      do {
        BlobStore.Page page = blobs.list(prefix, next);
        count += page.blobs().size();
        bytes += page.blobs().stream().mapToLong(BlobStore.Listed::sizeBytes).sum();
        next = page.next();
      } while (next.isPresent());
      return new Count(count, bytes);
    }

    private static List<List<String>> rows(View view) {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("Vault", view.vaultId()));
      rows.add(List.of("Format version", "" + view.formatVersion()));
      rows.add(List.of("Chunks of", Console.size(view.chunkBytes())));
      rows.add(List.of("Digest, cipher", view.digest() + ", " + view.cipher()));
      rows.add(List.of("Catalogue", Optional.ofNullable(view.catalogueId()).orElse("none")));
      rows.add(List.of("Items", "" + view.items()));
      rows.add(
          List.of("Points", "%d (and %d purged)".formatted(view.points(), view.purgedPoints())));
      rows.add(List.of("Protected", Console.size(view.protectedBytes())));
      rows.add(List.of("Stored", Console.size(view.storedBytes())));
      view.objects()
          .forEach(
              (folder, count) ->
                  rows.add(
                      List.of(
                          folder + "/",
                          "%d objects, %s".formatted(count.count(), Console.size(count.bytes())))));
      return rows;
    }
  }
}
