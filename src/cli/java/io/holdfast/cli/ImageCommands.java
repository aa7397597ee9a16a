package io.holdfast.cli;

import io.holdfast.catalogue.JobId;
import io.holdfast.failure.Invalid;
import io.holdfast.transfer.SegmentMover;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.Vault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code holdfast image ...}. */
final class ImageCommands {
  private ImageCommands() {}

  /** A recovery point of an image. */
  @Command(
      name = "backup",
      header = "Make a recovery point of a disk image, without Azure.",
      description = {
        "Reads a raw file, a fixed VHD or a block device, and keeps what is new in the vault, which is"
            + " made if there is none. The image must not change meanwhile.",
        "Without --base all of it is read, and what the vault has already is not stored again. With"
            + " --base it is compared with that point; with --ranges too, only these bytes are read.",
        "A vault that belongs to a service is refused (exit code 11)."
      },
      footerHeading = "%nExamples:%n",
      footer = {
        "  holdfast image backup --vault /mnt/vault --in disk.img --item web",
        "  holdfast image backup --vault /mnt/vault --in disk.img --item web --base POINT",
        "  holdfast image backup --vault /mnt/vault --in /dev/sdb --item db \\",
        "      --base POINT --ranges changed.json"
      })
  static final class Backup extends io.holdfast.cli.Command {
    /** Images are read and written by the page cache: more than the cores only hide its waits. */
    private static final int IN_HAND_MAX = 8;

    private static final int READ_BYTES = 4 << 20;
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    /** A tape robot or a sleeping network drive may take long; nobody else would try instead. */
    private static final Duration STALL_MAX = Duration.ofMinutes(10);

    private final Console console;
    @Mixin private VaultOption vault;

    @Option(
        names = "--in",
        required = true,
        paramLabel = "FILE",
        description = "The image: a raw file, a fixed VHD or a block device.")
    private String in;

    @Option(
        names = "--item",
        required = true,
        paramLabel = "NAME",
        description =
            "What the image is of: points of one item are its history. Lower-case letters, digits"
                + " and '-', at most 63.")
    private String item;

    @Option(
        names = "--base",
        paramLabel = "POINT",
        description = "The point of this item to compare with, usually the newest.")
    private String base;

    @Option(
        names = "--ranges",
        paramLabel = "FILE",
        description =
            "JSON [[offset,length],...], in bytes, in order: all that may differ from --base.")
    private String ranges;

    @Option(
        names = "--output",
        paramLabel = "json|table",
        defaultValue = "table",
        description = "Default: ${DEFAULT-VALUE}.")
    private Console.Output output;

    Backup(Console console) {
      this.console = console;
    }

    @Override
    List<String> faults() {
      List<String> faults = new ArrayList<>();
      vault.fault().ifPresent(faults::add);
      readable("--in", in).ifPresent(faults::add);
      readable("--ranges", ranges).ifPresent(faults::add);
      if (item != null && !item.matches("[a-z0-9][a-z0-9-]{0,62}")) {
        faults.add(
            "--item: '%s' is not 1 to 63 lower-case letters, digits and '-'".formatted(item));
      }
      if (ranges != null && base == null) {
        faults.add("--ranges needs --base: it says what changed since then");
      }
      return faults;
    }

    private static Optional<String> readable(String option, String name) {
      if (name == null) {
        return Optional.empty();
      }
      try {
        Path file = Path.of(name);
        if (Files.isDirectory(file)) {
          return Optional.of("%s: %s is a folder".formatted(option, name));
        }
        return Files.isReadable(file)
            ? Optional.empty()
            : Optional.of("%s: there is no file %s that can be read".formatted(option, name));
      } catch (InvalidPathException e) {
        return Optional.of("%s: '%s' is no path of a file".formatted(option, name));
      }
    }

    @Override
    int run() throws IOException {
      InstantSource clock = InstantSource.system();
      try (SourceImage image = SourceImage.open(Path.of(in))) {
        Vault opened = vault.openOrCreate(clock);
        opened
            .config()
            .owner()
            .ifPresent(
                owner -> {
                  throw new Invalid(
                      "VaultOwned",
                      ("vault %s belongs to the service of catalogue %s, which alone may write to it:"
                              + " give a vault of your own")
                          .formatted(opened.config().vaultId(), owner));
                });
        Optional<PointManifest> built =
            Optional.ofNullable(base).map(id -> PointFinder.load(opened, id));
        Optional<BitSet> changed =
            ranges == null
                ? Optional.empty()
                : Optional.of(
                    ChangedRanges.chunks(
                        Path.of(ranges), image.sizeBytes(), opened.config().chunkBytes()));
        JobId id = JobId.of(item, clock.instant(), UUID.randomUUID().toString());
        FolderWriter writer = vault.writer().orElse(null);
        try (writer) {
          print(backUp(opened, new ImageBackup.Request(image, id, built, changed), clock));
        }
        return ExitCode.OK;
      }
    }

    private PointManifest backUp(Vault opened, ImageBackup.Request request, InstantSource clock) {
      ExecutorService threads =
          Executors.newFixedThreadPool(
              Runtime.getRuntime().availableProcessors() + 2,
              task -> {
                Thread thread = new Thread(task, "holdfast-chunks");
                thread.setDaemon(true);
                return thread;
              });
      SegmentMover mover =
          new SegmentMover(
              threads,
              new SegmentMover.Bounds(IN_HAND_MAX, READ_BYTES, LOOK_EVERY, STALL_MAX),
              clock);
      try (Progress progress =
          new Progress(console, clock, "backup " + item, request.image().sizeBytes())) {
        return new ImageBackup(opened, mover, clock).run(request, progress::add);
      } finally {
        threads.shutdownNow();
      }
    }

    private void print(PointManifest point) {
      ImageView view = ImageView.of(point);
      switch (output) {
        case json -> console.json(view);
        case table -> {
          ImageView.Disk disk = view.disks().get(0);
          console
              .out()
              .printf(
                  "%s: %s, read %s, new %s, stored %s (%s)%n",
                  view.id(),
                  Console.size(disk.sizeBytes()),
                  Console.size(disk.bytesRead()),
                  Console.size(disk.bytesTransferred()),
                  Console.size(disk.bytesStored()),
                  disk.changeSource());
        }
      }
    }
  }

  /** What is printed: the counts as in a job. */
  record ImageView(String id, String itemId, List<Disk> disks) {
    record Disk(
        String disk,
        String name,
        String changeSource,
        String reason,
        long sizeBytes,
        long bytesRead,
        long bytesTransferred,
        long bytesStored) {}

    static ImageView of(PointManifest point) {
      return new ImageView(
          point.pointId(),
          point.itemId(),
          point.disks().stream()
              .map(
                  disk ->
                      new Disk(
                          disk.disk(),
                          disk.name(),
                          disk.changeSource(),
                          disk.reason(),
                          disk.sizeBytes(),
                          disk.bytesRead(),
                          disk.bytesTransferred(),
                          disk.bytesStored()))
              .toList());
    }
  }
}
