package io.holdfast.vault;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code holdfast.json}: what a reader has to know before it reads anything else. Written once;
 * only {@code catalogueId} ever changes.
 *
 * @param vaultId a UUID
 * @param formatVersion always 1 in this build
 * @param chunkBytes length of a chunk: a power of two from 4 KiB to 64 MiB
 * @param segmentChunks always 1024 in format 1
 * @param digest how ids are made
 * @param cipher how objects are sealed
 * @param compression how a writer compresses; a reader takes any known codec
 * @param catalogueId the one catalogue that may commit and collect; null when no service owns it
 * @param createdAt when the vault was made
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VaultConfig(
    String vaultId,
    int formatVersion,
    int chunkBytes,
    int segmentChunks,
    DigestAlgorithm digest,
    Cipher cipher,
    Compression compression,
    String catalogueId,
    Instant createdAt) {
  /** Name of the object. */
  public static final String NAME = "holdfast.json";

  public static final int FORMAT_VERSION = 1;

  /** Length of a chunk in a vault that a service makes. */
  public static final int CHUNK_BYTES_DEFAULT = 4 * 1024 * 1024;

  private static final int CHUNK_BYTES_MIN = 4 * 1024;
  private static final int CHUNK_BYTES_MAX = 64 * 1024 * 1024;

  /** How objects are sealed. */
  public enum Cipher {
    NONE("none"),
    AES_256_GCM("AES-256-GCM");

    private final String label;

    Cipher(String label) {
      this.label = label;
    }

    @JsonValue
    public String label() {
      return label;
    }

    @JsonCreator
    static Cipher ofLabel(String label) {
      return Arrays.stream(values())
          .filter(cipher -> cipher.label.equals(label))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("unknown cipher '" + label + "'"));
    }
  }

  /**
   * How a writer compresses.
   *
   * @param codec {@code zstd} or {@code raw}
   * @param level of zstd, 1 to 19
   */
  public record Compression(String codec, int level) {
    public static final Compression DEFAULT = new Compression("zstd", 1);
    public static final Compression OFF = new Compression("raw", 1);

    public Compression {
      if (!"zstd".equals(codec) && !"raw".equals(codec)) {
        throw new IllegalArgumentException("unknown codec '" + codec + "'");
      }
      if (level < 1 || level > 19) {
        throw new IllegalArgumentException("compression level " + level + " is not 1 to 19");
      }
    }

    boolean zstd() {
      return codec.equals("zstd");
    }
  }

  public VaultConfig {
    UUID uuid = UUID.fromString(VaultNames.require("vaultId", vaultId));
    if (!uuid.toString().equals(vaultId)) {
      throw new IllegalArgumentException("vaultId '" + vaultId + "' is no lower-case UUID");
    }
    if (formatVersion != FORMAT_VERSION) {
      throw new IllegalArgumentException("formatVersion is " + formatVersion + ", not 1");
    }
    requireChunkBytes(chunkBytes);
    if (segmentChunks != SegmentIndex.CHUNKS) {
      throw new IllegalArgumentException("segmentChunks is " + segmentChunks + ", not 1024");
    }
    VaultNames.requirePresent("digest", digest);
    VaultNames.requirePresent("cipher", cipher);
    VaultNames.requirePresent("compression", compression);
    VaultNames.requirePresent("createdAt", createdAt);
    if ((cipher == Cipher.NONE) != (digest == DigestAlgorithm.SHA_256)) {
      throw new IllegalArgumentException(
          "cipher %s does not go with digest %s".formatted(cipher.label(), digest.label()));
    }
  }

  /** A vault without encryption and without an owner, as a service makes it. */
  public static VaultConfig plain(UUID vaultId, Instant createdAt) {
    return new VaultConfig(
        vaultId.toString(),
        FORMAT_VERSION,
        CHUNK_BYTES_DEFAULT,
        SegmentIndex.CHUNKS,
        DigestAlgorithm.SHA_256,
        Cipher.NONE,
        Compression.DEFAULT,
        null,
        createdAt);
  }

  /** The catalogue that owns the vault; empty when none does. */
  public Optional<String> owner() {
    return Optional.ofNullable(catalogueId);
  }

  /** This configuration with chunks of another length. Only for a vault that is yet to be made. */
  public VaultConfig withChunkBytes(int bytes) {
    return new VaultConfig(
        vaultId,
        formatVersion,
        bytes,
        segmentChunks,
        digest,
        cipher,
        compression,
        catalogueId,
        createdAt);
  }

  /** This configuration for an encrypted vault. Only for one that is yet to be made. */
  public VaultConfig encrypted() {
    return new VaultConfig(
        vaultId,
        formatVersion,
        chunkBytes,
        segmentChunks,
        DigestAlgorithm.HMAC_SHA_256,
        Cipher.AES_256_GCM,
        compression,
        catalogueId,
        createdAt);
  }

  VaultConfig withCatalogueId(String newCatalogueId) {
    return new VaultConfig(
        vaultId,
        formatVersion,
        chunkBytes,
        segmentChunks,
        digest,
        cipher,
        compression,
        VaultNames.require("catalogueId", newCatalogueId),
        createdAt);
  }

  static void requireChunkBytes(int chunkBytes) {
    if (chunkBytes < CHUNK_BYTES_MIN
        || chunkBytes > CHUNK_BYTES_MAX
        || Integer.bitCount(chunkBytes) != 1) {
      throw new IllegalArgumentException(
          "chunkBytes is %d, not a power of two from 4096 to 67108864".formatted(chunkBytes));
    }
  }

  byte[] encode() {
    return VaultJson.write(this);
  }

  /**
   * Reads the object. The version is looked at first, since a newer format may differ in all else.
   *
   * @throws Invalid if the vault is of a newer format
   * @throws Corrupt if it is not what this build or an older one wrote
   */
  static VaultConfig decode(byte[] json) {
    JsonNode version = VaultJson.readTree(NAME, json).path("formatVersion");
    if (version.isIntegralNumber() && version.asLong() > FORMAT_VERSION) {
      throw new Invalid(
          "VaultFormatUnsupported",
          "the vault has format version %s, and this build reads version %d: update holdfast"
              .formatted(version.asText(), FORMAT_VERSION));
    }
    return VaultJson.read(NAME, json, VaultConfig.class);
  }
}
