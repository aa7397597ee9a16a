package io.holdfast.vault;

import io.holdfast.failure.Corrupt;
import java.time.Instant;
import java.util.Base64;
import java.util.Set;

/**
 * {@code keys/<keyId>.json}: a data key, wrapped by the key in a local file or, by later builds, by
 * a key of the user's Key Vault. Written once, before the first object that it seals.
 *
 * @param keyId 32 hex digits
 * @param purpose {@code chunks}, {@code metadata} (indexes and manifests) or {@code ids} (HMAC)
 * @param wrappedBy {@code file:} and the key file's id, or the versioned id of a Key Vault key
 * @param algorithm how it was wrapped: {@code AES-256-GCM} by a file, {@code RSA-OAEP-256} by a Key
 *     Vault
 * @param wrapped the wrapped 32 bytes, in base64
 */
public record WrappedKey(
    int formatVersion,
    String keyId,
    String purpose,
    String wrappedBy,
    String algorithm,
    String wrapped,
    Instant createdAt) {
  private static final Set<String> PURPOSES = Set.of("chunks", "metadata", "ids");

  public WrappedKey {
    if (formatVersion != VaultConfig.FORMAT_VERSION) {
      throw new IllegalArgumentException("formatVersion is " + formatVersion + ", not 1");
    }
    KeyId unusedId = KeyId.ofHex(VaultNames.require("keyId", keyId));
    if (!PURPOSES.contains(VaultNames.require("purpose", purpose))) {
      throw new IllegalArgumentException("unknown purpose '" + purpose + "'");
    }
    VaultNames.require("wrappedBy", wrappedBy);
    VaultNames.require("algorithm", algorithm);
    byte[] unusedBytes = Base64.getDecoder().decode(VaultNames.require("wrapped", wrapped));
    VaultNames.requirePresent("createdAt", createdAt);
  }

  /** The full name of its object. */
  public String objectName() {
    return objectName(KeyId.ofHex(keyId));
  }

  public static String objectName(KeyId id) {
    return "keys/" + id.hex() + ".json";
  }

  WrappedKey withWrapped(String newWrapped) {
    return new WrappedKey(
        formatVersion, keyId, purpose, wrappedBy, algorithm, newWrapped, createdAt);
  }

  public byte[] encode() {
    return VaultJson.write(this);
  }

  /**
   * @throws Corrupt if it is damaged or describes another key than its name says
   */
  public static WrappedKey decode(KeyId id, byte[] json) {
    WrappedKey key = VaultJson.read(objectName(id), json, WrappedKey.class);
    if (!key.keyId().equals(id.hex())) {
      throw new Corrupt(
          "%s is damaged: it describes key %s".formatted(objectName(id), key.keyId()));
    }
    return key;
  }
}
