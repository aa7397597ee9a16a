package io.holdfast.vault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.holdfast.fake.MemoryBlobs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The format, byte for byte. The files were made once, by another program than this one; if a test
 * fails, the code is wrong and not the file.
 */
class FormatVectorsTest {
  private static final int CHUNK_BYTES = 4096;
  private static final Instant TIME = Instant.parse("2026-11-23T04:05:06Z");
  private static final String POINT = "vm-1-p20261123040506007-00000a";

  private final ObjectCodec plain =
      new ObjectCodec(VaultKeys.none(), VaultConfig.Compression.OFF, CHUNK_BYTES);
  private final ObjectCodec sealed =
      new ObjectCodec(ObjectCodecTest.sealing(), VaultConfig.Compression.OFF, CHUNK_BYTES);

  private static byte[] file(String name) {
    try (InputStream in = FormatVectorsTest.class.getResourceAsStream("/vault-format/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] object(String name) {
    String hex = new String(file(name + ".hex"), US_ASCII).replaceAll("\\s", "");
    return HexFormat.of().parseHex(hex);
  }

  private static Digest id(String name) {
    return Digest.ofHex(property(name));
  }

  private static String property(String name) {
    Properties ids = new Properties();
    try (InputStream in =
        FormatVectorsTest.class.getResourceAsStream("/vault-format/ids.properties")) {
      ids.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return ids.getProperty(name);
  }

  /** 4,096 bytes that do not compress: SHA-256 of "holdfast" and a number, 128 times. */
  private static byte[] noise() {
    ByteBuffer noise = ByteBuffer.allocate(CHUNK_BYTES);
    for (int i = 0; i < CHUNK_BYTES / Digest.BYTES; i++) {
      byte[] text = ByteBuffer.allocate(12).put("holdfast".getBytes(US_ASCII)).putInt(i).array();
      Digester.sha256().digest(text).write(noise);
    }
    return noise.array();
  }

  private static byte[] words() {
    return Arrays.copyOf("holdfast\n".repeat(CHUNK_BYTES).getBytes(US_ASCII), CHUNK_BYTES);
  }

  @Test
  void aRawChunk() {
    assertThat(plain.digester().digest(noise())).isEqualTo(id("chunk-raw"));
    assertThat(Codecs.encode(plain, ObjectKind.CHUNK, id("chunk-raw"), noise()))
        .isEqualTo(object("chunk-raw"));
    assertThat(Codecs.decode(plain, ObjectKind.CHUNK, id("chunk-raw"), object("chunk-raw")))
        .isEqualTo(noise());
  }

  @Test
  void aCompressedChunk() {
    assertThat(plain.digester().digest(words())).isEqualTo(id("chunk-zstd"));
    assertThat(Codecs.decode(plain, ObjectKind.CHUNK, id("chunk-zstd"), object("chunk-zstd")))
        .isEqualTo(words());
  }

  @Test
  void aSealedChunk() {
    assertThat(sealed.digester().digest(noise())).isEqualTo(id("chunk-sealed-raw"));
    assertThat(Codecs.encode(sealed, ObjectKind.CHUNK, id("chunk-sealed-raw"), noise()))
        .isEqualTo(object("chunk-sealed-raw"));
    assertThat(
            Codecs.decode(
                sealed, ObjectKind.CHUNK, id("chunk-sealed-raw"), object("chunk-sealed-raw")))
        .isEqualTo(noise());
  }

  @Test
  void aCompressedAndSealedChunk() {
    Digest id = id("chunk-sealed-zstd");
    assertThat(sealed.digester().digest(words())).isEqualTo(id);
    assertThat(Codecs.decode(sealed, ObjectKind.CHUNK, id, object("chunk-sealed-zstd")))
        .isEqualTo(words());
  }

  private static SegmentIndex segment() {
    List<Digest> chunks = new ArrayList<>(Collections.nCopies(SegmentIndex.CHUNKS, Digest.ZERO));
    chunks.set(0, id("chunk-raw"));
    chunks.set(2, id("chunk-zstd"));
    chunks.set(1023, id("chunk-raw"));
    return new SegmentIndex(DigestAlgorithm.SHA_256, CHUNK_BYTES, chunks);
  }

  @Test
  void aSegmentIndex() {
    Digest id = id("segment-index");
    byte[] plaintext = Codecs.decode(plain, ObjectKind.SEGMENT_INDEX, id, object("segment-index"));

    assertThat(plaintext).isEqualTo(segment().encode());
    assertThat(SegmentIndex.decode(plaintext)).isEqualTo(segment());
  }

  @Test
  void aDiskManifest() {
    Digest segment = id("segment-index");
    Digest id = id("disk-manifest");
    DiskManifest manifest =
        new DiskManifest(
            DigestAlgorithm.SHA_256,
            CHUNK_BYTES,
            2L * 1024 * CHUNK_BYTES + 512,
            512,
            List.of(segment, Digest.ZERO, segment));

    assertThat(Codecs.encode(plain, ObjectKind.DISK_MANIFEST, id, manifest.encode()))
        .isEqualTo(object("disk-manifest"));
    assertThat(
            DiskManifest.decode(
                Codecs.decode(plain, ObjectKind.DISK_MANIFEST, id, object("disk-manifest"))))
        .isEqualTo(manifest);
  }

  private static PointManifest point() {
    JsonNodeFactory json = JsonNodeFactory.instance;
    String provider = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/";
    return new PointManifest(
        1,
        SampleVault.VAULT_ID,
        "vm-1",
        POINT,
        provider + "virtualMachines/web",
        "11111111-2222-3333-4444-555555555555",
        "vm-1-j20261123040506007-00000a",
        Instant.parse("2026-11-23T04:05:06.007Z"),
        Instant.parse("2026-11-23T04:05:30Z"),
        new PointManifest.Consistency("ApplicationConsistent", "CrashConsistent"),
        null,
        json.objectNode().put("location", "westeurope").set("zones", json.arrayNode().add("1")),
        List.of(
            new PointManifest.Disk(
                "os",
                "web-os",
                provider + "disks/web-os",
                "u-1",
                null,
                2L * 1024 * CHUNK_BYTES + 512,
                512,
                "Full",
                "there is no base",
                id("disk-manifest").hex(),
                12288,
                8192,
                4300,
                json.objectNode().put("sku", "Premium_LRS"))),
        List.of(
            new PointManifest.ExcludedDisk(
                "lun1", "scratch", provider + "disks/web-os", 1, "shared")),
        List.of(new PointManifest.Warning("W", "m", "r")));
  }

  @Test
  void aPointManifest() {
    Digest id = id("point-manifest");

    assertThat(Codecs.encode(plain, ObjectKind.POINT_MANIFEST, id, point().encode()))
        .isEqualTo(object("point-manifest"));
    assertThat(
            PointManifest.decode(
                "x", Codecs.decode(plain, ObjectKind.POINT_MANIFEST, id, object("point-manifest"))))
        .isEqualTo(point());
  }

  @Test
  void aPointReference() {
    PointRef ref = PointRef.of(point(), id("point-manifest"));

    assertThat(ref.encode()).asString(UTF_8).isEqualTo(new String(file("point-ref.json"), UTF_8));
    assertThat(PointRef.decode(ref.name(), file("point-ref.json"))).isEqualTo(ref);
    assertThat(ref.name().objectName())
        .isEqualTo("points/vm-1/" + POINT + "." + id("point-manifest").hex());
  }

  @Test
  void aVaultsConfiguration() {
    VaultConfig config = VaultConfig.plain(UUID.fromString(SampleVault.VAULT_ID), TIME);
    VaultConfig owned = config.encrypted().withCatalogueId("c-1");

    assertThat(new String(config.encode(), UTF_8))
        .isEqualTo(new String(file("holdfast.json"), UTF_8));
    assertThat(VaultConfig.decode(file("holdfast.json"))).isEqualTo(config);
    assertThat(new String(owned.encode(), UTF_8))
        .isEqualTo(new String(file("holdfast-owned.json"), UTF_8));
    assertThat(VaultConfig.decode(file("holdfast-owned.json"))).isEqualTo(owned);
  }

  @Test
  void aWrappedKey() {
    KeyId id = KeyId.ofHex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    WrappedKey key = WrappedKey.decode(id, file("key.json"));

    assertThat(new String(key.encode(), UTF_8)).isEqualTo(new String(file("key.json"), UTF_8));
    assertThat(key.objectName()).isEqualTo("keys/a0a1a2a3a4a5a6a7a8a9aaabacadaeaf.json");
    assertThat(key.purpose()).isEqualTo("chunks");
  }

  @Test
  void aKeyWrappedByAKeyFile(@TempDir Path temp) throws IOException {
    KeyId id = KeyId.ofHex("a0a1a2a3a4a5a6a7a8a9aaabacadaeaf");
    Path file = temp.resolve("key-file.json");
    Files.write(file, file("key-file.json"));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    KeyFile keyFile = KeyFile.read(file);
    byte[] dataKey = ObjectCodecTest.bytes(32, 0x20);

    WrappedKey wrapped =
        keyFile.wrap(
            SampleVault.VAULT_ID, id, "chunks", dataKey, ObjectCodecTest.bytes(12, 0xd0), TIME);

    assertThat(keyFile.id()).isEqualTo("101112131415161718191a1b1c1d1e1f");
    assertThat(new String(wrapped.encode(), UTF_8))
        .isEqualTo(new String(file("key-local.json"), UTF_8));
    assertThat(keyFile.unwrap(SampleVault.VAULT_ID, WrappedKey.decode(id, file("key-local.json"))))
        .isEqualTo(dataKey);
  }

  @Test
  void idsOfTheTwoKeysThatAVaultHasOnce() {
    assertThat(LocalKeys.wellKnown("ids", SampleVault.VAULT_ID).hex())
        .isEqualTo(property("key-ids"));
    assertThat(LocalKeys.wellKnown("metadata", SampleVault.VAULT_ID).hex())
        .isEqualTo(property("key-metadata"));
  }

  @Test
  void aLedgerOfTwoFiles() {
    String second = "ledger/2026-11-24-0001.jsonl";
    VaultConfig config = VaultConfig.plain(UUID.fromString(SampleVault.VAULT_ID), TIME);
    LedgerEntry made =
        LedgerEntry.ofPoint(
            POINT + "/made",
            Instant.parse("2026-11-23T04:06:00.500Z"),
            LedgerEvent.POINT_MADE,
            POINT,
            "holdfast",
            "policy default",
            null);
    LedgerEntry pinned =
        LedgerEntry.ofPoint(
            "r-1",
            Instant.parse("2026-11-23T09:00:00Z"),
            LedgerEvent.PINNED,
            POINT,
            "kim@example.com",
            "before the \"big\" move",
            Instant.parse("2027-01-01T00:00:00Z"));
    LedgerEntry paused =
        LedgerEntry.ofItem(
            "r-2",
            Instant.parse("2026-11-24T00:00:01Z"),
            LedgerEvent.PROTECTION_CHANGED,
            "vm-1",
            "kim@example.com",
            "d\u00e9m\u00e9nagement",
            null);
    LedgerEntry policy =
        LedgerEntry.ofPolicy(
            "r-3",
            Instant.parse("2026-11-24T00:00:02Z"),
            LedgerEvent.POLICY_PUT,
            "gold",
            "kim@example.com",
            "new");

    MemoryBlobs written = new MemoryBlobs(InstantSource.system());
    Ledger ledger = new Ledger(written, config);
    ledger.append(List.of(made, pinned));
    ledger.append(List.of(paused));
    ledger.append(List.of(policy));

    assertThat(written.names()).containsExactly("ledger/2026-11-23-0001.jsonl", second);
    assertThat(written.get("ledger/2026-11-23-0001.jsonl").orElseThrow().bytes())
        .asString(UTF_8)
        .isEqualTo(new String(file("ledger-first.jsonl"), UTF_8));
    assertThat(written.get(second).orElseThrow().bytes())
        .asString(UTF_8)
        .isEqualTo(new String(file("ledger-second.jsonl"), UTF_8));

    MemoryBlobs given = new MemoryBlobs(InstantSource.system());
    given.put("ledger/2026-11-23-0001.jsonl", file("ledger-first.jsonl"));
    given.put(second, file("ledger-second.jsonl"));
    List<LedgerEntry> read = new ArrayList<>();
    new Ledger(given, config).read(LocalDate.EPOCH, line -> read.add(line.entry()));
    assertThat(read).containsExactly(made, pinned, paused, policy);
  }

  @Test
  void namesOfObjects() {
    Digest id = id("chunk-raw");
    String hex = id.hex();
    String folder = hex.substring(0, 2);

    assertThat(ObjectKind.CHUNK.objectName(id)).isEqualTo("chunks/" + folder + "/" + hex);
    assertThat(ObjectKind.SEGMENT_INDEX.objectName(id)).isEqualTo("segments/" + folder + "/" + hex);
    assertThat(ObjectKind.DISK_MANIFEST.objectName(id))
        .isEqualTo("manifests/" + folder + "/" + hex);
    assertThat(ObjectKind.POINT_MANIFEST.objectName(id))
        .isEqualTo("manifests/" + folder + "/" + hex);
  }
}
