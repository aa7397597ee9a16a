package io.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.fake.MemoryBlobs;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.ObjectKind;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.SampleVault;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VhdFooter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  private static final int OS_BYTES = 300_000;
  private static final int DATA_BYTES = SampleVault.SEGMENT_BYTES + 51_200;

  @TempDir Path temp;
  private Path folder;
  private SampleVault sample;

  private record Run(int code, String out, String err) {}

  private static Run run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new Console(
                new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false),
            args);
    return new Run(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static JsonNode json(Run run) throws IOException {
    assertThat(run.err()).isEmpty();
    return new ObjectMapper().readTree(run.out());
  }

  /** Made once in memory, then copied for each test, as a user copies a vault out of Azure. */
  private static final MemoryBlobs MASTER = new MemoryBlobs(InstantSource.system());

  private static PointManifest first;
  private static PointManifest second;

  @BeforeAll
  static void makeAVault() {
    SampleVault made = SampleVault.in(MASTER);
    first = made.addPoint(1, Map.of("os", SampleVault.disk(1, OS_BYTES)));
    second =
        made.addPoint(
            2,
            Map.of("os", SampleVault.disk(1, OS_BYTES), "lun0", SampleVault.disk(2, DATA_BYTES)));
  }

  @BeforeEach
  void copyTheVault() throws IOException {
    folder = Files.createDirectory(temp.resolve("vault"));
    for (String name : MASTER.names()) {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.write(folder.resolve(name), MASTER.get(name).orElseThrow().bytes());
    }
    sample = SampleVault.in(new FolderBlobs(folder, InstantSource.system()));
  }

  private String vault() {
    return folder.toString();
  }

  private Run export(String point, String disk, Path out, String... more) {
    String[] args = {
      "point",
      "export",
      "--vault",
      vault(),
      "--point",
      point,
      "--disk",
      disk,
      "--out",
      out.toString()
    };
    return run(Stream.concat(Arrays.stream(args), Arrays.stream(more)).toArray(String[]::new));
  }

  @Test
  void listsPointsNewestFirstWithTheFieldsOfTheApi() throws Exception {
    Run run = run("point", "list", "--vault", vault(), "--output", "json");

    assertThat(run.code()).isZero();
    JsonNode points = json(run).get("value");
    assertThat(points).hasSize(2);
    JsonNode newest = points.get(0);
    assertThat(newest.get("id").asText()).isEqualTo(second.pointId());
    assertThat(newest.get("itemId").asText()).isEqualTo("vm-1");
    assertThat(newest.get("vmId").asText()).isEqualTo(second.vmId());
    assertThat(newest.get("time").asText()).isEqualTo("2026-11-23T06:05:06Z");
    assertThat(newest.get("jobId").asText()).isEqualTo(second.jobId());
    assertThat(newest.at("/consistency/requested").asText()).isEqualTo("FileSystemConsistent");
    assertThat(newest.at("/consistency/achieved").asText()).isEqualTo("CrashConsistent");
    JsonNode disk = newest.get("disks").get(0);
    assertThat(disk.get("disk").asText()).isEqualTo("lun0");
    assertThat(disk.get("name").asText()).isEqualTo("web-lun0");
    assertThat(disk.get("sizeBytes").asLong()).isEqualTo(DATA_BYTES);
    assertThat(disk.get("root").asText()).isEqualTo(second.disks().get(0).root());
    assertThat(disk).hasSize(4);
  }

  @Test
  void listsPointsAsATable() {
    Run run = run("point", "list", "--vault", vault());

    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines()).hasSize(3);
    assertThat(run.out())
        .startsWith("POINT ")
        .contains("os 293.0 KiB")
        .containsSubsequence(second.pointId(), first.pointId());
  }

  @Test
  void listsTheRestWhenOneManifestIsDamaged() throws Exception {
    Path manifest =
        folder.resolve(
            ObjectKind.POINT_MANIFEST.objectName(
                sample.vault().findPoint(first.pointId()).get(0).name().manifest()));
    Files.write(manifest, new byte[] {1});

    Run run = run("point", "list", "--vault", vault(), "--output", "json");

    assertThat(run.code()).isEqualTo(3);
    assertThat(new ObjectMapper().readTree(run.out()).get("value")).hasSize(1);
    assertThat(run.err()).contains("warning").contains(first.pointId()).contains("is damaged");
  }

  @Test
  void listsNoPurgedPoint() throws Exception {
    sample.vault().purgePoint(sample.vault().findPoint(first.pointId()).get(0).name());

    assertThat(json(run("point", "list", "--vault", vault(), "--output", "json")).get("value"))
        .hasSize(1);
    Run show = run("point", "show", "--vault", vault(), "--point", first.pointId());
    assertThat(show.code()).isEqualTo(1);
    assertThat(show.err()).contains("was purged");
  }

  @Test
  void showsAPoint() throws Exception {
    JsonNode shown =
        json(
            run(
                "point",
                "show",
                "--vault",
                vault(),
                "--point",
                second.pointId(),
                "--output",
                "json"));
    assertThat(shown.at("/vm/location").asText()).isEqualTo("westeurope");
    assertThat(shown.at("/disks/0/changeSource").asText()).isEqualTo("Full");

    Run table = run("point", "show", "--vault", vault(), "--point", second.pointId());
    assertThat(table.code()).isZero();
    assertThat(table.out())
        .contains(second.vmId())
        .contains("CrashConsistent (asked for FileSystemConsistent)")
        .contains("Warning ConsistencyDegraded: No agent. Start it.");
  }

  @Test
  void exportsDisksToTheByte() throws Exception {
    Path os = temp.resolve("os.img");
    Path data = temp.resolve("data.img");

    assertThat(export(second.pointId(), "os", os).code()).isZero();
    Run run = export(second.pointId(), "lun0", data, "--format", "raw");

    assertThat(run.code()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("wrote disk lun0").contains(data.toString());
    assertThat(os).hasBinaryContent(SampleVault.disk(1, OS_BYTES));
    assertThat(data).hasBinaryContent(SampleVault.disk(2, DATA_BYTES));
    assertThat(temp.resolve("os.img.partial")).doesNotExist();
  }

  @Test
  void exportsAFixedVhdThatIsTheSameEachTime() throws Exception {
    Path one = temp.resolve("1.vhd");
    Path two = temp.resolve("2.vhd");

    assertThat(export(second.pointId(), "lun0", one, "--format", "vhd").code()).isZero();
    assertThat(export(second.pointId(), "lun0", two, "--format", "vhd").code()).isZero();

    byte[] vhd = Files.readAllBytes(one);
    assertThat(vhd).hasSize(DATA_BYTES + 512);
    assertThat(Arrays.copyOf(vhd, DATA_BYTES)).isEqualTo(SampleVault.disk(2, DATA_BYTES));
    assertThat(Arrays.copyOfRange(vhd, DATA_BYTES, vhd.length))
        .isEqualTo(VhdFooter.of(DATA_BYTES, second.time(), second.pointId() + "/lun0"));
    assertThat(two).hasSameBinaryContentAs(one);
  }

  @Test
  void padsAVhdToWholeSectors() throws Exception {
    Path out = temp.resolve("os.vhd");

    assertThat(export(first.pointId(), "os", out, "--format", "vhd").code()).isZero();

    int padded = (OS_BYTES + 511) / 512 * 512;
    byte[] vhd = Files.readAllBytes(out);
    assertThat(vhd).hasSize(padded + 512);
    assertThat(Arrays.copyOfRange(vhd, OS_BYTES, padded)).containsOnly(0);
    assertThat(new String(vhd, padded, 8, UTF_8)).isEqualTo("conectix");
  }

  @Test
  void makesHolesOfZeros() throws Exception {
    byte[] disk = new byte[4 * SampleVault.SEGMENT_BYTES];
    disk[disk.length - 1] = 1;
    PointManifest point = sample.addPoint(3, Map.of("os", disk));
    Path out = temp.resolve("sparse.img");

    assertThat(export(point.pointId(), "os", out).code()).isZero();

    assertThat(out).hasBinaryContent(disk);
    assertThat(allocatedBytes(out)).isLessThan(disk.length / 8);
  }

  /** What the file takes on the disk: {@code du} has no counterpart in Java. */
  private static long allocatedBytes(Path file) throws Exception {
    Process du = new ProcessBuilder("du", "-k", file.toString()).start();
    String answer = new String(du.getInputStream().readAllBytes(), UTF_8);
    assertThat(du.waitFor()).isZero();
    return Long.parseLong(answer.split("\\s")[0]) * 1024;
  }

  @Test
  void replacesAFileOnlyWhenToldTo() throws Exception {
    Path out = Files.writeString(temp.resolve("os.img"), "precious");

    Run refused = export(first.pointId(), "os", out);
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("--overwrite");
    assertThat(out).hasContent("precious");

    assertThat(export(first.pointId(), "os", out, "--overwrite").code()).isZero();
    assertThat(out).hasBinaryContent(SampleVault.disk(1, OS_BYTES));
  }

  @Test
  void leavesNoFileBehindADamagedChunkAndNamesIt() throws Exception {
    byte[] disk = SampleVault.disk(1, OS_BYTES);
    int number = 0;
    while (isZero(disk, number)) {
      number++;
    }
    damageChunk(first, number);
    Path out = temp.resolve("os.img");

    Run run = export(first.pointId(), "os", out);

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err())
        .startsWith("holdfast: disk os of point " + first.pointId())
        .contains("offset " + number * SampleVault.CHUNK_BYTES)
        .contains("chunk " + chunkName(first, number));
    assertThat(out).doesNotExist();
    assertThat(temp.resolve("os.img.partial")).doesNotExist();
  }

  private static boolean isZero(byte[] disk, int chunk) {
    int from = chunk * SampleVault.CHUNK_BYTES;
    for (int i = from; i < from + SampleVault.CHUNK_BYTES; i++) {
      if (disk[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private String chunkName(PointManifest point, int number) {
    DiskManifest manifest =
        sample.vault().loadDiskManifest(point.findDisk("os").orElseThrow().rootDigest());
    SegmentIndex index = sample.vault().loadSegment(manifest.segment(0));
    return index.chunks().get(number).hex();
  }

  private void damageChunk(PointManifest point, int number) throws IOException {
    String hex = chunkName(point, number);
    Path chunk = folder.resolve("chunks/" + hex.substring(0, 2) + "/" + hex);
    byte[] bytes = Files.readAllBytes(chunk);
    bytes[bytes.length - 1] ^= 1;
    Files.write(chunk, bytes);
  }

  @Test
  void waitsForNobodyWhoWritesTheSameFile() throws Exception {
    Path out = temp.resolve("os.img");
    try (FileChannel other =
            FileChannel.open(
                temp.resolve("os.img.partial"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = other.lock()) {
      assertThat(lock.isValid()).isTrue();
      Run run = export(first.pointId(), "os", out);

      assertThat(run.code()).isEqualTo(11);
      assertThat(run.err()).contains("another export");
    }
    assertThat(out).doesNotExist();
    assertThat(export(first.pointId(), "os", out).code()).isZero();
  }

  @Test
  void verifiesAGoodVault() throws Exception {
    JsonNode result = json(run("vault", "verify", "--vault", vault(), "--output", "json"));

    assertThat(result.get("points").asInt()).isEqualTo(2);
    assertThat(result.get("diskManifests").asInt()).isEqualTo(3);
    assertThat(result.get("findings")).isEmpty();
    try (Stream<Path> chunks = Files.walk(folder.resolve("chunks"))) {
      assertThat(result.get("chunks").asLong())
          .isEqualTo(chunks.filter(Files::isRegularFile).count());
    }
    Run table = run("vault", "verify", "--vault", vault());
    assertThat(table.code()).isZero();
    assertThat(table.out()).contains("2 points").contains("all good");
  }

  @Test
  void findsEveryPlaceOfADamagedChunk() throws Exception {
    byte[] disk = SampleVault.disk(1, OS_BYTES);
    int number = 0;
    while (isZero(disk, number)) {
      number++;
    }
    damageChunk(first, number);
    String hex = chunkName(first, number);

    Run run = run("vault", "verify", "--vault", vault(), "--output", "json");

    assertThat(run.code()).isEqualTo(1);
    JsonNode findings = new ObjectMapper().readTree(run.out()).get("findings");
    // Both points share the disk, hence the chunk.
    assertThat(findings.findValuesAsText("point")).contains(first.pointId(), second.pointId());
    assertThat(findings.findValuesAsText("chunk")).containsOnly(hex);
    assertThat(findings.get(0).get("disk").asText()).isEqualTo("os");
    assertThat(findings.get(0).get("offset").asLong())
        .isEqualTo((long) number * SampleVault.CHUNK_BYTES);

    Run table = run("vault", "verify", "--vault", vault());
    assertThat(table.out())
        .contains(
            "point %s, disk os, offset %d, chunk %s: "
                .formatted(second.pointId(), number * SampleVault.CHUNK_BYTES, hex));
  }

  @Test
  void findsAnIndexAndAManifestThatAreGone() throws Exception {
    DiskManifest manifest =
        sample.vault().loadDiskManifest(second.findDisk("lun0").orElseThrow().rootDigest());
    Files.delete(folder.resolve(ObjectKind.SEGMENT_INDEX.objectName(manifest.segment(1))));
    Files.delete(
        folder.resolve(
            ObjectKind.POINT_MANIFEST.objectName(
                sample.vault().findPoint(first.pointId()).get(0).name().manifest())));

    Run run = run("vault", "verify", "--vault", vault());

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out().lines()).hasSize(3);
    assertThat(run.out())
        .contains("point " + first.pointId() + ": manifests/")
        .contains(
            "point %s, disk lun0, offset %d: "
                .formatted(second.pointId(), SampleVault.SEGMENT_BYTES))
        .contains("2 findings");
  }

  @Test
  void countsAVault() throws Exception {
    JsonNode stats = json(run("vault", "stats", "--vault", vault(), "--output", "json"));

    assertThat(stats.get("vaultId").asText()).isEqualTo(SampleVault.VAULT_ID);
    assertThat(stats.get("points").asInt()).isEqualTo(2);
    assertThat(stats.get("items").asInt()).isEqualTo(1);
    assertThat(stats.get("protectedBytes").asLong()).isEqualTo(2L * OS_BYTES + DATA_BYTES);
    assertThat(stats.at("/objects/points/count").asInt()).isEqualTo(2);
    long bytes;
    try (Stream<Path> files = Files.walk(folder.resolve("chunks"))) {
      bytes = files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
    assertThat(stats.at("/objects/chunks/bytes").asLong()).isEqualTo(bytes);
    assertThat(run("vault", "stats", "--vault", vault()).out()).contains("Points").contains("2 (");
  }

  @Test
  void namesPointsNearToAMistypedOne() {
    String typo = second.pointId().replace("-p2026", "-p2062");

    Run run = run("point", "show", "--vault", vault(), "--point", typo);

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err())
        .contains("there is no point '" + typo + "'")
        .containsSubsequence("near to it: ", second.pointId(), first.pointId());
  }

  @Test
  void namesTheDisksOfThePoint() {
    Run run = export(first.pointId(), "lun7", temp.resolve("x"));

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("no disk 'lun7'").contains("it has os");
    assertThat(temp.resolve("x")).doesNotExist();
  }

  @Test
  void tellsAllFaultsOfTheArgumentsAtOnce() {
    Run run =
        run(
            "point",
            "export",
            "--vault",
            "http://example.com/holdfast?sig=hidden",
            "--disk",
            "sda",
            "--out",
            temp.resolve("no/such/folder/x").toString(),
            "--format",
            "qcow2");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .contains("--point")
        .contains("not https")
        .contains("'sda' is neither os nor lunN")
        .contains("there is no folder")
        .contains("qcow2")
        .contains("Try 'holdfast point export --help'")
        .doesNotContain("hidden");
  }

  @Test
  void tellsOfUnknownCommandsAndOptions() {
    assertThat(run("point", "list", "--vault", vault(), "--colour").code()).isEqualTo(2);
    assertThat(run("point", "list", "--vault", vault(), "--colour").err()).contains("--colour");
    assertThat(run("pint").code()).isEqualTo(2);
    assertThat(run("pint").err()).contains("pint");
    Run none = run();
    assertThat(none.code()).isEqualTo(2);
    assertThat(none.err()).contains("Usage: holdfast").contains("point").contains("vault");
  }

  @Test
  void teachesByHelp() {
    Run help = run("point", "export", "--help");

    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .contains("Examples:")
        .contains("--format vhd")
        .contains("devstoreaccount1");
    assertThat(run("--help").out()).contains("Exit codes:");
    assertThat(run("--version").code()).isZero();
  }

  @Test
  void saysThatThereIsNoVault() throws Exception {
    Run noFolder = run("point", "list", "--vault", temp.resolve("none").toString());
    assertThat(noFolder.code()).isEqualTo(10);
    assertThat(noFolder.err()).contains(temp.resolve("none").toString());

    Files.delete(folder.resolve(VaultConfig.NAME));
    Run noVault = run("vault", "verify", "--vault", vault());
    assertThat(noVault.code()).isEqualTo(10);
    assertThat(noVault.err()).contains("holdfast.json");
  }

  @Test
  void refusesAVaultOfANewerFormat() throws Exception {
    Files.writeString(folder.resolve(VaultConfig.NAME), "{\"formatVersion\":7}");

    Run run = run("point", "list", "--vault", vault());

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "holdfast: the vault has format version 7, and this build reads version 1: update"
                + " holdfast\n");
  }

  @Test
  void showsWhereAnErrorCameFromOnlyWhenAsked() {
    String[] args = {"point", "list", "--vault", temp.resolve("none").toString(), "--debug"};

    assertThat(run(Arrays.copyOf(args, 4)).err().lines()).hasSize(1);
    assertThat(run(args).err()).contains("at io.holdfast.cli.");
  }
}
