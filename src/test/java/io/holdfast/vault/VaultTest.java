package io.holdfast.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryBlobs;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class VaultTest {
  private final AtomicReference<Instant> now = new AtomicReference<>(SampleVault.TIME);
  private final MemoryBlobs blobs = new MemoryBlobs(now::get);
  private final Vault vault = SampleVault.in(blobs).vault();

  private static byte[] chunk(int seed) {
    return ObjectCodecTest.noise(SampleVault.CHUNK_BYTES, seed);
  }

  private static String name(Digest chunk) {
    return ObjectKind.CHUNK.objectName(chunk);
  }

  @Test
  void savesAChunkUnderItsDigestAndGivesItBack() {
    Vault.Saved saved = vault.saveChunk(ByteBuffer.wrap(chunk(1)));

    assertThat(saved.created()).isTrue();
    assertThat(saved.storedBytes()).isEqualTo(SampleVault.CHUNK_BYTES + 48);
    assertThat(saved.id()).isEqualTo(Digester.sha256().digest(chunk(1)));
    assertThat(blobs.names())
        .contains("chunks/" + saved.id().hex().substring(0, 2) + "/" + saved.id());
    assertThat(Codecs.chunk(vault, saved.id())).isEqualTo(chunk(1));
  }

  @Test
  void spendsOneRequestOnANewChunkAndTwoOnOneThatIsThere() {
    int puts = blobs.requests("putIfAbsent");
    Digest id = vault.saveChunk(ByteBuffer.wrap(chunk(1))).id();
    assertThat(blobs.requests("putIfAbsent") - puts).isEqualTo(1);
    assertThat(blobs.requests("touch")).isZero();

    Vault.Saved again = vault.saveChunk(ByteBuffer.wrap(chunk(1)));

    assertThat(again).isEqualTo(new Vault.Saved(id, false, 0));
    assertThat(blobs.requests("putIfAbsent") - puts).isEqualTo(2);
    assertThat(blobs.requests("touch")).isEqualTo(1);
  }

  @Test
  void leavesAYoungChunkAlone() {
    Digest id = vault.saveChunk(ByteBuffer.wrap(chunk(1))).id();
    now.set(SampleVault.TIME.plus(Vault.SAFE_AGE).minusSeconds(1));

    vault.saveChunk(ByteBuffer.wrap(chunk(1)));

    assertThat(blobs.modified(name(id))).isEqualTo(SampleVault.TIME);
  }

  @Test
  void renewsAnOldChunk() {
    Digest id = vault.saveChunk(ByteBuffer.wrap(chunk(1))).id();
    Instant later = SampleVault.TIME.plus(Vault.SAFE_AGE);
    now.set(later);

    vault.saveChunk(ByteBuffer.wrap(chunk(1)));

    assertThat(blobs.modified(name(id))).isEqualTo(later);
  }

  @Test
  void createsAChunkAgainThatIsDeletedBeforeItIsTouched() {
    Digest id = vault.saveChunk(ByteBuffer.wrap(chunk(1))).id();
    AtomicInteger touches = new AtomicInteger();
    blobs.before(
        (method, name) -> {
          if (method.equals("touch") && touches.getAndIncrement() == 0) {
            assertThat(blobs.delete(name)).isTrue();
          }
        });

    Vault.Saved saved = vault.saveChunk(ByteBuffer.wrap(chunk(1)));

    assertThat(saved.created()).isTrue();
    assertThat(touches).hasValue(1);
    assertThat(Codecs.chunk(vault, id)).isEqualTo(chunk(1));
  }

  @Test
  void givesUpOnAChunkThatIsDeletedAsFastAsItIsWritten() {
    String name = name(vault.saveChunk(ByteBuffer.wrap(chunk(1))).id());
    blobs.before(
        (method, touched) -> {
          if (method.equals("touch")) {
            assertThat(blobs.delete(touched)).isTrue();
          } else if (method.equals("putIfAbsent") && !blobs.names().contains(touched)) {
            blobs.put(touched, new byte[0]);
          }
        });

    assertThatThrownBy(() -> vault.saveChunk(ByteBuffer.wrap(chunk(1))))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining(name);
  }

  @Test
  void keepsAChunkInOneRequestIfItIsThere() {
    Digest id = vault.saveChunk(ByteBuffer.wrap(chunk(1))).id();
    Instant later = SampleVault.TIME.plusSeconds(60);
    now.set(later);

    assertThat(vault.keepChunk(id)).isTrue();
    assertThat(blobs.modified(name(id))).isEqualTo(later);
    assertThat(blobs.requests("touch")).isEqualTo(1);

    assertThat(blobs.delete(name(id))).isTrue();
    assertThat(vault.keepChunk(id)).isFalse();
  }

  @Test
  void storesNoZeros() {
    List<String> before = blobs.names();
    SegmentIndex zero = SegmentIndex.zero(DigestAlgorithm.SHA_256, SampleVault.CHUNK_BYTES);

    Vault.Saved chunk = vault.saveChunk(ByteBuffer.wrap(new byte[SampleVault.CHUNK_BYTES]));
    Vault.Saved segment = vault.saveSegment(zero);

    assertThat(chunk).isEqualTo(new Vault.Saved(Digest.ZERO, false, 0));
    assertThat(segment).isEqualTo(new Vault.Saved(Digest.ZERO, false, 0));
    assertThat(blobs.names()).isEqualTo(before);
    assertThat(vault.loadSegment(Digest.ZERO)).isEqualTo(zero);
    assertThat(vault.keepChunk(Digest.ZERO)).isTrue();
  }

  @Test
  void givesBackSegmentsAndManifests() {
    SegmentIndex index =
        SegmentIndex.zero(DigestAlgorithm.SHA_256, SampleVault.CHUNK_BYTES)
            .with(Map.of(0, Digester.sha256().digest(chunk(1)), 1023, new Digest(1, 2, 3, 4)));
    Digest segment = vault.saveSegment(index).id();
    DiskManifest manifest =
        new DiskManifest(
            DigestAlgorithm.SHA_256,
            SampleVault.CHUNK_BYTES,
            2L * SampleVault.SEGMENT_BYTES + 1,
            4096,
            List.of(segment, Digest.ZERO, segment));
    Digest root = vault.saveDiskManifest(manifest).id();

    assertThat(vault.loadSegment(segment)).isEqualTo(index);
    assertThat(vault.loadDiskManifest(root)).isEqualTo(manifest);
    assertThat(manifest.segment(2)).isEqualTo(segment);
    assertThat(manifest.segment(3)).isEqualTo(Digest.ZERO);
  }

  @Test
  void namesWhatIsMissingOrDamaged() {
    Digest id = vault.saveChunk(ByteBuffer.wrap(chunk(1))).id();
    blobs.damage(
        name(id),
        bytes -> {
          bytes[1000] ^= 1;
          return bytes;
        });
    assertThatThrownBy(() -> Codecs.chunk(vault, id))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining(name(id))
        .hasMessageContaining("another digest");

    assertThat(blobs.delete(name(id))).isTrue();
    assertThatThrownBy(() -> Codecs.chunk(vault, id))
        .isInstanceOf(Corrupt.class)
        .hasMessage(name(id) + " is missing");
  }

  @Test
  void refusesAnIndexThatIsWellDigestedButWrong() {
    byte[] index =
        SegmentIndex.zero(DigestAlgorithm.SHA_256, SampleVault.CHUNK_BYTES)
            .with(Map.of(5, new Digest(1, 2, 3, 4)))
            .encode();
    // Byte by byte of the header: magic, version, algorithm, reserved, chunkBytes, count.
    for (int at : new int[] {0, 4, 5, 6, 8, 12}) {
      byte[] wrong = index.clone();
      wrong[at] ^= 0x10;
      Digest id = Digester.sha256().digest(wrong);
      ObjectCodec codec = ObjectCodecTest.codec(VaultKeys.none(), VaultConfig.Compression.DEFAULT);
      blobs.put(
          ObjectKind.SEGMENT_INDEX.objectName(id),
          Codecs.encode(codec, ObjectKind.SEGMENT_INDEX, id, wrong));

      assertThatThrownBy(() -> vault.loadSegment(id))
          .as("byte %d", at)
          .isInstanceOf(Corrupt.class)
          .hasMessageContaining(id.hex());
    }
  }

  @Test
  void refusesAManifestThatIsWellDigestedButWrong() {
    byte[] manifest =
        new DiskManifest(
                DigestAlgorithm.SHA_256,
                SampleVault.CHUNK_BYTES,
                SampleVault.SEGMENT_BYTES,
                512,
                List.of(Digest.ZERO))
            .encode();
    for (int at : new int[] {0, 4, 5, 6, 8, 12, 17, 24, 28}) {
      byte[] wrong = manifest.clone();
      wrong[at] ^= 0x10;
      Digest id = Digester.sha256().digest(wrong);
      ObjectCodec codec = ObjectCodecTest.codec(VaultKeys.none(), VaultConfig.Compression.DEFAULT);
      blobs.put(
          ObjectKind.DISK_MANIFEST.objectName(id),
          Codecs.encode(codec, ObjectKind.DISK_MANIFEST, id, wrong));

      assertThatThrownBy(() -> vault.loadDiskManifest(id))
          .as("byte %d", at)
          .isInstanceOf(Corrupt.class)
          .hasMessageContaining(id.hex());
    }
  }

  @Test
  void oneOfManyWritersOfAChunkMakesIt() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Vault.Saved>> writers =
          Collections.nCopies(32, () -> vault.saveChunk(ByteBuffer.wrap(chunk(1))));
      int created = 0;
      for (Future<Vault.Saved> writer : threads.invokeAll(writers)) {
        created += writer.get().created() ? 1 : 0;
      }
      assertThat(created).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void opensWhatIsThereWhateverIsProposed() {
    VaultConfig other = VaultConfig.plain(UUID.randomUUID(), SampleVault.TIME);

    Vault opened = Vault.openOrCreate(blobs, other, VaultKeys.none());

    assertThat(opened.config()).isEqualTo(SampleVault.config());
  }

  @Test
  void letsTheFirstOfTwoMakersWin() {
    MemoryBlobs empty = new MemoryBlobs(now::get);
    VaultConfig theirs = VaultConfig.plain(UUID.randomUUID(), SampleVault.TIME);
    empty.before(
        (method, name) -> {
          if (method.equals("putIfAbsent") && empty.names().isEmpty()) {
            empty.put(VaultConfig.NAME, theirs.encode());
          }
        });

    Vault opened = Vault.openOrCreate(empty, SampleVault.config(), VaultKeys.none());

    assertThat(opened.config()).isEqualTo(theirs);
  }

  @Test
  void saysThatThereIsNoVault() {
    assertThatThrownBy(() -> Vault.open(new MemoryBlobs(now::get), VaultKeys.none()))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultNotFound"));
  }

  @Test
  void refusesANewerFormatWhateverElseItSays() {
    blobs.put(VaultConfig.NAME, "{\"formatVersion\":2,\"vaultId\":[]}".getBytes(UTF_8));

    assertThatThrownBy(() -> Vault.open(blobs, VaultKeys.none()))
        .isInstanceOf(Invalid.class)
        .hasMessage(
            "the vault has format version 2, and this build reads version 1: update holdfast");
  }

  @Test
  void refusesADamagedConfiguration() {
    String good = new String(SampleVault.config().encode(), UTF_8);
    List<String> bad = new ArrayList<>(List.of("", "null", "[]", "{}", good + "x", "\"\""));
    bad.add(good.replace("\"formatVersion\":1", "\"formatVersion\":0"));
    bad.add(good.replace("\"formatVersion\":1", "\"formatVersion\":\"1\""));
    bad.add(good.replace("\"chunkBytes\":4096", "\"chunkBytes\":4097"));
    bad.add(good.replace("\"chunkBytes\":4096", "\"chunkBytes\":2048"));
    bad.add(good.replace("\"chunkBytes\":4096,", ""));
    bad.add(good.replace("1024", "1000"));
    bad.add(good.replace("SHA-256", "MD5"));
    bad.add(good.replace("SHA-256", "HMAC-SHA-256"));
    bad.add(good.replace("\"none\"", "\"AES-128\""));
    bad.add(good.replace("zstd", "lzma"));
    bad.add(good.replace(SampleVault.VAULT_ID, "vault"));
    for (String json : bad) {
      assertThat(json).isNotEqualTo(good);
      blobs.put(VaultConfig.NAME, json.getBytes(UTF_8));

      assertThatThrownBy(() -> Vault.open(blobs, VaultKeys.none()))
          .as(json)
          .isInstanceOf(Corrupt.class)
          .hasMessageStartingWith("holdfast.json is damaged: ");
    }
  }

  @Test
  void passesOverFieldsThatALaterBuildAdds() {
    String json = new String(SampleVault.config().encode(), UTF_8);
    blobs.put(VaultConfig.NAME, ("{\"new\":{\"x\":1}," + json.substring(1)).getBytes(UTF_8));

    assertThat(Vault.open(blobs, VaultKeys.none()).config()).isEqualTo(SampleVault.config());
  }

  @Test
  void asksForTheKeysOfAnEncryptedVault() {
    blobs.put(VaultConfig.NAME, SampleVault.config().encrypted().encode());

    assertThatThrownBy(() -> Vault.open(blobs, VaultKeys.none()))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultKeysMissing"));
    assertThat(Vault.open(blobs, ObjectCodecTest.sealing()).config().cipher())
        .isEqualTo(VaultConfig.Cipher.AES_256_GCM);
  }

  @Test
  void keepsAPointInAnEncryptedVault() {
    MemoryBlobs empty = new MemoryBlobs(now::get);
    Vault encrypted =
        Vault.openOrCreate(empty, SampleVault.config().encrypted(), ObjectCodecTest.sealing());
    Digest id = encrypted.saveChunk(ByteBuffer.wrap(chunk(1))).id();
    Digest manifest =
        encrypted
            .saveDiskManifest(
                new DiskManifest(
                    DigestAlgorithm.HMAC_SHA_256, 4096, 4096, 512, List.of(new Digest(1, 2, 3, 4))))
            .id();

    assertThat(id).isNotEqualTo(Digester.sha256().digest(chunk(1)));
    assertThat(Codecs.chunk(encrypted, id)).isEqualTo(chunk(1));
    assertThat(encrypted.loadDiskManifest(manifest).sizeBytes()).isEqualTo(4096);
    assertThat(empty.get(name(id)).orElseThrow().bytes()[7]).isEqualTo((byte) 1);
  }

  @Test
  void isClaimedByOneCatalogueForGood() {
    Vault claimed = vault.claim("catalogue-1");

    assertThat(claimed.config().owner()).contains("catalogue-1");
    assertThat(Vault.open(blobs, VaultKeys.none()).config().owner()).contains("catalogue-1");
    assertThat(vault.claim("catalogue-1").config()).isEqualTo(claimed.config());
    assertThatThrownBy(() -> vault.claim("catalogue-2"))
        .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultOwned"))
        .hasMessageContaining("catalogue-1");
  }

  @Test
  void losesAClaimThatWasOvertaken() {
    blobs.before(
        (method, name) -> {
          if (method.equals("putIfMatch")) {
            blobs.put(name, SampleVault.config().encode());
          }
        });

    assertThatThrownBy(() -> vault.claim("catalogue-1")).isInstanceOf(Unavailable.class);
  }
}
