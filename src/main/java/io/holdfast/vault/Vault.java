package io.holdfast.vault;

import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The vault: saves what it is given under its digest, and gives back only what it has proved. Safe
 * for several threads.
 */
public final class Vault {
  /**
   * An object younger than this is never collected, so a writer that finds one needs not touch it;
   * an older one it touches before it refers to it ({@code docs/design.md}, rule 5). A day: the
   * longest that a backup may take between saving an object and committing the point.
   */
  public static final Duration SAFE_AGE = Duration.ofHours(24);

  private static final int SAVE_ATTEMPTS_MAX = 5;

  private final BlobStore blobs;
  private final VaultConfig config;
  private final ObjectCodec codec;
  private final boolean proving;
  private final Ledger ledger;

  private Vault(BlobStore blobs, VaultConfig config, VaultKeys keys) {
    this(blobs, config, new ObjectCodec(keys, config.compression(), config.chunkBytes()), false);
  }

  private Vault(BlobStore blobs, VaultConfig config, ObjectCodec codec, boolean proving) {
    this.blobs = blobs;
    this.config = config;
    this.codec = codec;
    this.proving = proving;
    this.ledger = new Ledger(blobs, config);
  }

  /**
   * This vault for a writer that takes no object on trust: one that is there already is read and
   * proved before it is referred to, and replaced if it is damaged. It costs a read of each.
   */
  public Vault proving() {
    return new Vault(blobs, config, codec, true);
  }

  /**
   * The vault's configuration as it is now: its catalogue may have changed since it was opened.
   *
   * @throws Corrupt if it is gone
   */
  public VaultConfig configNow() {
    return blobs
        .get(VaultConfig.NAME)
        .map(blob -> VaultConfig.decode(blob.bytes()))
        .orElseThrow(() -> new Corrupt(VaultConfig.NAME + " is gone"));
  }

  /**
   * What came of saving an object.
   *
   * @param id refer to it by this
   * @param created whether this call made the object; false for zeros, which are never stored
   * @param storedBytes length of the object if it was created, else 0
   */
  public record Saved(Digest id, boolean created, long storedBytes) {
    static final Saved ZERO = new Saved(Digest.ZERO, false, 0);
  }

  /**
   * A point's object as a listing shows it.
   *
   * @param purged whether it is a tombstone: the point is gone and its manifest no root
   */
  public record ListedPoint(PointName name, boolean purged) {}

  /**
   * Opens a vault.
   *
   * @throws Invalid {@code VaultNotFound} if there is none, {@code VaultFormatUnsupported} if it is
   *     newer than this build, {@code VaultKeysMissing} if it is encrypted and no keys were given
   */
  public static Vault open(BlobStore blobs, VaultKeys keys) {
    return tryOpen(blobs, keys).orElseThrow(Vault::notFound);
  }

  static Invalid notFound() {
    return new Invalid(
        "VaultNotFound", "there is no vault: the container or folder has no " + VaultConfig.NAME);
  }

  /** Opens the vault that is there, or makes one as proposed. If two make one, the first wins. */
  public static Vault openOrCreate(BlobStore blobs, VaultConfig proposed, VaultKeys keys) {
    Optional<Vault> existing = tryOpen(blobs, keys);
    if (existing.isPresent()) {
      return existing.get();
    }
    checkKeys(proposed, keys);
    BlobStore.PutResult put =
        blobs.putIfAbsent(VaultConfig.NAME, ByteBuffer.wrap(proposed.encode()));
    return put.created() ? new Vault(blobs, proposed, keys) : open(blobs, keys);
  }

  private static Optional<Vault> tryOpen(BlobStore blobs, VaultKeys keys) {
    return blobs
        .get(VaultConfig.NAME)
        .map(
            blob -> {
              VaultConfig config = VaultConfig.decode(blob.bytes());
              checkKeys(config, keys);
              return new Vault(blobs, config, keys);
            });
  }

  private static void checkKeys(VaultConfig config, VaultKeys keys) {
    if (config.digest() != keys.digester().algorithm()) {
      throw new Invalid(
          "VaultKeysMissing",
          "the vault's ids are %s and its cipher is %s, which does not fit the keys given"
              .formatted(config.digest().label(), config.cipher().label()));
    }
  }

  /** As it was when the vault was opened. */
  public VaultConfig config() {
    return config;
  }

  /** What was done to its points, items and policies. Nothing is asked of the store yet. */
  public Ledger ledger() {
    return ledger;
  }

  /** Makes ids for this vault, to compare with a base before anything is saved. */
  public Digester digester() {
    return codec.digester();
  }

  /**
   * Writes the catalogue's id into {@code holdfast.json}, once. Repeating it changes nothing.
   *
   * @throws Invalid {@code VaultOwned} if another catalogue owns the vault
   * @throws Unavailable if it changed meanwhile
   */
  public Vault claim(String catalogueId) {
    BlobStore.Blob blob =
        blobs.get(VaultConfig.NAME).orElseThrow(() -> new Corrupt(VaultConfig.NAME + " is gone"));
    VaultConfig current = VaultConfig.decode(blob.bytes());
    if (current.owner().isPresent() && !current.owner().get().equals(catalogueId)) {
      throw new Invalid(
          "VaultOwned",
          "vault %s belongs to catalogue %s, not to %s: point this service at its own vault"
              .formatted(current.vaultId(), current.owner().get(), catalogueId));
    }
    VaultConfig claimed = current.withCatalogueId(catalogueId);
    if (current.owner().isEmpty()
        && !blobs.putIfMatch(VaultConfig.NAME, claimed.encode(), blob.etag())) {
      throw new Unavailable("%s changed while its vault was claimed".formatted(VaultConfig.NAME));
    }
    return new Vault(blobs, claimed, codec.keys());
  }

  /** Direct buffers with room for a chunk, to read one into. */
  public Buffers buffers() {
    return codec.buffers();
  }

  /**
   * Saves a chunk.
   *
   * @param chunk exactly {@code chunkBytes} remain in it, padded with zeros at the disk's end
   */
  public Saved saveChunk(ByteBuffer chunk) {
    return saveChunk(digester().chunkId(chunk), chunk);
  }

  /**
   * Saves a chunk whose id the caller has just taken from these very bytes.
   *
   * @param id as {@link Digester#chunkId} gives it
   */
  public Saved saveChunk(Digest id, ByteBuffer chunk) {
    return id.isZero() ? Saved.ZERO : save(ObjectKind.CHUNK, id, chunk);
  }

  /**
   * Renews a chunk that is there, in one request without a body.
   *
   * @return true: it may be referred to as if it had just been saved; false: it has to be saved
   */
  public boolean keepChunk(Digest id) {
    if (proving && !id.isZero() && fault(ObjectKind.CHUNK, id).isPresent()) {
      return false;
    }
    return id.isZero()
        || blobs.touch(ObjectKind.CHUNK.objectName(id), BlobStore.WHATEVER_ITS_AGE)
            != BlobStore.Touch.ABSENT;
  }

  /** Saves the index of a segment; the zero segment is not stored. */
  public Saved saveSegment(SegmentIndex index) {
    if (index.algorithm() != config.digest() || index.chunkBytes() != config.chunkBytes()) {
      throw new IllegalArgumentException("a segment index of another vault");
    }
    return index.isZero() ? Saved.ZERO : save(ObjectKind.SEGMENT_INDEX, index.encode());
  }

  /** Saves a disk manifest; its id is the disk's root. */
  public Saved saveDiskManifest(DiskManifest manifest) {
    if (manifest.algorithm() != config.digest() || manifest.chunkBytes() != config.chunkBytes()) {
      throw new IllegalArgumentException("a disk manifest of another vault");
    }
    return save(ObjectKind.DISK_MANIFEST, manifest.encode());
  }

  public Saved savePointManifest(PointManifest point) {
    if (!point.vaultId().equals(config.vaultId())) {
      throw new IllegalArgumentException("a point of vault " + point.vaultId());
    }
    return save(ObjectKind.POINT_MANIFEST, point.encode());
  }

  private Saved save(ObjectKind kind, byte[] plaintext) {
    return save(kind, digester().digest(plaintext), ByteBuffer.wrap(plaintext));
  }

  private Saved save(ObjectKind kind, Digest id, ByteBuffer plaintext) {
    return codec.encode(kind, id, plaintext, object -> createOrTouch(kind, id, object));
  }

  /** After it the object is there, and is not collected for a while. */
  private Saved createOrTouch(ObjectKind kind, Digest id, ByteBuffer object) {
    String name = kind.objectName(id);
    for (int attempt = 0; attempt < SAVE_ATTEMPTS_MAX; attempt++) {
      BlobStore.PutResult put = blobs.putIfAbsent(name, object);
      if (put.created()) {
        return new Saved(id, true, object.remaining());
      }
      if (proving && !mended(kind, id, object)) {
        continue;
      }
      if (blobs.touch(name, put.serviceTime().minus(SAFE_AGE)) != BlobStore.Touch.ABSENT) {
        return new Saved(id, false, 0);
      }
    }
    throw new Unavailable(
        "%s was deleted %d times while it was saved".formatted(name, SAVE_ATTEMPTS_MAX));
  }

  /** Why an object that is there cannot be used; empty when it can, or is not there. */
  private Optional<String> fault(ObjectKind kind, Digest id) {
    try {
      byte[] unused = load(kind, id);
      return Optional.empty();
    } catch (Corrupt damaged) {
      return Optional.of(damaged.getMessage());
    }
  }

  /**
   * Replaces an object that cannot be read by the one at hand.
   *
   * @return whether the object that is there can be used now; false: look again
   */
  private boolean mended(ObjectKind kind, Digest id, ByteBuffer object) {
    Optional<BlobStore.Blob> there = blobs.get(kind.objectName(id));
    if (there.isEmpty()) {
      return false;
    }
    if (fault(kind, id).isEmpty()) {
      return true;
    }
    byte[] whole = new byte[object.remaining()];
    object.duplicate().get(whole);
    return blobs.putIfMatch(kind.objectName(id), whole, there.get().etag());
  }

  /** What is done with a chunk that was proved. */
  public interface ChunkUse<E extends Exception> {
    /**
     * @param chunk {@code chunkBytes} remain in it; it must not be kept
     */
    void with(ByteBuffer chunk) throws E;
  }

  /**
   * Reads a chunk that is not the zero chunk, and hands it on when it is proved.
   *
   * @throws Corrupt if it is missing or damaged
   */
  public <E extends Exception> void readChunk(Digest id, ChunkUse<E> use) throws E {
    String name = ObjectKind.CHUNK.objectName(id);
    ByteBuffer object = buffers().take();
    try {
      object.limit(ObjectCodec.objectBytesMax(config.chunkBytes()));
      long length = blobs.read(name, object);
      if (length == BlobStore.ABSENT) {
        throw new Corrupt(name + " is missing");
      }
      if (length > object.limit()) {
        throw new Corrupt(
            "%s is damaged: it has %d bytes, more than any chunk's object".formatted(name, length));
      }
      Object unused =
          codec.decode(
              ObjectKind.CHUNK,
              id,
              object.flip(),
              chunk -> {
                use.with(chunk);
                return null;
              });
    } finally {
      buffers().give(object);
    }
  }

  /**
   * @throws Corrupt if it is missing or damaged
   */
  public SegmentIndex loadSegment(Digest id) {
    if (id.isZero()) {
      return SegmentIndex.zero(config.digest(), config.chunkBytes());
    }
    SegmentIndex index = parse(ObjectKind.SEGMENT_INDEX, id, SegmentIndex::decode);
    requireOfThisVault(
        ObjectKind.SEGMENT_INDEX.objectName(id), index.algorithm(), index.chunkBytes());
    return index;
  }

  /**
   * @throws Corrupt if it is missing or damaged
   */
  public DiskManifest loadDiskManifest(Digest id) {
    DiskManifest manifest = parse(ObjectKind.DISK_MANIFEST, id, DiskManifest::decode);
    requireOfThisVault(
        ObjectKind.DISK_MANIFEST.objectName(id), manifest.algorithm(), manifest.chunkBytes());
    return manifest;
  }

  /**
   * @throws Corrupt if it is missing, damaged, or of another vault
   */
  public PointManifest loadPointManifest(Digest id) {
    String name = ObjectKind.POINT_MANIFEST.objectName(id);
    PointManifest point = PointManifest.decode(name, load(ObjectKind.POINT_MANIFEST, id));
    if (!point.vaultId().equals(config.vaultId())) {
      throw new Corrupt("%s is of vault %s".formatted(name, point.vaultId()));
    }
    return point;
  }

  /** Reads the manifest of a point and checks that it is the point's of that name. */
  public PointManifest loadPoint(PointName name) {
    PointManifest point = loadPointManifest(name.manifest());
    if (!point.pointId().equals(name.pointId())) {
      throw new Corrupt(
          "%s names a manifest of point %s".formatted(name.objectName(), point.pointId()));
    }
    return point;
  }

  private byte[] load(ObjectKind kind, Digest id) {
    BlobStore.Blob blob =
        blobs
            .get(kind.objectName(id))
            .orElseThrow(() -> new Corrupt(kind.objectName(id) + " is missing"));
    return codec.decode(
        kind,
        id,
        ByteBuffer.wrap(blob.bytes()),
        plaintext -> {
          byte[] bytes = new byte[plaintext.remaining()];
          plaintext.get(bytes);
          return bytes;
        });
  }

  private <T> T parse(ObjectKind kind, Digest id, Function<byte[], T> decode) {
    byte[] plaintext = load(kind, id);
    try {
      return decode.apply(plaintext);
    } catch (IllegalArgumentException e) {
      throw new Corrupt("%s is damaged: %s".formatted(kind.objectName(id), e.getMessage()), e);
    }
  }

  private void requireOfThisVault(String name, DigestAlgorithm algorithm, int chunkBytes) {
    if (algorithm != config.digest() || chunkBytes != config.chunkBytes()) {
      throw new Corrupt(
          "%s is damaged: it has %s and chunks of %d bytes, unlike its vault"
              .formatted(name, algorithm.label(), chunkBytes));
    }
  }

  /**
   * Makes a point visible in the vault.
   *
   * @return false when its object was there already, be it as this one or as a tombstone
   */
  public boolean putPoint(PointRef point) {
    return blobs.putIfAbsent(point.name().objectName(), ByteBuffer.wrap(point.encode())).created();
  }

  /** Overwrites a point's object by the empty one that nothing ever removes. */
  public void purgePoint(PointName name) {
    blobs.put(name.objectName(), new byte[0]);
  }

  /** What a point's object says; empty when there is none or it is a tombstone. */
  public Optional<PointRef> pointRef(PointName name) {
    return blobs
        .get(name.objectName())
        .filter(blob -> blob.bytes().length > 0)
        .map(blob -> PointRef.decode(name, blob.bytes()));
  }

  /** All points of the vault, tombstones too, by item and then by time. */
  public List<ListedPoint> listPoints() {
    return listPoints(PointName.FOLDER);
  }

  /** The points of that id: one, none, or after a lost commit more than one. */
  public List<ListedPoint> findPoint(String pointId) {
    return VaultNames.itemOfPoint(pointId)
        .map(itemId -> listPoints(PointName.FOLDER + itemId + "/" + pointId + "."))
        .orElse(List.of());
  }

  private List<ListedPoint> listPoints(String prefix) {
    List<ListedPoint> points = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      BlobStore.Page page = blobs.list(prefix, next);
      for (BlobStore.Listed blob : page.blobs()) {
        PointName.parse(blob.name())
            .ifPresent(name -> points.add(new ListedPoint(name, blob.sizeBytes() == 0)));
      }
      next = page.next();
    } while (next.isPresent());
    return points;
  }
}
