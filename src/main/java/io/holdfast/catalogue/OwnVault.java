package io.holdfast.catalogue;

import io.holdfast.catalogue.VaultRow.Binding;
import io.holdfast.failure.Invalid;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import java.time.InstantSource;
import java.util.UUID;

/**
 * The vault that this catalogue commits to: made at its first use where there is none, and bound to
 * the catalogue for good. A vault that names another catalogue is refused.
 */
public final class OwnVault {
  private final BlobStore blobs;
  private final VaultKeys keys;
  private final Catalogue catalogue;
  private final InstantSource clock;
  private Vault opened;

  public OwnVault(BlobStore blobs, VaultKeys keys, Catalogue catalogue, InstantSource clock) {
    this.blobs = blobs;
    this.keys = keys;
    this.catalogue = catalogue;
    this.clock = clock;
  }

  /**
   * The vault, opened once a process.
   *
   * @throws Invalid when it belongs to another catalogue, or has a newer format
   */
  public synchronized Vault vault() {
    if (opened == null) {
      opened = open();
    }
    return opened;
  }

  private Vault open() {
    Binding binding = catalogue.vault().bind(UUID.randomUUID().toString());
    if (binding.vaultId() == null) {
      VaultConfig proposed = VaultConfig.plain(UUID.randomUUID(), clock.instant());
      Vault vault = Vault.openOrCreate(blobs, proposed, keys).claim(binding.catalogueId());
      catalogue.vault().bindVault(vault.config().vaultId());
      return vault;
    }
    // Looked at before it is claimed: a vault that is the wrong one stays as it is.
    Vault vault = Vault.open(blobs, keys);
    if (!binding.vaultId().equals(vault.config().vaultId())) {
      throw new Invalid(
          "VaultMismatch",
          ("the vault has id %s, but this app's tables belong to vault %s:"
                  + " point HOLDFAST_VAULT at that one, or give the app tables of its own")
              .formatted(vault.config().vaultId(), binding.vaultId()));
    }
    return vault.claim(binding.catalogueId());
  }

  /**
   * Reads again whom the vault belongs to: before every commit and every write under {@code
   * points/}.
   *
   * @throws Invalid when that is another catalogue now
   */
  public void assertOwned() {
    String owner = vault().config().owner().orElse("");
    String now = Vault.open(blobs, keys).config().owner().orElse("");
    if (!now.equals(owner)) {
      throw new Invalid(
          "VaultTaken",
          "the vault belongs to catalogue %s now, no longer to %s: this app must not write to it"
              .formatted(now, owner));
    }
  }

  /**
   * Writes a policy's object, before its row.
   *
   * @param json the policy; empty when it was deleted
   */
  public void putPolicy(String name, String json) {
    assertOwned();
    blobs.put("policies/" + name + ".json", json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }
}
