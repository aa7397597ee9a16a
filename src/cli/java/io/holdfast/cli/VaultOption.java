package io.holdfast.cli;

import io.holdfast.azure.VaultContainers;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Option;

/** {@code --vault}, the same for all commands. */
final class VaultOption {
  @Option(
      names = "--vault",
      required = true,
      paramLabel = "VAULT",
      description = {
        "The vault: a folder that holds a file per blob; the https URL of a container, read with"
            + " your own Azure identity or with the shared access signature in it; or Azurite's"
            + " http URL on this machine (.../devstoreaccount1/CONTAINER)."
      })
  private String address;

  /** What is wrong with the address as such; whether the vault exists is another question. */
  Optional<String> fault() {
    if (address == null) {
      return Optional.empty();
    }
    if (isUrl()) {
      return Optional.of(VaultContainers.faultOf(address))
          .filter(fault -> !fault.isEmpty())
          .map(fault -> "--vault: " + fault);
    }
    try {
      Path unused = Path.of(address);
      return address.isBlank() ? Optional.of("--vault is empty") : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.of("--vault: '%s' is no path of a folder".formatted(address));
    }
  }

  private boolean isUrl() {
    return address.contains("://");
  }

  BlobStore openBlobs() {
    return isUrl()
        ? VaultContainers.open(address)
        : new FolderBlobs(Path.of(address), InstantSource.system());
  }

  /** Opens the vault to read it; an encrypted one is refused until its keys can be had. */
  static Vault open(BlobStore blobs) {
    return Vault.open(blobs, VaultKeys.none());
  }

  /** Opens the vault to write to it, and makes one where there is none. */
  Vault openOrCreate(InstantSource clock) throws IOException {
    if (!isUrl()) {
      Path unused = Files.createDirectories(Path.of(address));
    }
    return Vault.openOrCreate(
        openBlobs(), VaultConfig.plain(UUID.randomUUID(), clock.instant()), VaultKeys.none());
  }

  Vault open() {
    return open(openBlobs());
  }
}
