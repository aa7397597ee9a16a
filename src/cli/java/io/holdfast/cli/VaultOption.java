package io.holdfast.cli;

import io.holdfast.azure.VaultContainers;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.KeyFile;
import io.holdfast.vault.LocalKeys;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultOpener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;
import picocli.CommandLine.Option;

/** {@code --vault} and {@code --key-file}, the same for all commands. */
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

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = {
        "The key file of an encrypted vault ('vault keygen' makes one). Without it an encrypted vault"
            + " is refused, and a new one is made without encryption."
      })
  private Path keyFile;

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

  /**
   * Opens the vault that is there.
   *
   * @param blobs as {@link #openBlobs} gives them
   */
  Vault open(BlobStore blobs) {
    return opener().open(blobs);
  }

  Vault open() {
    return open(openBlobs());
  }

  /**
   * Opens the vault that is there, or makes one that no service owns: encrypted exactly when a key
   * file is given. A folder is made too where there is none; a container is not.
   */
  Vault openOrCreate(InstantSource clock) throws IOException {
    VaultOpener opener = opener();
    if (!isUrl()) {
      Path unused = Files.createDirectories(Path.of(address));
    }
    return opener.openOrCreate(openBlobs(), VaultConfig.plain(UUID.randomUUID(), clock.instant()));
  }

  /**
   * Keeps other programs from writing points while this one does; a container has no such lock.
   *
   * @throws io.holdfast.failure.Invalid {@code VaultLocked} while another program writes
   */
  Optional<FolderWriter> writer() throws IOException {
    return isUrl() ? Optional.empty() : Optional.of(FolderWriter.of(Path.of(address)));
  }

  private VaultOpener opener() {
    return keyFile == null
        ? VaultOpener.plain()
        : new LocalKeys(KeyFile.read(keyFile), new SecureRandom(), InstantSource.system());
  }
}
