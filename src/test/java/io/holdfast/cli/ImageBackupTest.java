package io.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.vault.SampleVault;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultKeys;
import io.holdfast.vault.VhdFooter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageBackupTest {
  private static final int CHUNK = SampleVault.CHUNK_BYTES;

  /** A segment and a bit, and no multiple of a chunk. */
  private static final int DISK_BYTES = SampleVault.SEGMENT_BYTES + 5 * CHUNK + 1_536;

  @TempDir Path temp;
  private Path folder;
  private Path image;
  private byte[] disk;

  private record Run(int code, String out, String err) {}

  private static Run run(List<String> args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new Console(
                new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false),
            args.toArray(String[]::new));
    return new Run(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  @BeforeEach
  void makeAnImageAndAVaultOfSmallChunks() throws IOException {
    folder = Files.createDirectory(temp.resolve("vault"));
    SampleVault unused = SampleVault.in(new FolderBlobs(folder, InstantSource.system()));
    disk = SampleVault.disk(3, DISK_BYTES);
    image = temp.resolve("disk.img");
    Files.write(image, disk);
  }

  private Run backUp(String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "image",
                "backup",
                "--vault",
                folder.toString(),
                "--in",
                image.toString(),
                "--item",
                "web",
                "--output",
                "json"));
    args.addAll(List.of(more));
    return run(args);
  }

  private static JsonNode made(Run run) throws IOException {
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    return new ObjectMapper().readTree(run.out());
  }

  private byte[] exported(String point) throws IOException {
    Path out = temp.resolve(point + ".img");
    Run run =
        run(
            List.of(
                "point",
                "export",
                "--vault",
                folder.toString(),
                "--point",
                point,
                "--disk",
                "os",
                "--out",
                out.toString()));
    assertThat(run.code()).as(run.err()).isZero();
    return Files.readAllBytes(out);
  }

  private String full() throws IOException {
    return made(backUp()).get("id").asText();
  }

  private void change(int offset, int length) {
    byte[] noise = new byte[length];
    new Random(offset).nextBytes(noise);
    System.arraycopy(noise, 0, disk, offset, length);
  }

  private String ranges(String json) throws IOException {
    Path file = temp.resolve("ranges.json");
    Files.writeString(file, json);
    return file.toString();
  }

  @Test
  void a_first_backup_reads_all_and_the_point_is_the_image() throws IOException {
    JsonNode made = made(backUp());

    JsonNode os = made.get("disks").get(0);
    assertThat(made.get("itemId").asText()).isEqualTo("web");
    assertThat(made.get("id").asText()).matches("web-p[0-9]{17}-[0-9a-f]{6}");
    assertThat(os.get("disk").asText()).isEqualTo("os");
    assertThat(os.get("changeSource").asText()).isEqualTo("Full");
    assertThat(os.get("bytesRead").asLong()).isEqualTo(DISK_BYTES);
    assertThat(os.get("bytesStored").asLong()).isPositive();
    assertThat(exported(made.get("id").asText())).isEqualTo(disk);
    assertThat(run(List.of("vault", "verify", "--vault", folder.toString())).code()).isZero();
  }

  @Test
  void with_a_base_all_is_read_and_what_changed_is_stored() throws IOException {
    String base = full();
    change(10 * CHUNK + 7, 100);
    change(SampleVault.SEGMENT_BYTES + CHUNK, CHUNK);
    Arrays.fill(disk, 20 * CHUNK, 40 * CHUNK, (byte) 0);
    Files.write(image, disk);

    JsonNode made = made(backUp("--base", base));

    JsonNode os = made.get("disks").get(0);
    assertThat(os.get("changeSource").asText()).isEqualTo("Compare");
    assertThat(os.get("bytesRead").asLong()).isEqualTo(DISK_BYTES);
    assertThat(os.get("bytesTransferred").asLong()).isEqualTo(2 * CHUNK);
    assertThat(exported(made.get("id").asText())).isEqualTo(disk);
  }

  @Test
  void with_ranges_only_their_chunks_are_read() throws IOException {
    String base = full();
    change(10 * CHUNK + 7, 100);
    change(DISK_BYTES - 10, 10);
    Files.write(image, disk);

    JsonNode made =
        made(
            backUp(
                "--base",
                base,
                "--ranges",
                ranges("[[%d,100],[%d,10]]".formatted(10 * CHUNK + 7, DISK_BYTES - 10))));

    JsonNode os = made.get("disks").get(0);
    assertThat(os.get("changeSource").asText()).isEqualTo("SnapshotDiff");
    assertThat(os.get("bytesRead").asLong()).isEqualTo(CHUNK + 1_536);
    assertThat(exported(made.get("id").asText())).isEqualTo(disk);
  }

  @Test
  void a_hole_is_zeros_whatever_the_base_had() throws IOException {
    String base = full();
    Files.delete(image);
    try (FileChannel sparse =
        FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      Arrays.fill(disk, CHUNK, SampleVault.SEGMENT_BYTES + 4 * CHUNK, (byte) 0);
      int tail = SampleVault.SEGMENT_BYTES + 4 * CHUNK;
      int head = sparse.write(ByteBuffer.wrap(disk, 0, CHUNK), 0);
      int end = sparse.write(ByteBuffer.wrap(disk, tail, disk.length - tail), tail);
      assertThat(head + end).isEqualTo(CHUNK + disk.length - tail);
    }

    JsonNode full = made(backUp());
    JsonNode compared = made(backUp("--base", base));

    assertThat(exported(full.get("id").asText())).isEqualTo(disk);
    assertThat(exported(compared.get("id").asText())).isEqualTo(disk);
    assertThat(full.at("/disks/0/bytesRead").asLong()).isLessThanOrEqualTo(DISK_BYTES);
  }

  @Test
  void nothing_changed_is_a_point_too() throws IOException {
    String base = full();

    JsonNode made = made(backUp("--base", base, "--ranges", ranges("[]")));

    assertThat(made.at("/disks/0/bytesRead").asLong()).isZero();
    assertThat(exported(made.get("id").asText())).isEqualTo(disk);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        DISK_BYTES + 512,
        DISK_BYTES + 3 * CHUNK,
        DISK_BYTES + SampleVault.SEGMENT_BYTES,
        DISK_BYTES - 1_000,
        DISK_BYTES - 2 * CHUNK,
        SampleVault.SEGMENT_BYTES,
        SampleVault.SEGMENT_BYTES - 100,
        CHUNK
      })
  void a_disk_that_grew_or_shrank_since_its_base_is_right(int sizeBytes) throws IOException {
    String base = full();
    byte[] resized = Arrays.copyOf(disk, sizeBytes);
    if (sizeBytes > DISK_BYTES) {
      Arrays.fill(resized, DISK_BYTES, sizeBytes, (byte) 9);
    }
    Files.write(image, resized);

    String compared = made(backUp("--base", base)).get("id").asText();
    String ranged = made(backUp("--base", base, "--ranges", ranges("[]"))).get("id").asText();

    assertThat(exported(compared)).isEqualTo(resized);
    assertThat(exported(ranged)).as("no range names what came or went").isEqualTo(resized);
  }

  @Test
  void a_folder_that_is_no_vault_becomes_one() throws IOException {
    folder = temp.resolve("new").resolve("vault");

    assertThat(exported(full())).isEqualTo(disk);
  }

  @Test
  void a_fixed_vhd_is_the_disk_without_its_footer() throws IOException {
    disk = Arrays.copyOf(disk, DISK_BYTES / 512 * 512);
    Files.write(image, disk);
    Files.write(
        image,
        VhdFooter.of(disk.length, Instant.parse("2026-11-23T00:00:00Z"), "x"),
        StandardOpenOption.APPEND);

    assertThat(exported(full())).isEqualTo(disk);
  }

  @Test
  void one_program_at_a_time_writes_into_a_folder_and_removes_what_killed_ones_left()
      throws IOException {
    Path left = Files.createDirectories(folder.resolve(".tmp")).resolve("left-by-a-crash");
    Files.write(left, new byte[1]);
    try (FolderWriter other = FolderWriter.of(folder)) {
      assertThat(left).doesNotExist();

      Run refused = backUp();

      assertThat(other).isNotNull();
      assertThat(refused.code()).isEqualTo(11);
      assertThat(refused.err()).contains("another program is writing", folder.toString());
    }

    assertThat(exported(full())).isEqualTo(disk);
  }

  @Test
  void a_stored_chunk_that_was_truncated_is_not_built_on_but_mended() throws IOException {
    String first = full();
    Path chunk;
    try (var files = Files.walk(folder.resolve("chunks"))) {
      chunk = files.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
    byte[] whole = Files.readAllBytes(chunk);
    Files.write(chunk, Arrays.copyOf(whole, whole.length / 2));

    List<String> args =
        List.of(
            "image",
            "backup",
            "--vault",
            folder.toString(),
            "--in",
            image.toString(),
            "--item",
            "other",
            "--output",
            "json");
    String second = made(run(args)).get("id").asText();

    assertThat(exported(second)).isEqualTo(disk);
    assertThat(exported(first)).isEqualTo(disk);
  }

  @Test
  void a_raw_image_whose_last_sector_only_looks_like_a_footer_keeps_all_of_its_bytes()
      throws IOException {
    disk = Arrays.copyOf(disk, DISK_BYTES / 512 * 512);
    byte[] like = VhdFooter.of(disk.length, Instant.parse("2026-11-23T00:00:00Z"), "x");
    like[70] ^= 1;
    System.arraycopy(like, 0, disk, disk.length - 512, 512);
    Files.write(image, disk);

    assertThat(exported(full())).isEqualTo(disk);
  }

  @Test
  void a_fixed_vhd_that_was_cut_is_refused() throws IOException {
    disk = Arrays.copyOf(disk, DISK_BYTES / 512 * 512);
    Files.write(image, disk);
    Files.write(
        image,
        VhdFooter.of(disk.length + 512, Instant.parse("2026-11-23T00:00:00Z"), "x"),
        StandardOpenOption.APPEND);

    Run run = backUp();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("it was cut or grown");
  }

  @ParameterizedTest
  @ValueSource(strings = {"QFI\u00fb....", "vhdxfile", "conectix", "KDMV...."})
  void an_image_of_another_form_is_refused_with_what_to_do(String magic) throws IOException {
    Files.write(image, magic.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));

    Run run = backUp();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains(image.toString()).contains("qemu-img convert -O raw");
  }

  @Test
  void an_empty_image_is_refused() throws IOException {
    Files.write(image, new byte[0]);

    assertThat(backUp().err()).contains("is no disk to back up: it is empty");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[[4096,512],[0,512]]",
        "[[0,8192],[4096,512]]",
        "[[0,0]]",
        "[[-512,512]]",
        "[[0,9223372036854775807]]",
        "[[4300000,4096]]",
        "[[0]]",
        "[[0,1,2]]",
        "[0,512]",
        "{}",
        "[[0,512]",
        "[[0,512]] []",
        "[[\"0\",512]]"
      })
  void ranges_that_break_a_rule_are_refused_and_make_no_point(String json) throws IOException {
    String base = full();

    Run run = backUp("--base", base, "--ranges", ranges(json));

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).startsWith("holdfast: --ranges ");
    Vault vault = Vault.open(new FolderBlobs(folder, InstantSource.system()), VaultKeys.none());
    assertThat(vault.listPoints()).hasSize(1);
  }

  @Test
  void all_faults_of_the_arguments_are_told_at_once() {
    Run run =
        run(
            List.of(
                "image",
                "backup",
                "--vault",
                folder.toString(),
                "--in",
                temp.resolve("none").toString(),
                "--item",
                "No_Item",
                "--ranges",
                temp.toString()));

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("--in: there is no file")
        .contains("--item: 'No_Item'")
        .contains("--ranges: " + temp + " is a folder")
        .contains("--ranges needs --base");
  }

  @Test
  void a_vault_that_a_service_owns_is_refused_and_not_changed() throws IOException {
    FolderBlobs blobs = new FolderBlobs(folder, InstantSource.system());
    Vault unused =
        Vault.open(blobs, VaultKeys.none()).claim("11111111-2222-3333-4444-555555555555");

    Run run = backUp();

    assertThat(run.code()).isEqualTo(11);
    assertThat(run.err()).contains("belongs to the service");
    assertThat(blobs.list("chunks/", java.util.Optional.empty()).blobs()).isEmpty();
  }

  @Test
  void a_base_must_be_one_of_the_same_item() throws IOException {
    String base = full();

    Run run =
        run(
            List.of(
                "image",
                "backup",
                "--vault",
                folder.toString(),
                "--in",
                image.toString(),
                "--item",
                "other",
                "--base",
                base));

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains(base).contains("is one of item web, not of other");
    assertThat(backUp("--base", "web-p20200101000000000-000000").err()).contains("no point");
  }

  @Test
  void another_item_with_the_same_disk_stores_its_manifests_only() throws IOException {
    String first = full();
    long before = chunks();

    Run run =
        run(
            List.of(
                "image",
                "backup",
                "--vault",
                folder.toString(),
                "--in",
                image.toString(),
                "--item",
                "twin",
                "--output",
                "json"));

    assertThat(chunks()).isEqualTo(before);
    assertThat(made(run).at("/disks/0/bytesStored").asLong()).isZero();
    assertThat(exported(first)).isEqualTo(disk);
  }

  private long chunks() {
    return new FolderBlobs(folder, InstantSource.system())
        .list("chunks/", java.util.Optional.empty())
        .blobs()
        .size();
  }
}
