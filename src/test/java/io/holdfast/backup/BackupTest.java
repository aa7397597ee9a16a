package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.DiskResult;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.Job.JobTask;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.disk.Consistency;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How changes are found and what a point holds. The world checks every point when it closes. */
class BackupTest {
  private static final int SEGMENT = World.SEGMENT_BYTES;
  private static final int CHUNK = World.CHUNK_BYTES;

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final MemoryDisk os = vm.get("os");
  private final Random random = new Random(7);

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private static DiskResult result(Job job, String disk) {
    return job.disks().stream()
        .filter(each -> each.disk().equals(disk))
        .map(JobDisk::result)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void the_first_backup_of_a_vm_is_full_and_reads_what_is_allocated() {
    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.error()).isNull();
    assertThat(job.warnings()).isEmpty();
    assertThat(job.disks()).extracting(JobDisk::disk).containsExactly("os", "lun0");
    // 8 chunks at the start, 3 around the first boundary (5,120 bytes before it are 2 chunks), 2 at
    // the end, of which the last one is 512 bytes long.
    DiskResult result = result(job, "os");
    assertThat(result.changeSource()).isEqualTo(ChangeSource.FULL);
    assertThat(result.reason()).contains("no earlier recovery point");
    assertThat(result.bytesTotal()).isEqualTo((8 + 4 + 1) * CHUNK + 512);
    assertThat(result.counts().read()).isEqualTo(result.bytesTotal());
    assertThat(result.counts().transferred()).isEqualTo(result.bytesTotal());
    assertThat(result.counts().stored()).isPositive();
    assertThat(world.disks.bytesRead())
        .isEqualTo(result.bytesTotal() + result(job, "lun0").bytesTotal());
  }

  @Test
  void a_job_shows_its_steps_and_its_times() {
    Job job = world.backUp(vm);

    assertThat(job.tasks())
        .extracting(JobTask::name, JobTask::status)
        .containsExactly(
            tuple("Take snapshot", "Completed"),
            tuple("Transfer data to vault", "Completed"),
            tuple("Write recovery point", "Completed"),
            tuple("Remove snapshots", "Completed"));
    assertThat(job.tasks()).allMatch(task -> !task.endTime().isBefore(task.startTime()));
    assertThat(job.endTime()).isAfterOrEqualTo(job.createdAt());
    assertThat(job.snapshot().time()).isBetween(job.createdAt(), job.endTime());
    assertThat(job.deadline()).isEqualTo(job.createdAt().plus(Duration.ofHours(24)));
  }

  @Test
  void a_point_holds_the_disks_their_roots_and_the_consistency() {
    Job job = world.backUp(vm);

    RecoveryPoint point = world.pointOf(job);
    assertThat(point.id()).isEqualTo(job.id().pointId());
    assertThat(point.time()).isEqualTo(job.snapshot().time());
    assertThat(point.requested()).isEqualTo(Consistency.FILE_SYSTEM_CONSISTENT);
    assertThat(point.achieved()).isEqualTo(Consistency.FILE_SYSTEM_CONSISTENT);
    assertThat(point.base()).isNull();
    assertThat(point.snapshot()).isNull();
    assertThat(point.disks())
        .extracting(RecoveryPoint.PointDisk::disk, RecoveryPoint.PointDisk::sizeBytes)
        .containsExactly(
            tuple("os", 2L * SEGMENT + 3 * CHUNK + 512), tuple("lun0", SEGMENT + 8192L));
    assertThat(world.catalogue.jobs().item(vm.itemId()).orElseThrow().value().latestPoint())
        .isEqualTo(point.id());
  }

  @Test
  void without_the_base_s_snapshot_all_is_read_and_only_what_differs_is_sent() {
    world.backUp(vm);
    os.scribble(random, SEGMENT + 3 * CHUNK, 512);

    Job job = world.backUp(vm);

    DiskResult result = result(job, "os");
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(result.changeSource()).isEqualTo(ChangeSource.COMPARE);
    assertThat(result.reason()).contains("was not kept").contains("instantRestoreDays");
    // The new chunk beside the 14 that were there.
    assertThat(result.counts().read()).isEqualTo((8 + 4 + 1 + 1) * CHUNK + 512);
    assertThat(result.counts().transferred()).isEqualTo(CHUNK);
    assertThat(result(job, "lun0").counts().transferred()).isZero();
    assertThat(result(job, "lun0").counts().stored()).isZero();
    assertThat(world.pointOf(job).base()).isEqualTo(world.points(vm).get(1).id());
  }

  @Test
  void with_the_base_s_snapshot_only_what_changed_is_read() {
    world.backUp(vm, 1);
    os.scribble(random, SEGMENT + 3 * CHUNK, 512);
    long before = world.disks.bytesRead();

    Job job = world.backUp(vm, 1);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(result(job, "os").changeSource()).isEqualTo(ChangeSource.SNAPSHOT_DIFF);
    assertThat(result(job, "os").counts().read()).isEqualTo(CHUNK);
    assertThat(result(job, "os").counts().transferred()).isEqualTo(CHUNK);
    assertThat(result(job, "lun0").counts().read()).isZero();
    assertThat(world.disks.bytesRead() - before).isEqualTo(CHUNK);
  }

  @Test
  void a_disk_on_which_nothing_changed_has_the_root_of_before() {
    RecoveryPoint full = world.pointOf(world.backUp(vm, 1));
    RecoveryPoint diff = world.pointOf(world.backUp(vm, 0));
    RecoveryPoint compare = world.pointOf(world.backUp(vm, 0));

    assertThat(diff.diskOf("vm1-os-id").orElseThrow().root())
        .isEqualTo(full.diskOf("vm1-os-id").orElseThrow().root());
    assertThat(compare.diskOf("vm1-os-id").orElseThrow().root())
        .isEqualTo(full.diskOf("vm1-os-id").orElseThrow().root());
    // Another point of its own all the same.
    assertThat(diff.manifest()).isNotEqualTo(full.manifest());
  }

  /** The three ways to find the changes come to the same root. */
  @Test
  void full_compare_and_diff_hold_the_same() {
    MemoryVm twin = world.vm("vm2");
    MemoryVm third = world.vm("vm3");
    for (MemoryVm each : java.util.List.of(twin, third)) {
      each.get("os").write(0, os.bytes());
      each.get("os").discard(60_416, 1024);
    }
    os.write(60_416, new byte[1024]);
    world.backUp(vm, 1);
    world.backUp(twin, 0);
    for (MemoryVm each : java.util.List.of(vm, twin, third)) {
      Random same = new Random(3);
      each.get("os").scribble(same, 2 * SEGMENT - 700_416, 705_024);
      each.get("os").discard(512, 9_216);
    }

    Job diff = world.backUp(vm, 1);
    Job compare = world.backUp(twin, 0);
    Job full = world.backUp(third, 0);

    assertThat(result(diff, "os").changeSource()).isEqualTo(ChangeSource.SNAPSHOT_DIFF);
    assertThat(result(compare, "os").changeSource()).isEqualTo(ChangeSource.COMPARE);
    assertThat(result(full, "os").changeSource()).isEqualTo(ChangeSource.FULL);
    assertThat(result(diff, "os").root())
        .isEqualTo(result(compare, "os").root())
        .isEqualTo(result(full, "os").root());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void a_segment_that_the_guest_discarded_is_zeros(int instantRestoreDays) {
    os.scribble(random, SEGMENT, SEGMENT);
    world.backUp(vm, instantRestoreDays);
    os.discard(SEGMENT, SEGMENT);

    Job job = world.backUp(vm, instantRestoreDays);

    byte[] restored = world.restore(world.pointOf(job), "os");
    assertThat(Arrays.copyOfRange(restored, SEGMENT, 2 * SEGMENT)).isEqualTo(new byte[SEGMENT]);
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void pages_that_the_guest_discarded_inside_a_chunk_are_zeros(int instantRestoreDays) {
    os.scribble(random, 0, 4 * CHUNK);
    world.backUp(vm, instantRestoreDays);
    os.discard(CHUNK + 512, 1024);
    os.discard(3 * CHUNK - 512, 1024);

    Job job = world.backUp(vm, instantRestoreDays);

    assertThat(world.restore(world.pointOf(job), "os")).isEqualTo(os.bytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void a_disk_that_grew_is_taken_whole(int instantRestoreDays) {
    world.backUp(vm, instantRestoreDays);
    os.grow(4 * SEGMENT + 4096);
    os.scribble(random, 4 * SEGMENT + 1024, 1024);

    Job job = world.backUp(vm, instantRestoreDays);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.disks().get(0).sizeBytes()).isEqualTo(4L * SEGMENT + 4096);
    assertThat(world.restore(world.pointOf(job), "os")).isEqualTo(os.bytes());
  }

  @Test
  void a_disk_that_was_swapped_for_another_is_read_whole() {
    world.backUp(vm, 1);
    vm.attach("lun0", new MemoryDisk("another-id", 8192)).scribble(random, 0, 8192);

    Job job = world.backUp(vm, 1);

    assertThat(result(job, "lun0").changeSource()).isEqualTo(ChangeSource.FULL);
    assertThat(result(job, "lun0").reason()).contains("does not hold this disk");
    assertThat(result(job, "os").changeSource()).isEqualTo(ChangeSource.SNAPSHOT_DIFF);
  }

  @Test
  void a_disk_that_moved_to_another_lun_is_known_by_its_id() {
    world.backUp(vm, 1);
    MemoryDisk data = vm.get("lun0");
    vm.attach("lun7", data);
    vm.attach("lun0", new MemoryDisk("another-id", 8192));

    Job job = world.backUp(vm, 1);

    assertThat(result(job, "lun7").changeSource()).isEqualTo(ChangeSource.SNAPSHOT_DIFF);
    assertThat(result(job, "lun0").changeSource()).isEqualTo(ChangeSource.FULL);
  }

  @Test
  void an_empty_disk_is_a_disk() {
    vm.attach("lun1", new MemoryDisk("empty-id", SEGMENT + 512));

    Job job = world.backUp(vm);

    assertThat(result(job, "lun1").bytesTotal()).isZero();
    assertThat(world.restore(world.pointOf(job), "lun1")).isEqualTo(new byte[SEGMENT + 512]);
  }

  @Test
  void a_vm_all_of_whose_disks_are_empty_is_backed_up() {
    MemoryVm empty = world.disks.add(new MemoryVm("empty", "11111111-1111-1111-1111-111111111111"));
    empty.attach("os", new MemoryDisk("empty-os-id", SEGMENT));

    assertThat(world.backUp(empty).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_diff_that_the_service_refuses_becomes_a_compare_and_a_fresh_start_of_the_disk() {
    world.backUp(vm, 1);
    os.scribble(random, SEGMENT, 100);
    world.disks.refuseDiffs("the snapshots are of two chains");

    Job job = world.backUp(vm, 1);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(result(job, "os").changeSource()).isEqualTo(ChangeSource.COMPARE);
    assertThat(result(job, "os").reason()).contains("two chains");
  }

  @Test
  void a_diff_that_the_service_refuses_in_the_middle_of_the_transfer_fails_the_job() {
    world.backUp(vm, 1);
    os.scribble(random, SEGMENT, 100);
    world.request(vm, 1);
    world.runUntil(task -> task instanceof io.holdfast.work.Task.Transfer);
    world.disks.refuseDiffs("the snapshot is gone");

    world.run();

    assertThat(world.points(vm)).hasSize(1);
    Job failed = world.catalogue.jobs().ofItem(vm.itemId(), 1, java.util.Optional.empty()).get(0);
    assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
    assertThat(failed.error().code()).isEqualTo("BaseSnapshotLost");
    assertThat(world.backUp(vm).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_base_whose_snapshot_someone_deleted_is_compared_with() {
    world.backUp(vm, 1);
    world.disks.deleteSnapshots();
    os.scribble(random, SEGMENT, 100);

    Job job = world.backUp(vm, 0);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(result(job, "os").changeSource()).isEqualTo(ChangeSource.COMPARE);
    world.advance(Duration.ofDays(2));
    world.backUp(vm, 0);
  }

  @Test
  void the_vault_s_objects_are_shared_by_points() {
    world.backUp(vm);
    long chunks = world.blobs.names().stream().filter(name -> name.startsWith("chunks/")).count();

    world.backUp(world.vm("vm2"));
    MemoryVm copy = world.vm("vm3");
    copy.get("os").write(0, os.bytes());
    copy.get("lun0").write(0, vm.get("lun0").bytes());
    long before = world.blobs.names().stream().filter(name -> name.startsWith("chunks/")).count();
    Job job = world.backUp(copy);

    assertThat(before).isEqualTo(2 * chunks);
    assertThat(world.blobs.names().stream().filter(name -> name.startsWith("chunks/")).count())
        .isEqualTo(before);
    assertThat(result(job, "os").counts().stored()).isZero();
    assertThat(result(job, "os").counts().transferred())
        .as("what is there is asked for, not sent")
        .isLessThan(result(job, "os").counts().read());
  }

  @Test
  void the_point_manifest_holds_the_vm_s_model() {
    Job job = world.backUp(vm);

    io.holdfast.vault.Vault vault = world.vault.vault();
    var manifest =
        vault.loadPointManifest(io.holdfast.vault.Digest.ofHex(world.pointOf(job).manifest()));
    assertThat(manifest.vm().path("name").asText()).isEqualTo("vm1");
    assertThat(manifest.disks())
        .hasSize(2)
        .allSatisfy(
            disk ->
                assertThat(disk.model().path("sku").path("name").asText())
                    .isEqualTo("Premium_LRS"));
    assertThat(manifest.jobId()).isEqualTo(job.id().toString());
  }
}
