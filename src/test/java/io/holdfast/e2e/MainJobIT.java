package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.data.tables.TableClient;
import com.azure.data.tables.TableClientBuilder;
import com.azure.data.tables.models.ListEntitiesOptions;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The main job of issue 3 on the packaged parts. */
class MainJobIT {
  private static final int MIB = 1 << 20;
  private static final double TRANSFER_RATIO_MAX = 1.2;
  private static final long SLOT_SECONDS_MAX = 150;

  /** Fields of messages: ids and numbers. */
  private static final Set<String> MESSAGE_FIELDS =
      Set.of(
          "kind",
          "version",
          "vmId",
          "jobId",
          "policy",
          "slot",
          "instantRestoreDays",
          "missed",
          "set",
          "look",
          "disk",
          "plan",
          "lane",
          "cursor");

  @Test
  void aScheduledBackupAndThenOneOnDemandTransferTheDisksAndThenTheChangeAndExportEqual()
      throws Exception {
    Stack stack = Stack.shared();
    Machine vm = Machine.create(stack, "main", Map.of("os", 72L * MIB, "lun0", 64L * MIB));
    vm.write("os", 0, 30 * MIB);
    vm.write("os", 50L * MIB + 12_345, 9 * MIB);
    vm.write("lun0", 3L * MIB + 512, 41 * MIB);
    try (QueueWatch queues = QueueWatch.start(stack)) {
      String first = backUpBySchedule(stack, vm);
      assertNothingLeft(stack, vm);

      vm.write("os", 17L * MIB + 4_000, 700_000);
      vm.write("lun0", 55L * MIB + 1, 300_000);
      JsonNode job = vm.backUp();
      assertNothingLeft(stack, vm);

      String second = job.path("recoveryPointId").asText();
      long changed = vm.changedBytes(first, second);
      long sent = RunningJob.sum(job, "bytesTransferred");
      assertThat(sent).isPositive().isLessThanOrEqualTo((long) (changed * TRANSFER_RATIO_MAX));
      assertThat(changed).isLessThan(RunningJob.sum(job, "bytesRead"));
      for (JsonNode disk : job.path("disks")) {
        assertThat(disk.path("changeSource").asText()).isEqualTo("Compare");
        assertThat(disk.path("reason").asText()).contains(first).contains("instantRestoreDays");
      }

      assertThat(vm.points())
          .extracting(point -> point.path("id").asText())
          .containsExactly(second, first);
      vm.assertEveryPointEqualsItsCopies();
      assertVhd(vm, second, "os");
      assertRowAndObject(stack, vm.points());
      assertMessages(queues);
      assertThat(stack.log("host")).doesNotContain("sig=", "AccountKey");
    }
    vm.forget();
  }

  private static String backUpBySchedule(Stack stack, Machine vm)
      throws IOException, InterruptedException {
    Map<String, Path> before = vm.copyDisks();
    vm.putPolicy(0);
    JsonNode queued = scheduledJob(stack, vm);
    // The next slot would back the VM up once more.
    vm.deletePolicy();
    try (RunningJob job = vm.follow(queued.path("id").asText(), before)) {
      JsonNode ended = job.await("Completed");
      assertThat(ended.path("policy").asText()).isEqualTo("main");
      assertThat(ended.path("slot").asText()).endsWith(":00Z");
      for (JsonNode disk : ended.path("disks")) {
        assertThat(disk.path("changeSource").asText()).isEqualTo("Full");
      }
      return ended.path("recoveryPointId").asText();
    }
  }

  /** Fires the timer until a slot is due: the schedule's finest step is a minute. */
  static JsonNode scheduledJob(Stack stack, Machine vm) throws IOException, InterruptedException {
    long deadlineNanos = System.nanoTime() + SLOT_SECONDS_MAX * 1_000_000_000L;
    List<JsonNode> jobs = vm.jobs();
    while (jobs.isEmpty()) {
      assertThat(System.nanoTime()).as("no slot came due").isLessThan(deadlineNanos);
      stack.fire("schedule");
      Thread.sleep(500);
      jobs = vm.jobs();
    }
    return jobs.get(0);
  }

  static void assertNothingLeft(Stack stack, Machine vm) throws IOException, InterruptedException {
    String item = vm.jobs().get(0).path("itemId").asText();
    assertThat(stack.leftovers(item)).isEqualTo(Stack.Leftovers.NONE);
  }

  /** A fixed VHD is the disk's bytes and a footer of 512 bytes with a checksum. */
  private static void assertVhd(Machine vm, String point, String disk)
      throws IOException, InterruptedException {
    Path vhd = vm.export(point, disk, "vhd");
    Path copy = vm.copiesOf(point).get(disk);
    long size = Files.size(copy);
    assertThat(Files.size(vhd)).isEqualTo(size + 512);
    byte[] footer = new byte[512];
    try (RandomAccessFile file = new RandomAccessFile(vhd.toFile(), "rw")) {
      file.seek(size);
      file.readFully(footer);
      file.setLength(size);
    }
    assertThat(Sparse.mismatch(copy, vhd)).isNegative();
    ByteBuffer fields = ByteBuffer.wrap(footer);
    assertThat(new String(footer, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("conectix");
    assertThat(fields.getLong(48)).as("current size").isEqualTo(size);
    assertThat(fields.getInt(60)).as("disk type: fixed").isEqualTo(2);
    int sum = 0;
    for (int i = 0; i < footer.length; i++) {
      sum += i >= 64 && i < 68 ? 0 : footer[i] & 0xff;
    }
    assertThat(fields.getInt(64)).as("checksum").isEqualTo(~sum);
    Files.delete(vhd);
  }

  /** Each point has its row in Table Storage and its object in the vault. */
  private static void assertRowAndObject(Stack stack, List<JsonNode> points) {
    TableClient table =
        new TableClientBuilder()
            .connectionString(stack.storage())
            .tableName("HoldfastCatalogue")
            .buildClient();
    BlobContainerClient vault =
        new BlobServiceClientBuilder()
            .connectionString(stack.storage())
            .buildClient()
            .getBlobContainerClient("holdfast");
    for (JsonNode point : points) {
      String item = point.path("itemId").asText();
      String object = "points/%s/%s.".formatted(item, point.path("id").asText());
      List<String> objects =
          vault.listBlobsByHierarchy("points/%s/".formatted(item)).stream()
              .map(blob -> blob.getName())
              .filter(name -> name.startsWith(object))
              .toList();
      assertThat(objects).as("objects %s*", object).hasSize(1);
      String manifest = objects.get(0).substring(object.length());
      ListEntitiesOptions query =
          new ListEntitiesOptions()
              .setFilter("PartitionKey eq '%s' and manifest eq '%s'".formatted(item, manifest));
      assertThat(table.listEntities(query, null, null).stream())
          .as("rows of %s", object)
          .singleElement()
          .satisfies(row -> assertThat(row.getRowKey()).startsWith("point-"))
          .satisfies(row -> assertThat(row.getProperty("published")).isEqualTo(true));
    }
  }

  private static void assertMessages(QueueWatch queues) throws IOException {
    for (String queue : QueueWatch.NAMES) {
      assertThat(queues.bodies().get(queue)).as("messages in queue %s", queue).isNotEmpty();
      for (String body : queues.bodies().get(queue)) {
        String text = new String(Base64.getDecoder().decode(body), StandardCharsets.UTF_8);
        ObjectNode message = (ObjectNode) Http.JSON.readTree(text);
        assertThat(message.path("kind").asText()).as(text).isNotEmpty();
        for (Iterator<String> fields = message.fieldNames(); fields.hasNext(); ) {
          assertThat(fields.next()).as(text).isIn(MESSAGE_FIELDS);
        }
        assertThat(text).doesNotContain("sig=", "http", "sv=", "AccountKey");
      }
    }
    assertThat(queues.poison()).isEmpty();
  }
}
