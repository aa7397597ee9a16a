package io.holdfast.vault;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The keys that a process holds for a vault. One that only writes can seal chunks which it cannot
 * open again: what it may open is what {@code byId} answers.
 */
public final class VaultKeys {
  private final Digester digester;
  private final Optional<Supplier<DataKey>> chunks;
  private final Optional<DataKey> metadata;
  private final Function<KeyId, Optional<DataKey>> byId;
  private final Consumer<byte[]> nonces;

  private VaultKeys(
      Digester digester,
      Optional<Supplier<DataKey>> chunks,
      Optional<DataKey> metadata,
      Function<KeyId, Optional<DataKey>> byId,
      Consumer<byte[]> nonces) {
    this.digester = digester;
    this.chunks = chunks;
    this.metadata = metadata;
    this.byId = byId;
    this.nonces = nonces;
  }

  /** For a vault without encryption. */
  public static VaultKeys none() {
    return new VaultKeys(
        Digester.sha256(), Optional.empty(), Optional.empty(), id -> Optional.empty(), n -> {});
  }

  /** For an encrypted vault whose chunks are all sealed by one key. */
  static VaultKeys of(
      Digester digester,
      DataKey chunks,
      DataKey metadata,
      Function<KeyId, Optional<DataKey>> byId,
      Consumer<byte[]> nonces) {
    return of(digester, () -> chunks, metadata, byId, nonces);
  }

  /**
   * For an encrypted vault.
   *
   * @param digester HMAC-SHA-256 under the vault's id key
   * @param chunks gives the key that seals the next chunk; asked only when one is sealed, since it
   *     may have to be made
   * @param metadata seals segment indexes and manifests
   * @param byId finds a key to open an object with; empty when this process may not have it
   * @param nonces fills 12 bytes with randomness: a nonce must never come twice under one key
   */
  public static VaultKeys of(
      Digester digester,
      Supplier<DataKey> chunks,
      DataKey metadata,
      Function<KeyId, Optional<DataKey>> byId,
      Consumer<byte[]> nonces) {
    if (digester.algorithm() != DigestAlgorithm.HMAC_SHA_256) {
      throw new IllegalArgumentException("ids of an encrypted vault are HMAC-SHA-256");
    }
    return new VaultKeys(digester, Optional.of(chunks), Optional.of(metadata), byId, nonces);
  }

  Digester digester() {
    return digester;
  }

  Optional<DataKey> sealing(ObjectKind kind) {
    return kind == ObjectKind.CHUNK ? chunks.map(Supplier::get) : metadata;
  }

  Optional<DataKey> byId(KeyId id) {
    return byId.apply(id);
  }

  boolean encrypts() {
    return metadata.isPresent();
  }

  void fillNonce(byte[] nonce) {
    nonces.accept(nonce);
  }
}
