package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobClient;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.azure.storage.blob.models.BlobItem;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What goes wrong while the stack runs: on a stack of its own, since others would suffer. */
class TroubleIT {
  private static final int MIB = 1 << 20;
  private static Stack stack;

  @BeforeAll
  static void start() throws Exception {
    // A killed host's messages come back when their lease ends.
    stack = Stack.start("trouble", 10);
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  @Test
  void aHostThatIsKilledInMidTransferComesBackAndTheJobCompletesByItself() throws Exception {
    Machine vm = Machine.create(stack, "killed", Map.of("os", 128L * MIB, "lun0", 64L * MIB));
    vm.write("os", 0, 120 * MIB);
    vm.write("lun0", 4L * MIB, 50 * MIB);
    stack.slowReads(Duration.ofSeconds(1));
    try (RunningJob job = vm.start()) {
      job.until(
          "the OS disk is in mid-transfer",
          seen -> {
            JsonNode disk = seen.at("/disks/0");
            return disk.path("bytesRead").asLong() > 0
                && disk.path("bytesRead").asLong() < disk.path("bytesTotal").asLong();
          });
      stack.killHost();
      stack.fullSpeed();
      JsonNode ended = job.await("Completed");
      assertThat(ended.path("warnings")).isEmpty();
      for (JsonNode disk : ended.path("disks")) {
        assertThat(disk.path("bytesRead")).as("counted once").isEqualTo(disk.path("bytesTotal"));
      }
    }
    assertThat(stack.log("host").split("--- host started", -1))
        .as("the host was started twice")
        .hasSizeGreaterThanOrEqualTo(3);
    vm.assertEveryPointEqualsItsCopies();
    MainJobIT.assertNothingLeft(stack, vm);
    vm.forget();
  }

  @Test
  void aStackThatIsStoppedAndStartedAgainKnowsAllAndGoesOnIncrementally() throws Exception {
    Machine vm = Machine.create(stack, "stopped", Map.of("os", 32L * MIB));
    vm.write("os", 0, 30 * MIB);
    JsonNode before = vm.backUp();
    ObjectNode policy = Http.object();
    policy.putObject("selector").putArray("ids").add(vm.id());
    policy.putObject("schedule").put("cron", "0 3 1 1 *").put("zone", "UTC");
    JsonNode stored = Http.send("PUT", stack.api() + "/policies/yearly", policy.toString()).ok();
    List<JsonNode> points = vm.points();

    stack.restart();
    assertThat(vm.jobs()).containsExactly(before);
    assertThat(vm.points()).isEqualTo(points);
    assertThat(Http.get(stack.api() + "/policies/yearly")).isEqualTo(stored);

    vm.write("os", 9L * MIB, 1_000);
    JsonNode after = vm.backUp();
    assertThat(after.at("/disks/0/changeSource").asText()).isEqualTo("Compare");
    assertThat(RunningJob.sum(after, "bytesTransferred"))
        .isEqualTo(
            vm.changedBytes(
                before.path("recoveryPointId").asText(), after.path("recoveryPointId").asText()));
    vm.assertEveryPointEqualsItsCopies();
    MainJobIT.assertNothingLeft(stack, vm);
    vm.forget();
  }

  @Test
  void aVaultOfANewerFormatFailsTheJobWithThatCauseAndTheCommandLineRefusesIt() throws Exception {
    Machine vm = Machine.create(stack, "newer", Map.of("os", 8L * MIB));
    vm.write("os", 0, 5 * MIB);
    stack.slowReads(Duration.ofSeconds(2));
    BlobClient config;
    BinaryData original;
    try (RunningJob job = vm.start()) {
      // The first backup of all makes the vault: until then there is nothing to overwrite.
      job.until("the vault is there", seen -> vault().getBlobClient("holdfast.json").exists());
      config = vault().getBlobClient("holdfast.json");
      original = config.downloadContent();
      ObjectNode newer = (ObjectNode) Http.JSON.readTree(original.toBytes());
      newer.put("formatVersion", 2);
      config.upload(BinaryData.fromString(newer.toString()), true);
      stack.fullSpeed();
      JsonNode ended = job.await("Failed");
      assertThat(ended.at("/error/code").asText()).isEqualTo("VaultFormatUnsupported");
      assertThat(ended.at("/error/message").asText())
          .contains("format version 2", "reads version 1");
    }
    Programs.Ended refused = Programs.cli("point", "list", "--vault", stack.vault());
    assertThat(refused.exit()).isNotZero();
    assertThat(refused.stderr()).contains("format version 2", "update holdfast");
    assertThat(refused.stdout()).isEmpty();
    config.upload(original, true);
    assertThat(vm.points()).isEmpty();
    stack.awaitNothingLeft(vm.jobs().get(0).path("itemId").asText());
  }

  @Test
  void aCorruptChunkIsNamedWithDiskOffsetAndChunk() throws Exception {
    Machine vm = Machine.create(stack, "corrupt", Map.of("os", 24L * MIB, "lun0", 8L * MIB));
    vm.busyAt("os", List.of(new Sparse.Range(0, MIB)));
    Set<String> before = chunks();
    // Only one chunk of the VM is not made of zeros, so that it is known where it lies.
    vm.write("os", 13L * MIB, 10_000);
    JsonNode job = vm.backUp();
    String point = job.path("recoveryPointId").asText();
    Set<String> made = chunks();
    made.removeAll(before);
    assertThat(made).hasSize(1);
    String chunk = made.iterator().next();
    BlobClient blob = vault().getBlobClient(chunk);
    BinaryData original = blob.downloadContent();
    byte[] damaged = original.toBytes().clone();
    damaged[damaged.length / 2] ^= 1;
    blob.upload(BinaryData.fromBytes(damaged), true);

    String id = chunk.substring(chunk.lastIndexOf('/') + 1);
    String offset = "offset " + 12L * MIB;
    Path out = Programs.scratch().resolve("corrupt.raw");
    Programs.Ended export =
        Programs.cli(
            "point",
            "export",
            "--vault",
            stack.vault(),
            "--point",
            point,
            "--disk",
            "os",
            "--out",
            out.toString());
    assertThat(export.exit()).isNotZero();
    assertThat(export.stderr()).contains("os", offset, id);
    assertThat(out).doesNotExist();
    Programs.Ended verify = Programs.cli("vault", "verify", "--vault", stack.vault());
    assertThat(verify.exit()).isEqualTo(1);
    assertThat(verify.stdout()).contains("point " + point, "disk os", offset, id);

    blob.upload(original, true);
    assertThat(Programs.cli("vault", "verify", "--vault", stack.vault()).exit()).isZero();
    vm.assertEveryPointEqualsItsCopies();
    MainJobIT.assertNothingLeft(stack, vm);
    vm.forget();
  }

  private static BlobContainerClient vault() {
    return new BlobServiceClientBuilder()
        .connectionString(stack.storage())
        .buildClient()
        .getBlobContainerClient("holdfast");
  }

  private static Set<String> chunks() {
    return vault().exists()
        ? vault().listBlobs().stream()
            .map(BlobItem::getName)
            .filter(name -> name.startsWith("chunks/"))
            .collect(Collectors.toSet())
        : new HashSet<>();
  }
}
