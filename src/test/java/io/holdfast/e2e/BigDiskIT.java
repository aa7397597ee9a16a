package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.data.tables.TableClient;
import com.azure.data.tables.TableClientBuilder;
import com.azure.data.tables.models.ListEntitiesOptions;
import com.azure.data.tables.models.TableEntity;
import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.Sparse.Range;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** A disk of three segments through each change source. */
class BigDiskIT {
  private static final int MIB = 1 << 20;
  private static final long GIB = 1L << 30;
  private static final long SEGMENT = 4 * GIB;
  private static final int PAGE_BYTES = 4096;

  /** Alternating pages over this much of the disk are 10,240 ranges. */
  private static final long MIXED_BYTES = 80L * MIB;

  private static final Pattern LANE_KEY =
      Pattern.compile(".*?-(?<open>open-)?lane-(?<name>(?<disk>[a-z0-9]+)-\\d{3}-\\d{2})");

  @Test
  void aDiskOfThreeSegmentsGoesThroughEachChangeSourceAndItsDiscardedSegmentsRestoreAsZeros()
      throws Exception {
    Assumptions.assumeTrue(Sparse.punches(), "holes are punched by fallocate of Linux");
    // Lanes of other VMs would come between those that are watched: nothing else runs here.
    try (Stack stack = Stack.start("big", 600)) {
      goThroughEachChangeSource(stack);
    }
  }

  private static void goThroughEachChangeSource(Stack stack) throws Exception {
    Machine vm = Machine.create(stack, "big", Map.of("os", 96L * MIB, "lun0", 9 * GIB));
    vm.busyAt("lun0", List.of(new Range(64L * MIB + 77, MIB), new Range(9 * GIB - MIB, MIB)));
    vm.write("os", 0, 80 * MIB);
    vm.write("lun0", 0, 48 * MIB);
    vm.write("lun0", SEGMENT + 700, 32 * MIB);
    vm.write("lun0", 2 * SEGMENT - 3_000, 40 * MIB);

    String full = firstBackupOfBothDisksAtOnce(stack, vm);
    Stack.Leftovers kept = keptSnapshot(stack, vm);

    JsonNode diff = snapshotDiff(stack, vm);
    assertThat(keptSnapshot(stack, vm)).as("the kept one, and no other").isEqualTo(kept);

    JsonNode compare = compare(vm);
    assertThat(compare.at("/disks/0/reason").asText())
        .contains(diff.path("recoveryPointId").asText());
    assertThat(full).isNotEqualTo(diff.path("recoveryPointId").asText());
    vm.assertEveryPointEqualsItsCopies();
    vm.forget();
  }

  /** The first backup, by a policy that keeps snapshots, with reads slow enough to be watched. */
  private static String firstBackupOfBothDisksAtOnce(Stack stack, Machine vm)
      throws IOException, InterruptedException {
    Map<String, Path> before = vm.copyDisks();
    stack.slowReads(Duration.ofMillis(1_200));
    vm.putPolicy(1);
    JsonNode queued = MainJobIT.scheduledJob(stack, vm);
    vm.deletePolicy();
    try (RunningJob job = vm.follow(queued.path("id").asText(), before)) {
      job.until(
          "both disks, and two lanes of one of them, are in transfer at the same time",
          seen ->
              seen.path("disks").size() == 2
                  && inTransfer(seen, "os")
                  && inTransfer(seen, "lun0")
                  && lanesInTransfer(stack, seen.path("itemId").asText(), "lun0") >= 2);
      JsonNode ended = job.await("Completed");
      stack.fullSpeed();
      for (JsonNode disk : ended.path("disks")) {
        assertThat(disk.path("changeSource").asText()).isEqualTo("Full");
      }
      return ended.path("recoveryPointId").asText();
    }
  }

  /** Something of the disk was read, and something is yet to be read. */
  private static boolean inTransfer(JsonNode job, String disk) {
    JsonNode shown = RunningJob.disk(job, disk);
    long read = shown.path("bytesRead").asLong();
    return read > 0 && read < shown.path("bytesTotal").asLong();
  }

  /** Lanes of a disk that have read something and are not done, all in one look at their rows. */
  private static int lanesInTransfer(Stack stack, String item, String disk) {
    TableClient table =
        new TableClientBuilder()
            .connectionString(stack.storage())
            .tableName("HoldfastCatalogue")
            .buildClient();
    Set<String> open = new TreeSet<>();
    Set<String> begun = new TreeSet<>();
    ListEntitiesOptions rows =
        new ListEntitiesOptions().setFilter("PartitionKey eq '%s'".formatted(item));
    for (TableEntity row : table.listEntities(rows, null, null)) {
      Matcher lane = LANE_KEY.matcher(row.getRowKey());
      if (lane.matches() && lane.group("disk").equals(disk)) {
        if (lane.group("open") != null) {
          open.add(lane.group("name"));
        } else if ((long) row.getProperty("bytesRead") > 0) {
          begun.add(lane.group("name"));
        }
      }
    }
    begun.retainAll(open);
    return begun.size();
  }

  /** Exactly one restore point, no snapshot and no access. */
  private static Stack.Leftovers keptSnapshot(Stack stack, Machine vm)
      throws IOException, InterruptedException {
    Stack.Leftovers left = stack.leftovers(vm.jobs().get(0).path("itemId").asText());
    assertThat(left.restorePoints()).hasSize(1);
    assertThat(left.snapshots()).isEmpty();
    assertThat(left.grants()).isEmpty();
    return left;
  }

  /** Over 10,000 ranges, holes among them, and all of segment 1 discarded. */
  private static JsonNode snapshotDiff(Stack stack, Machine vm)
      throws IOException, InterruptedException {
    List<Range> holes = new ArrayList<>();
    int pages = 0;
    for (long at = 2 * PAGE_BYTES; at < MIXED_BYTES; at += 2 * PAGE_BYTES) {
      pages++;
      boolean hole = pages % 16 == 0 && at < 40L * MIB;
      if (hole) {
        holes.add(new Range(at, PAGE_BYTES));
      } else {
        vm.write("lun0", at, PAGE_BYTES);
      }
    }
    assertThat(pages).isGreaterThan(10_000);
    assertThat(holes).hasSizeGreaterThan(300);
    holes.add(new Range(SEGMENT, SEGMENT));
    Sparse.punch(vm.file("lun0"), holes);
    assertThat(Sparse.isZero(vm.file("lun0"), new Range(SEGMENT, SEGMENT))).isTrue();

    Http.send("DELETE", stack.arm() + "/_sim/requests", null).ok();
    JsonNode job = vm.backUp();
    // Two looks to plan and four to move would do, if no answer held 10,000 ranges.
    assertThat(
            Http.get(stack.arm() + "/_sim/requests")
                .at("/operations/PageBlob_GetPageRangesDiff")
                .asInt())
        .isGreaterThan(12);
    JsonNode lun0 = RunningJob.disk(job, "lun0");
    assertThat(lun0.path("changeSource").asText()).isEqualTo("SnapshotDiff");
    // 20 chunks of pages, and those in which the guest went on writing in the job before.
    assertThat(lun0.path("bytesRead").asLong()).isBetween(MIXED_BYTES, MIXED_BYTES + 24L * MIB);
    assertThat(RunningJob.disk(job, "os").path("bytesRead").asLong()).isLessThan(32L * MIB);
    return job;
  }

  /** The snapshot of the second point was not kept; all of segment 0 is discarded. */
  private static JsonNode compare(Machine vm) throws IOException, InterruptedException {
    vm.write("lun0", SEGMENT + GIB, 5 * MIB);
    Sparse.punch(vm.file("lun0"), List.of(new Range(0, SEGMENT)));
    JsonNode job = vm.backUp();
    for (JsonNode disk : job.path("disks")) {
      assertThat(disk.path("changeSource").asText()).isEqualTo("Compare");
    }
    assertThat(RunningJob.disk(job, "lun0").path("bytesTransferred").asLong())
        .isLessThanOrEqualTo(20L * MIB);
    return job;
  }
}
