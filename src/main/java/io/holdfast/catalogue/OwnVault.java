package io.holdfast.catalogue;

import io.holdfast.catalogue.VaultRow.Binding;
import io.holdfast.failure.Failure;
import io.holdfast.failure.Invalid;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultOpener;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vault that this catalogue commits to: made at its first use where there is none, and bound to
 * the catalogue for good. A vault that names another catalogue is refused.
 */
public final class OwnVault {
  private static final Logger LOG = LoggerFactory.getLogger(OwnVault.class);
  private static final String MISMATCH = "VaultMismatch";

  private final BlobStore blobs;
  private final VaultOpener opener;
  private final Catalogue catalogue;
  private final InstantSource clock;
  private Vault opened;

  /**
   * @param opener has the vault's keys; a vault that it makes is encrypted exactly when it has any
   */
  public OwnVault(BlobStore blobs, VaultOpener opener, Catalogue catalogue, InstantSource clock) {
    this.blobs = blobs;
    this.opener = opener;
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
      Vault vault = opener.openOrCreate(blobs, proposed).claim(binding.catalogueId());
      catalogue.vault().bindVault(vault.config().vaultId());
      return vault;
    }
    // Looked at before it is claimed: a vault that is the wrong one stays as it is.
    Vault vault = opener.open(blobs);
    if (!binding.vaultId().equals(vault.config().vaultId())) {
      throw new Invalid(
          MISMATCH,
          ("the vault has id %s, but this app's tables belong to vault %s:"
                  + " point HOLDFAST_VAULT at that one, or give the app tables of its own")
              .formatted(vault.config().vaultId(), binding.vaultId()));
    }
    return vault.claim(binding.catalogueId());
  }

  /**
   * Reads again whom the vault belongs to, and whom the tables: before every commit and every write
   * under {@code points/}.
   *
   * @throws Invalid when the vault names another catalogue now, or is another one, or the tables
   *     belong to another vault
   */
  public void assertOwned() {
    VaultConfig known = vault().config();
    VaultConfig now = opener.open(blobs).config();
    String owner = known.owner().orElse("");
    if (!now.owner().orElse("").equals(owner)) {
      throw new Invalid(
          "VaultTaken",
          "the vault belongs to catalogue %s now, no longer to %s: this app must not write to it"
              .formatted(now.owner().orElse("(none)"), owner));
    }
    assertOurs("its " + VaultConfig.NAME, now.vaultId());
    Binding binding =
        catalogue
            .vault()
            .find()
            .orElseThrow(
                () ->
                    new Invalid(
                        MISMATCH,
                        ("the row that binds this app's tables to vault %s is gone: the tables were"
                                + " emptied; restart the app with the tables that it had")
                            .formatted(known.vaultId())));
    assertOurs("row vault of the tables", Objects.requireNonNullElse(binding.vaultId(), "(none)"));
    if (!binding.catalogueId().equals(owner)) {
      throw new Invalid(
          MISMATCH,
          ("the tables are those of catalogue %s, but vault %s belongs to catalogue %s: this app"
                  + " must not write to it")
              .formatted(binding.catalogueId(), known.vaultId(), owner));
    }
  }

  /**
   * Refuses a row of another vault: what it says of objects is not true of this one.
   *
   * @param what the row, as a message calls it
   * @param vaultId the id that the row carries; null in a row of a build that did not note it,
   *     which is ours
   * @throws Invalid naming both vaults
   */
  public void assertOurs(String what, String vaultId) {
    String ours = vault().config().vaultId();
    if (vaultId != null && !vaultId.equals(ours)) {
      throw new Invalid(
          MISMATCH,
          ("%s is of vault %s, but this app's vault is %s: point HOLDFAST_VAULT at that one, or give"
                  + " the app tables of its own")
              .formatted(what, vaultId, ours));
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

  /**
   * Appends a line to the ledger on which nothing depends: what keeps it from being written is
   * logged.
   */
  public void note(LedgerEntry entry) {
    try {
      assertOwned();
      vault().ledger().append(List.of(entry));
    } catch (Failure lost) {
      LOG.warn("the ledger lacks a line: {} by {}", entry.event().label(), entry.who(), lost);
    }
  }
}
