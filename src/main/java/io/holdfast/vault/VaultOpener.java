package io.holdfast.vault;

import io.holdfast.failure.Invalid;
import java.util.Optional;

/** Opens vaults and makes them, with the keys that this process has. Safe for several threads. */
public interface VaultOpener {
  /**
   * Opens the vault that is there.
   *
   * @throws Invalid {@code VaultNotFound}, {@code VaultFormatUnsupported}, {@code VaultKeysMissing}
   *     when it is encrypted by a key that is not here, {@code VaultNotEncrypted} when keys were
   *     given for a vault that has none
   */
  Vault open(BlobStore blobs);

  /**
   * Opens the vault that is there, or makes one. If two make one, the first wins.
   *
   * @param proposed without encryption; an opener that has keys makes it encrypted
   */
  Vault openOrCreate(BlobStore blobs, VaultConfig proposed);

  /** For vaults without encryption. */
  static VaultOpener plain() {
    return new Plain();
  }

  /** Has no keys. */
  final class Plain implements VaultOpener {
    private Plain() {}

    @Override
    public Vault open(BlobStore blobs) {
      try {
        return Vault.open(blobs, VaultKeys.none());
      } catch (Invalid e) {
        throw withKeyFile(blobs, e);
      }
    }

    @Override
    public Vault openOrCreate(BlobStore blobs, VaultConfig proposed) {
      try {
        return Vault.openOrCreate(blobs, proposed, VaultKeys.none());
      } catch (Invalid e) {
        throw withKeyFile(blobs, e);
      }
    }

    /** Says which key file to look for, where the vault tells. */
    private static Invalid withKeyFile(BlobStore blobs, Invalid refused) {
      if (!refused.code().equals(LocalKeys.KEYS_MISSING)) {
        return refused;
      }
      Optional<String> wrappedBy =
          blobs
              .get(VaultConfig.NAME)
              .map(
                  blob ->
                      LocalKeys.wellKnown(
                          LocalKeys.METADATA, VaultConfig.decode(blob.bytes()).vaultId()))
              .flatMap(
                  id ->
                      blobs
                          .get(WrappedKey.objectName(id))
                          .map(blob -> WrappedKey.decode(id, blob.bytes()).wrappedBy()));
      return new Invalid(
          LocalKeys.KEYS_MISSING,
          ("the vault is encrypted, and no key was given; its keys are wrapped by %s: name that key"
                  + " file with --key-file FILE, or for the service with HOLDFAST_KEY_FILE")
              .formatted(wrappedBy.orElse("a key that it does not name")),
          refused);
    }
  }
}
