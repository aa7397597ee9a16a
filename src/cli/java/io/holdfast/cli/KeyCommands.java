package io.holdfast.cli;

import io.holdfast.vault.KeyFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code holdfast vault keygen}. */
final class KeyCommands {
  private KeyCommands() {}

  /** A new key file. */
  @Command(
      name = "keygen",
      header = "Make a key file for an encrypted vault.",
      description = {
        "The file holds one random key of 256 bits, which only its owner may read. A vault that is"
            + " made with it (--key-file, or HOLDFAST_KEY_FILE for the service) can be opened with it"
            + " alone: without it nothing can be restored. Keep a copy elsewhere, and not in the"
            + " vault.",
        "An existing file is never overwritten. The id of the key file goes to stdout."
      },
      footerHeading = "%nExample:%n",
      footer = "  holdfast vault keygen --out holdfast.key.json")
  static final class Keygen extends io.holdfast.cli.Command {
    private final Console console;

    @Option(
        names = "--out",
        required = true,
        paramLabel = "FILE",
        description = "Where to write it; must not exist.")
    private Path out;

    Keygen(Console console) {
      this.console = console;
    }

    @Override
    List<String> faults() {
      if (out == null) {
        return List.of();
      }
      Path folder = out.toAbsolutePath().getParent();
      return folder == null || !Files.isDirectory(folder)
          ? List.of("--out: there is no folder %s".formatted(folder))
          : List.of();
    }

    @Override
    int run() throws IOException {
      KeyFile made = KeyFile.create(out, new SecureRandom(), InstantSource.system().instant());
      console.out().println(made.id());
      console.note(
          ("holdfast: key file %s is made. Without it nothing of a vault that is made with it can be"
                  + " restored: keep a copy elsewhere, and not in the vault.")
              .formatted(out));
      return ExitCode.OK;
    }
  }
}
