package io.holdfast.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.cli.FolderBlobs;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryBlobs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalKeysTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final byte[] DISK = SampleVault.disk(3, 5 * 1024 * 1024 + 77);
  private static final String IDS_KEY =
      WrappedKey.objectName(LocalKeys.wellKnown("ids", SampleVault.VAULT_ID));
  private static final String METADATA_KEY =
      WrappedKey.objectName(LocalKeys.wellKnown("metadata", SampleVault.VAULT_ID));

  @TempDir Path temp;
  private final AtomicReference<Instant> now = new AtomicReference<>(SampleVault.TIME);
  private final MemoryBlobs blobs = new MemoryBlobs(now::get);
  private KeyFile file;

  @BeforeEach
  void makeAKeyFile() throws IOException {
    file = newKeyFile("one");
  }

  private KeyFile newKeyFile(String name) throws IOException {
    return KeyFile.create(temp.resolve(name), RANDOM, SampleVault.TIME);
  }

  /** As a process of its own has it. */
  private LocalKeys keys() {
    return new LocalKeys(file, RANDOM, now::get);
  }

  private static byte[] read(Vault vault, PointManifest point) throws IOException {
    PointReader reader = new PointReader(vault, point);
    byte[] out = new byte[DISK.length];
    reader.read(
        reader.disk("os"),
        (offset, bytes) -> bytes.get(out, (int) offset, bytes.remaining()),
        progress -> {});
    return out;
  }

  private List<String> keyObjects() {
    return blobs.names().stream().filter(name -> name.startsWith("keys/")).toList();
  }

  private void rewrite(String name, UnaryOperator<ObjectNode> change) {
    blobs.damage(
        name,
        bytes -> {
          try {
            ObjectMapper mapper = new ObjectMapper();
            return mapper.writeValueAsBytes(change.apply((ObjectNode) mapper.readTree(bytes)));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "folder"})
  void what_one_process_has_sealed_another_one_reads(String where) throws Exception {
    BlobStore store =
        where.equals("memory")
            ? blobs
            : new FolderBlobs(Files.createDirectory(temp.resolve("vault")), InstantSource.system());
    SampleVault sample = SampleVault.in(store, keys());
    PointManifest point = sample.addPoint(1, Map.of("os", DISK));
    Vault vault = new LocalKeys(KeyFile.read(temp.resolve("one")), RANDOM, now::get).open(store);

    assertThat(vault.config().cipher()).isEqualTo(VaultConfig.Cipher.AES_256_GCM);
    assertThat(vault.config().digest()).isEqualTo(DigestAlgorithm.HMAC_SHA_256);
    PointManifest found = vault.loadPoint(vault.listPoints().get(0).name());
    assertThat(found).isEqualTo(point);
    assertThat(read(vault, found)).isEqualTo(DISK);
  }

  @Test
  void nothing_of_the_disk_or_the_keys_is_in_the_vault_in_the_clear() throws Exception {
    byte[] secret = "a secret that compresses badly 0123456789".getBytes(UTF_8);
    byte[] disk = DISK.clone();
    for (int at = 0; at + 4096 <= disk.length; at += 4096) {
      System.arraycopy(secret, 0, disk, at, secret.length);
    }
    SampleVault.in(blobs, keys()).addPoint(1, Map.of("os", disk));
    String wrapping =
        new ObjectMapper().readTree(Files.readAllBytes(temp.resolve("one"))).get("key").asText();

    for (String name : blobs.names()) {
      String text = HexFormat.of().formatHex(blobs.get(name).orElseThrow().bytes());
      assertThat(text).doesNotContain(HexFormat.of().formatHex(secret));
      assertThat(text).doesNotContain(HexFormat.of().formatHex(wrapping.getBytes(UTF_8)));
      if (!name.startsWith("points/")) {
        assertThat(text)
            .doesNotContain(HexFormat.of().formatHex("virtualMachines".getBytes(UTF_8)));
      }
    }
  }

  @Test
  void a_vault_has_one_key_for_ids_and_one_for_metadata_and_its_ids_stay_the_same() {
    SampleVault first = SampleVault.in(blobs, keys());
    assertThat(keyObjects()).containsExactlyInAnyOrder(IDS_KEY, METADATA_KEY);
    Digest id = first.vault().digester().digest(DISK);
    for (int i = 0; i < 3; i++) {
      assertThat(SampleVault.in(blobs, keys()).vault().digester().digest(DISK)).isEqualTo(id);
    }
    assertThat(keyObjects()).hasSize(2);
    assertThat(id).isNotEqualTo(Digester.sha256().digest(DISK));
  }

  @Test
  void who_only_reads_makes_no_key_and_who_writes_makes_one_a_day() throws Exception {
    SampleVault writer = SampleVault.in(blobs, keys());
    writer.addPoint(1, Map.of("os", DISK));
    assertThat(keyObjects()).hasSize(3);
    writer.addPoint(2, Map.of("os", SampleVault.disk(4, DISK.length)));
    assertThat(keyObjects()).hasSize(3);
    now.updateAndGet(instant -> instant.plus(Duration.ofDays(1)));
    writer.addPoint(3, Map.of("os", SampleVault.disk(5, DISK.length)));
    assertThat(keyObjects()).hasSize(4);
    SampleVault.in(blobs, keys()).addPoint(4, Map.of("os", SampleVault.disk(6, DISK.length)));
    assertThat(keyObjects()).hasSize(5);

    Vault reader = keys().open(blobs);
    for (Vault.ListedPoint point : reader.listPoints()) {
      assertThat(read(reader, reader.loadPoint(point.name()))).hasSize(DISK.length);
    }
    assertThat(keyObjects()).hasSize(5);
  }

  @Test
  void a_chunk_that_is_there_is_found_whichever_process_sealed_it() {
    SampleVault.in(blobs, keys()).addPoint(1, Map.of("os", DISK));
    long chunks = blobs.names().stream().filter(name -> name.startsWith("chunks/")).count();
    SampleVault.in(blobs, keys()).addPoint(2, Map.of("os", DISK));

    assertThat(blobs.names().stream().filter(name -> name.startsWith("chunks/")))
        .hasSize((int) chunks);
  }

  @Test
  void the_key_for_chunks_is_in_the_vault_before_the_first_chunk() {
    List<String> written = new ArrayList<>();
    blobs.before(
        (action, name) -> {
          if (action.equals("putIfAbsent")) {
            written.add(
                name.substring(0, name.indexOf('/') < 0 ? name.length() : name.indexOf('/')));
          }
        });
    SampleVault.in(blobs, keys()).addPoint(1, Map.of("os", DISK));

    assertThat(written.subList(0, 5))
        .containsExactly("keys", "keys", "holdfast.json", "keys", "chunks");
  }

  @Test
  void many_that_make_the_vault_at_once_end_with_one_and_the_same_ids() throws Exception {
    for (int round = 0; round < 10; round++) {
      MemoryBlobs empty = new MemoryBlobs(now::get);
      int processes = 4;
      CyclicBarrier start = new CyclicBarrier(processes);
      ExecutorService threads = Executors.newFixedThreadPool(processes);
      try {
        List<Future<Vault>> vaults = new ArrayList<>();
        for (int i = 0; i < processes; i++) {
          UUID proposed = i % 2 == 0 ? UUID.fromString(SampleVault.VAULT_ID) : UUID.randomUUID();
          Callable<Vault> work =
              () -> {
                int unused = start.await();
                return keys().openOrCreate(empty, VaultConfig.plain(proposed, SampleVault.TIME));
              };
          vaults.add(threads.submit(work));
        }
        Set<String> ids = new HashSet<>();
        Set<Digest> digests = new HashSet<>();
        for (Future<Vault> vault : vaults) {
          ids.add(vault.get().config().vaultId());
          digests.add(vault.get().digester().digest(DISK));
        }
        assertThat(ids).hasSize(1);
        assertThat(digests).hasSize(1);
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void a_creation_that_was_cut_off_anywhere_is_finished_by_the_next() throws Exception {
    for (int cut = 1; cut <= 6; cut++) {
      MemoryBlobs store = new MemoryBlobs(now::get);
      int[] left = {cut};
      store.before(
          (action, name) -> {
            if (--left[0] == 0) {
              throw new Unavailable("cut off");
            }
          });
      assertThatThrownBy(() -> SampleVault.in(store, keys())).isInstanceOf(Unavailable.class);
      store.before((action, name) -> {});
      PointManifest point = SampleVault.in(store, keys()).addPoint(1, Map.of("os", DISK));
      assertThat(read(keys().open(store), point)).isEqualTo(DISK);
    }
  }

  @Test
  void another_key_file_is_refused_by_the_ids_of_both() throws Exception {
    SampleVault.in(blobs, keys()).addPoint(1, Map.of("os", DISK));
    KeyFile other = newKeyFile("other");
    LocalKeys wrong = new LocalKeys(other, RANDOM, now::get);

    for (Callable<Vault> opening :
        List.<Callable<Vault>>of(
            () -> wrong.open(blobs), () -> wrong.openOrCreate(blobs, SampleVault.config()))) {
      assertThatThrownBy(opening::call)
          .isInstanceOfSatisfying(
              Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultKeysMissing"))
          .hasMessageContaining("keys/")
          .hasMessageContaining("file:" + file.id())
          .hasMessageContaining("file:" + other.id());
    }
    assertThat(keyObjects()).hasSize(3);
  }

  @Test
  void an_encrypted_vault_without_a_key_file_says_which_one_it_needs() {
    SampleVault.in(blobs, keys());

    for (Callable<Vault> opening :
        List.<Callable<Vault>>of(
            () -> VaultOpener.plain().open(blobs),
            () -> VaultOpener.plain().openOrCreate(blobs, SampleVault.config()))) {
      assertThatThrownBy(opening::call)
          .isInstanceOfSatisfying(
              Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultKeysMissing"))
          .hasMessageContaining("encrypted")
          .hasMessageContaining("file:" + file.id())
          .hasMessageContaining("--key-file")
          .hasMessageContaining("HOLDFAST_KEY_FILE");
    }
  }

  @Test
  void a_plain_vault_with_a_key_file_is_refused_and_stays_as_it_is() {
    SampleVault.in(blobs);
    List<String> names = blobs.names();

    for (Callable<Vault> opening :
        List.<Callable<Vault>>of(
            () -> keys().open(blobs), () -> keys().openOrCreate(blobs, SampleVault.config()))) {
      assertThatThrownBy(opening::call)
          .isInstanceOfSatisfying(
              Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultNotEncrypted"))
          .hasMessageContaining("has no encryption")
          .hasMessageContaining("--key-file");
    }
    assertThat(blobs.names()).isEqualTo(names);
  }

  @Test
  void no_vault_is_no_vault_with_a_key_file_too() {
    assertThatThrownBy(() -> keys().open(blobs))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultNotFound"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ids", "metadata"})
  void a_lost_key_of_the_vault_is_named_and_never_made_anew(String purpose) {
    SampleVault.in(blobs, keys()).addPoint(1, Map.of("os", DISK));
    String name = purpose.equals("ids") ? IDS_KEY : METADATA_KEY;
    assertThat(blobs.delete(name)).isTrue();

    for (Callable<Vault> opening :
        List.<Callable<Vault>>of(
            () -> keys().open(blobs), () -> keys().openOrCreate(blobs, SampleVault.config()))) {
      assertThatThrownBy(opening::call)
          .isInstanceOf(Corrupt.class)
          .hasMessageContaining(name + " is missing")
          .hasMessageContaining(file.id());
    }
    assertThat(blobs.names()).doesNotContain(name);
  }

  @Test
  void a_lost_key_for_chunks_is_named_when_a_chunk_is_read() throws Exception {
    PointManifest point = SampleVault.in(blobs, keys()).addPoint(1, Map.of("os", DISK));
    String name = chunksKey();
    assertThat(blobs.delete(name)).isTrue();
    Vault vault = keys().open(blobs);

    assertThatThrownBy(() -> read(vault, point))
        .isInstanceOf(Corrupt.class)
        .as("the chunk, and the key without which it cannot be read")
        .hasMessageContaining("chunks/")
        .hasMessageContaining(name)
        .hasMessageContaining(file.id());
  }

  private String chunksKey() {
    return keyObjects().stream()
        .filter(name -> !name.equals(IDS_KEY) && !name.equals(METADATA_KEY))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void a_wrapped_key_that_was_changed_in_any_part_is_refused() {
    SampleVault.in(blobs, keys()).addPoint(1, Map.of("os", DISK));
    String wrapped = field(METADATA_KEY, "wrapped");
    List<UnaryOperator<ObjectNode>> changes = new ArrayList<>();
    byte[] bytes = java.util.Base64.getDecoder().decode(wrapped);
    for (int at : new int[] {0, 11, 12, 43, 44, 59}) {
      byte[] changed = bytes.clone();
      changed[at] ^= 1;
      changes.add(json -> json.put("wrapped", base64(changed)));
    }
    changes.add(json -> json.put("wrapped", base64(Arrays.copyOf(bytes, 59))));
    changes.add(json -> json.put("wrapped", base64(Arrays.copyOf(bytes, 61))));
    changes.add(json -> json.put("wrapped", field(IDS_KEY, "wrapped")));
    changes.add(json -> json.put("wrapped", field(chunksKey(), "wrapped")));
    changes.add(json -> json.put("algorithm", "RSA-OAEP-256"));
    changes.add(json -> json.put("purpose", "chunks"));
    changes.add(json -> json.put("keyId", "0123456789abcdef0123456789abcdef"));
    changes.add(json -> json.put("formatVersion", 2));
    changes.add(
        json -> {
          json.remove("wrapped");
          return json;
        });
    byte[] original = blobs.get(METADATA_KEY).orElseThrow().bytes();
    for (UnaryOperator<ObjectNode> change : changes) {
      rewrite(METADATA_KEY, change);
      assertThatThrownBy(() -> keys().open(blobs))
          .isInstanceOf(Corrupt.class)
          .hasMessageContaining(METADATA_KEY)
          .hasMessageNotContaining(wrapped);
      blobs.damage(METADATA_KEY, any -> original.clone());
    }
    assertThat(keys().open(blobs).config().vaultId()).isEqualTo(SampleVault.VAULT_ID);
  }

  private String field(String name, String field) {
    try {
      return new ObjectMapper().readTree(blobs.get(name).orElseThrow().bytes()).get(field).asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String base64(byte[] bytes) {
    return java.util.Base64.getEncoder().encodeToString(bytes);
  }

  @Test
  void a_wrapped_key_of_another_vault_is_refused() {
    SampleVault.in(blobs, keys());
    MemoryBlobs elsewhere = new MemoryBlobs(now::get);
    Vault other =
        keys().openOrCreate(elsewhere, VaultConfig.plain(UUID.randomUUID(), SampleVault.TIME));
    String name = WrappedKey.objectName(LocalKeys.wellKnown("metadata", other.config().vaultId()));
    String wrapped;
    try {
      wrapped =
          new ObjectMapper()
              .readTree(elsewhere.get(name).orElseThrow().bytes())
              .get("wrapped")
              .asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    rewrite(METADATA_KEY, json -> json.put("wrapped", wrapped));

    assertThatThrownBy(() -> keys().open(blobs))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("of another vault");
  }

  @Test
  void opening_again_costs_one_request() {
    LocalKeys keys = keys();
    Vault made = SampleVault.in(blobs, keys).vault();
    int before = blobs.requests("get");
    for (int i = 0; i < 5; i++) {
      assertThat(keys.open(blobs).config()).isEqualTo(made.config());
    }
    assertThat(blobs.requests("get") - before).isEqualTo(5);
  }

  @Test
  void no_nonce_comes_twice() {
    SampleVault.in(blobs, keys())
        .addPoint(1, Map.of("os", SampleVault.disk(1, 2 * SampleVault.SEGMENT_BYTES)));
    List<String> nonces =
        blobs.names().stream()
            .filter(name -> name.matches("(chunks|segments|manifests)/.*"))
            .map(name -> blobs.get(name).orElseThrow().bytes())
            .map(object -> HexFormat.of().formatHex(object, 32, 44))
            .toList();
    assertThat(nonces).hasSizeGreaterThan(300).doesNotHaveDuplicates();
  }
}
