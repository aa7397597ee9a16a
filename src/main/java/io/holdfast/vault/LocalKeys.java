package io.holdfast.vault;

import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Opens and makes encrypted vaults whose data keys are wrapped by the key in a local file.
 *
 * <ul>
 *   <li>A vault has one key of purpose {@code ids} and one of {@code metadata}. Their key ids
 *       follow from the vault's id, they are written before {@code holdfast.json}, and created only
 *       if absent: however many make a vault at once, they end with one of each. A vault that lacks
 *       one later has lost it; a new one is never made in its place.
 *   <li>Each process that writes makes itself a key for chunks, and another one when the day (UTC)
 *       has changed. Who only reads makes none.
 *   <li>Nonces are 96 random bits. Under one key two are the same with a probability below 2^-32
 *       for 2^32 objects: a process seals far less than that a day (at 4 GiB/s it is 2^27 chunks of
 *       4 MiB), and the metadata key reaches it after 10 years at a million segments a day.
 * </ul>
 */
public final class LocalKeys implements VaultOpener {
  static final String KEYS_MISSING = "VaultKeysMissing";

  private static final String IDS = "ids";
  static final String METADATA = "metadata";
  private static final String CHUNKS = "chunks";

  private final KeyFile file;
  private final SecureRandom random;
  private final InstantSource clock;
  private volatile Known known;

  /** Keys that were unwrapped, so that opening the same vault again costs no more than a look. */
  private record Known(BlobStore blobs, String vaultId, VaultKeys keys) {}

  /**
   * @param random makes keys, key ids and nonces
   * @param clock says what day it is
   */
  public LocalKeys(KeyFile file, SecureRandom random, InstantSource clock) {
    this.file = file;
    this.random = random;
    this.clock = clock;
  }

  /** The id of the one key of a vault that has this purpose: {@code ids} or {@code metadata}. */
  static KeyId wellKnown(String purpose, String vaultId) {
    byte[] text =
        "holdfast %s key of vault %s".formatted(purpose, vaultId).getBytes(StandardCharsets.UTF_8);
    byte[] digest = Crypto.get().sha256().digest(text);
    return KeyId.ofHex(HexFormat.of().formatHex(Arrays.copyOf(digest, KeyId.BYTES)));
  }

  /**
   * @throws Invalid {@code VaultNotEncrypted}, {@code VaultKeysMissing} when a key was wrapped by
   *     another key file
   * @throws Corrupt when a key is gone or was changed
   */
  @Override
  public Vault open(BlobStore blobs) {
    Known last = known;
    if (last != null && last.blobs() == blobs) {
      Vault vault = Vault.open(blobs, last.keys());
      if (vault.config().vaultId().equals(last.vaultId())) {
        return vault;
      }
    }
    // Without keys: the keys follow from the id that is in there.
    VaultConfig config =
        blobs.get(VaultConfig.NAME).map(blob -> VaultConfig.decode(blob.bytes())).orElse(null);
    if (config == null) {
      // Let it say that there is no vault.
      return Vault.open(blobs, VaultKeys.none());
    }
    requireEncrypted(config);
    VaultKeys keys = new OfVault(blobs, config.vaultId()).keys();
    known = new Known(blobs, config.vaultId(), keys);
    return Vault.open(blobs, keys);
  }

  @Override
  public Vault openOrCreate(BlobStore blobs, VaultConfig proposed) {
    if (blobs.exists(VaultConfig.NAME)) {
      return open(blobs);
    }
    VaultConfig encrypted = proposed.encrypted();
    OfVault made = new OfVault(blobs, encrypted.vaultId());
    DataKey unusedIds = made.store(wellKnown(IDS, encrypted.vaultId()), IDS);
    DataKey unusedMetadata = made.store(wellKnown(METADATA, encrypted.vaultId()), METADATA);
    // The keys of a vault that lost this race stay behind: two small objects that nothing names.
    BlobStore.PutResult unused =
        blobs.putIfAbsent(VaultConfig.NAME, ByteBuffer.wrap(encrypted.encode()));
    return open(blobs);
  }

  private void requireEncrypted(VaultConfig config) {
    if (config.cipher() == VaultConfig.Cipher.NONE) {
      throw new Invalid(
          "VaultNotEncrypted",
          ("vault %s has no encryption, so key file %s has nothing to do with it: leave it out"
                  + " (--key-file, HOLDFAST_KEY_FILE), or make a new vault; one is encrypted from its"
                  + " first object or never")
              .formatted(config.vaultId(), file.id()));
    }
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  /** The keys of one vault. */
  private final class OfVault {
    private final BlobStore blobs;
    private final String vaultId;
    private final ConcurrentHashMap<KeyId, DataKey> opened = new ConcurrentHashMap<>();

    private OfVault(BlobStore blobs, String vaultId) {
      this.blobs = blobs;
      this.vaultId = vaultId;
    }

    private VaultKeys keys() {
      byte[] ids = unwrap(wellKnown(IDS, vaultId), IDS);
      DataKey metadata = load(wellKnown(METADATA, vaultId), METADATA);
      return VaultKeys.of(
          Digester.hmacSha256(ids), new ChunkKey(this), metadata, this::find, random::nextBytes);
    }

    private Optional<DataKey> find(KeyId id) {
      DataKey found = opened.get(id);
      // Two threads may both fetch it: they get the same.
      return Optional.of(found != null ? found : load(id, CHUNKS));
    }

    private DataKey load(KeyId id, String purpose) {
      DataKey key = new DataKey(id, unwrap(id, purpose));
      opened.put(id, key);
      return key;
    }

    private byte[] unwrap(KeyId id, String purpose) {
      String name = WrappedKey.objectName(id);
      WrappedKey key =
          blobs
              .get(name)
              .map(blob -> WrappedKey.decode(id, blob.bytes()))
              .orElseThrow(
                  () ->
                      new Corrupt(
                          ("%s is missing, the key for %s of vault %s: what it seals cannot be read"
                                  + " until that object is brought back; key file %s would unwrap it")
                              .formatted(name, purpose, vaultId, file.id())));
      if (!key.purpose().equals(purpose)) {
        throw new Corrupt(
            "%s is damaged: it is a key for %s, and one for %s is asked for"
                .formatted(name, key.purpose(), purpose));
      }
      return file.unwrap(vaultId, key);
    }

    /** Makes a key unless one of that id is there; what is there then counts. */
    private DataKey store(KeyId id, String purpose) {
      WrappedKey key =
          file.wrap(
              vaultId,
              id,
              purpose,
              randomBytes(DataKey.KEY_BYTES),
              randomBytes(Envelope.NONCE_BYTES),
              clock.instant());
      BlobStore.PutResult unused =
          blobs.putIfAbsent(key.objectName(), ByteBuffer.wrap(key.encode()));
      return load(id, purpose);
    }
  }

  /** This process's key for chunks, made when the first one is sealed. */
  private final class ChunkKey implements Supplier<DataKey> {
    private final OfVault vault;
    private LocalDate day;
    private DataKey key;

    private ChunkKey(OfVault vault) {
      this.vault = vault;
    }

    @Override
    public synchronized DataKey get() {
      LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
      if (!today.equals(day)) {
        ByteBuffer id = ByteBuffer.wrap(randomBytes(KeyId.BYTES));
        key = vault.store(new KeyId(id.getLong(), id.getLong()), CHUNKS);
        day = today;
      }
      return key;
    }
  }
}
