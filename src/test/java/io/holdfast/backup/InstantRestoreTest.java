package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which snapshots stay after the commit. The world checks that no other one is left. */
class InstantRestoreTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private List<Boolean> kept() {
    return world.points(vm).stream().map(point -> point.snapshot() != null).toList();
  }

  @Test
  void by_default_a_snapshot_goes_with_its_job() {
    world.backUp(vm, 0);

    assertThat(world.disks.left()).isEmpty();
    assertThat(kept()).containsExactly(false);
  }

  @Test
  void a_snapshot_is_kept_for_as_many_days_as_the_policy_says() {
    RecoveryPoint point = world.pointOf(world.backUp(vm, 2));

    assertThat(world.disks.left()).containsExactly(point.snapshot().name());
    assertThat(point.snapshotUntil()).isEqualTo(point.time().plus(Duration.ofDays(2)));
    assertThat(point.disks()).allMatch(disk -> disk.snapshot() != null);
  }

  @Test
  void an_older_snapshot_is_removed_by_the_first_backup_after_its_day() {
    world.backUp(vm, 2);
    world.advance(Duration.ofDays(1));
    world.backUp(vm, 2);
    assertThat(kept()).containsExactly(true, true);
    world.advance(Duration.ofDays(1).plusMinutes(10));

    world.backUp(vm, 2);

    assertThat(kept()).containsExactly(true, true, false);
    assertThat(world.disks.left()).hasSize(2);
  }

  @Test
  void the_newest_snapshot_outlives_its_day_until_there_is_a_newer_point() {
    world.backUp(vm, 1);
    world.advance(Duration.ofDays(10));
    assertThat(world.disks.left()).hasSize(1);

    world.backUp(vm, 1);

    assertThat(kept()).containsExactly(true, false);
    assertThat(world.points(vm).get(1).disks()).allMatch(disk -> disk.snapshot() == null);
  }

  @Test
  void a_job_that_fails_removes_its_own_snapshot_and_no_other() {
    world.backUp(vm, 1);
    vm.get("os").scribble(new java.util.Random(99), 0, 512);
    var id = world.request(vm, 1);
    world.runUntil(task -> task instanceof io.holdfast.work.Task.Transfer);
    world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);

    world.run();

    assertThat(kept()).containsExactly(true);
    assertThat(world.backUp(vm, 1).disks())
        .allMatch(
            disk ->
                disk.result().changeSource() == io.holdfast.catalogue.ChangeSource.SNAPSHOT_DIFF);
  }

  @Test
  void an_older_snapshot_that_cannot_be_removed_now_is_removed_later() {
    world.backUp(vm, 1);
    String old = world.disks.left().get(0);
    world.advance(Duration.ofDays(2));
    world.disks.before(
        (action, name) -> {
          if (action.equals("remove") && name.equals(old)) {
            throw new io.holdfast.failure.Invalid("ScopeLocked", "a lock");
          }
        });

    var job = world.backUp(vm, 1);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(world.disks.left()).hasSize(2).contains(old);
    world.disks.before((action, name) -> {});
    world.advance(Duration.ofHours(1));
    world.reconcile();
    world.run();
    assertThat(world.disks.left()).hasSize(1).doesNotContain(old);
  }

  @Test
  void
      a_snapshot_goes_on_its_day_also_where_no_backup_follows_and_the_newest_when_two_slots_have_passed() {
    world.backUp(vm, 3);
    String old = world.disks.left().get(0);
    world.advance(Duration.ofDays(1));
    world.backUp(vm, 3);
    assertThat(world.disks.left()).hasSize(2);

    world.advance(Duration.ofDays(1));
    world.reconcile();
    assertThat(world.disks.left()).as("its day is not over").hasSize(2);
    world.advance(Duration.ofHours(26));
    for (int run = 0; run < 5; run++) {
      world.reconcile();
    }
    assertThat(world.disks.left()).hasSize(1).doesNotContain(old);
    // No backup of the two slots after the newest one came.
    world.advance(Duration.ofDays(8));
    for (int run = 0; run < 5; run++) {
      world.reconcile();
    }
    assertThat(world.disks.left()).isEmpty();
    assertThat(world.points(vm)).extracting(RecoveryPoint::snapshot).containsOnlyNulls();
  }

  @Test
  void a_disk_that_takes_too_long_to_compare_keeps_its_newest_snapshot_whatever_the_policy_says() {
    World slow =
        new World(
            new Limits(
                World.LIMITS.deadline(),
                World.LIMITS.deadlineMax(),
                // So that the few bytes of a test take more than twelve hours.
                1,
                World.LIMITS.visitMax(),
                World.LIMITS.checkpoint(),
                World.LIMITS.lanes(),
                World.LIMITS.readBytes(),
                World.LIMITS.planWindowBytes(),
                World.LIMITS.lookDelay(),
                World.LIMITS.lookDelayMax(),
                World.LIMITS.releaseMax(),
                World.LIMITS.sweepTurns()));
    MemoryVm big = slow.vm("big");

    Job first = slow.backUp(big, 0);
    assertThat(first.notes()).extracting(Job.Warning::code).containsOnly("SnapshotKeptAsBase");
    assertThat(first.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(slow.disks.left()).hasSize(1);
    String old = slow.disks.left().get(0);
    slow.advance(Duration.ofDays(1));
    Job second = slow.backUp(big, 0);

    assertThat(second.disks())
        .extracting(disk -> disk.result().changeSource())
        .containsOnly(ChangeSource.SNAPSHOT_DIFF);
    assertThat(slow.disks.left()).as("of the newest one only").hasSize(1).doesNotContain(old);
    slow.disks.delete(big);
    slow.bag.accept(Next.now(new Task.Retain(big.itemId())));
    slow.run();
    for (int run = 0; run < 5; run++) {
      slow.reconcile();
    }
    assertThat(slow.disks.left()).as("the VM is gone").isEmpty();
    slow.close();
  }
}
