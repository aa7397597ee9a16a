package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.work.Task;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What was made in Azure and no row knows: a call that was served when its asker was long dead. */
class SweepTest {
  private static final Duration RUN = Duration.ofMinutes(15);

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  /** Azure makes a set of which only its name tells. */
  private SnapshotSet make(JobId named, int number, SnapshotMethod method, String owner) {
    JobId last = world.points(vm).get(0).jobId();
    SnapshotSet known = world.job(last).snapshot().set();
    SnapshotSet set = SnapshotNames.set(named, number, method, known, owner);
    assertThat(world.disks.begin(set)).isEmpty();
    return set;
  }

  private void reconcile(int runs) {
    for (int run = 0; run < runs; run++) {
      world.reconcile();
      world.run();
      world.advance(RUN);
    }
  }

  @ParameterizedTest
  @EnumSource(SnapshotMethod.class)
  void a_snapshot_that_is_made_after_its_job_s_release_is_found_and_removed(SnapshotMethod method) {
    Job job = world.backUp(vm, 0);
    make(job.id(), 7, method, world.catalogue.id());
    assertThat(world.disks.left()).isNotEmpty();

    reconcile(8);

    assertThat(world.disks.left()).isEmpty();
  }

  @Test
  void what_is_younger_than_an_hour_is_left() {
    Job job = world.backUp(vm, 0);
    make(job.id(), 7, SnapshotMethod.RESTORE_POINT, world.catalogue.id());

    reconcile(3);
    assertThat(world.disks.left()).isNotEmpty();

    reconcile(5);
    assertThat(world.disks.left()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"true,true", "false,false"})
  void a_snapshot_of_a_job_that_nobody_knows_is_removed_if_this_app_made_it(
      boolean ours, boolean removed) {
    world.backUp(vm, 0);
    JobId unknown = JobId.of(vm.itemId(), world.clock.instant(), "lost with its tables");
    SnapshotSet set =
        make(unknown, 1, SnapshotMethod.DISK_SNAPSHOTS, ours ? world.catalogue.id() : "another");

    reconcile(8);

    assertThat(world.disks.left().isEmpty()).isEqualTo(removed);
    while (!world.disks.remove(set)) {
      world.advance(RUN);
    }
  }

  @Test
  void a_snapshot_of_another_app_is_left_though_its_job_has_the_id_of_one_of_ours() {
    Job job = world.backUp(vm, 0);
    SnapshotSet set = make(job.id(), 1, SnapshotMethod.RESTORE_POINT, "another");

    reconcile(8);

    assertThat(world.disks.left()).isNotEmpty();
    while (!world.disks.remove(set)) {
      world.advance(RUN);
    }
  }

  @Test
  void the_snapshot_of_an_open_job_and_the_one_that_a_point_keeps_are_left() {
    RecoveryPoint point = world.pointOf(world.backUp(vm, 3));
    vm.get("os").write(0, new byte[] {1});
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.advance(Duration.ofHours(2));

    world.reconcile();
    world.reconcile();

    assertThat(world.disks.left()).contains(point.snapshot().name()).hasSize(2);
    world.run();
    assertThat(world.job(id).error()).isNull();
  }

  @Test
  void an_access_that_nobody_knows_to_a_snapshot_that_is_kept_is_ended() {
    RecoveryPoint point = world.pointOf(world.backUp(vm, 3));
    Disks dead = world.disks.process();
    Optional<DiskReader> unused =
        dead.open(
            "a job of a host that died", point.disks().get(0).snapshot(), Duration.ofHours(24));
    assertThat(world.disks.grants()).hasSize(1);

    reconcile(3);

    assertThat(world.disks.grants()).isEmpty();
    assertThat(world.disks.left()).containsExactly(point.snapshot().name());
  }
}
