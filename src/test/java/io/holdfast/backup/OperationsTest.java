package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.backup.JobEnd.Cancelled;
import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Rebuild;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.Tables;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.Bag;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.vault.Digest;
import io.holdfast.vault.PointName;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultKeys;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Pairs of operations that meet: the cells of the table in {@code docs/design.md}, section 15, that
 * no other test stands for.
 */
class OperationsTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private void cancel(JobId id) {
    ((Cancelled.Accepted) world.backup.jobEnd().cancel(id)).next().forEach(world.bag);
  }

  private List<RecoveryPoint> rebuilt() {
    return Rebuild.from(Vault.open(world.blobs, VaultKeys.none())).points();
  }

  private List<RecoveryPoint> rows() {
    return world.points(vm).stream().map(RecoveryPoint::withoutSnapshot).toList();
  }

  // ---- a backup and another one of the same VM

  @Test
  void of_two_requests_at_the_same_time_one_opens_a_job_and_the_other_is_told_of_it() {
    List<Requested> inner = new ArrayList<>();
    AtomicBoolean once = new AtomicBoolean();
    world.tables.before(
        (action, partition) -> {
          // Between the look at the item and the opening's transaction.
          if (action.equals("commit")
              && partition.equals(vm.itemId())
              && once.compareAndSet(false, true)) {
            inner.add(world.tryRequest(vm, 0));
          }
        });

    Requested outer = world.tryRequest(vm, 0);

    assertThat(inner).hasSize(1);
    Requested.Open won = (Requested.Open) inner.get(0);
    assertThat(outer).isEqualTo(new Requested.Busy(won.job().id()));
    world.run();
    // The open row of the one that lost is there; its job never will be.
    world.advance(Duration.ofHours(1));
    world.reconcile();
    assertThat(world.points(vm)).hasSize(1);
  }

  @Test
  void the_next_backup_begins_while_the_last_one_is_released_and_compares_with_its_snapshot() {
    JobId first = world.request(vm, 1);
    world.runUntil(
        task ->
            task instanceof Task.Finalize
                && world.job(first).status() == JobStatus.COMMITTED
                && world.pointOf(world.job(first)).published());
    assertThat(world.job(first).status()).isEqualTo(JobStatus.COMMITTED);
    vm.get("os").write(0, new byte[] {1, 2, 3});

    JobId second = world.request(vm, 1);
    world.run();

    assertThat(world.job(first).status()).isEqualTo(JobStatus.COMPLETED);
    Job done = world.job(second);
    assertThat(done.status()).as("%s", done.error()).isEqualTo(JobStatus.COMPLETED);
    assertThat(done.disks().get(0).result().changeSource()).isEqualTo(ChangeSource.SNAPSHOT_DIFF);
  }

  @Test
  void after_a_deadline_the_next_backup_begins_at_once() {
    JobId first = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.advance(Duration.ofHours(25));
    world.reconcile();
    assertThat(world.job(first).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.job(first).released()).isFalse();

    JobId second = world.request(vm, 0);
    world.run();

    assertThat(world.job(first).error().code()).isEqualTo("DeadlineExceeded");
    assertThat(world.job(second).status()).isEqualTo(JobStatus.COMPLETED);
  }

  // ---- a backup and the removal of snapshots

  @Test
  void a_snapshot_that_a_running_backup_compares_with_stays_though_its_day_is_over() {
    world.backUp(vm, 1);
    world.advance(Duration.ofHours(23));
    vm.get("os").write(0, new byte[] {1});
    JobId id = world.request(vm, 1);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.advance(Duration.ofHours(2));

    world.reconcile();

    assertThat(world.disks.left()).hasSize(2);
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.job(id).disks().get(0).result().changeSource())
        .isEqualTo(ChangeSource.SNAPSHOT_DIFF);
  }

  @Test
  void a_release_leaves_the_snapshots_to_the_next_backup_that_has_begun_already() {
    world.backUp(vm, 1);
    world.advance(Duration.ofDays(2));
    vm.get("os").write(0, new byte[] {9});
    JobId second = world.request(vm, 1);
    world.runUntil(
        task -> task instanceof Task.Finalize && world.job(second).status() == JobStatus.COMMITTED);
    Bag.Message release = world.bag.take().orElseThrow();
    vm.get("os").write(5, new byte[] {8});
    JobId third = world.request(vm, 1);
    world.runUntil(task -> task instanceof Task.Transfer);
    List<Bag.Message> lanes = world.bag.all();
    world.bag.clear();
    world.bag.back(release, Duration.ZERO);
    world.run();
    assertThat(world.job(second).status()).isEqualTo(JobStatus.COMPLETED);

    lanes.forEach(lane -> world.bag.back(lane, Duration.ZERO));
    world.run();

    assertThat(world.job(third).error()).isNull();
    assertThat(world.disks.left()).hasSize(2);
  }

  @Test
  void of_two_points_the_newest_is_the_one_that_holds_the_later_instant_whatever_their_ids_say() {
    Instant slot = world.clock.instant();
    world.putPolicy("nightly", vm, 1);
    world.advance(Duration.ofHours(1));
    world.backUp(vm, 1);
    world.advance(Duration.ofMinutes(1));
    world.bag.accept(Next.now(new Task.StartBackup(vm.id(), null, "nightly", slot, 1)));
    world.run();
    world.advance(Duration.ofDays(2));

    for (int run = 0; run < 4; run++) {
      world.reconcile();
      world.advance(Duration.ofMinutes(15));
    }

    String latest = world.catalogue.jobs().item(vm.itemId()).orElseThrow().value().latestPoint();
    RecoveryPoint newest = world.catalogue.points().find(latest).orElseThrow().value();
    assertThat(newest.jobId().time()).isEqualTo(slot);
    assertThat(world.disks.left()).containsExactly(newest.snapshot().name());
  }

  @Test
  void a_cancelled_backup_leaves_the_snapshot_that_the_last_point_keeps() {
    RecoveryPoint point = world.pointOf(world.backUp(vm, 5));
    vm.get("os").write(0, new byte[] {1});
    JobId id = world.request(vm, 5);
    world.runUntil(task -> task instanceof Task.Transfer);

    cancel(id);
    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(world.disks.left()).containsExactly(point.snapshot().name());
    Job next = world.backUp(vm, 5);
    assertThat(next.disks().get(0).result().changeSource()).isEqualTo(ChangeSource.SNAPSHOT_DIFF);
  }

  @Test
  void a_host_that_dies_while_it_removes_a_snapshot_whose_day_is_over_leaves_it_to_the_next_run() {
    world.backUp(vm, 1);
    world.advance(Duration.ofDays(2));
    world.backUp(vm, 0);
    assertThat(world.disks.left()).isEmpty();
    world.backUp(vm, 1);
    world.backUp(vm, 1);
    world.advance(Duration.ofDays(2));
    AtomicInteger removals = new AtomicInteger();
    world.disks.before(
        (action, what) -> {
          if (action.equals("remove") && removals.incrementAndGet() == 2) {
            throw new Unavailable("the host dies");
          }
        });

    for (int run = 0; run < 4; run++) {
      world.reconcile();
      world.advance(Duration.ofMinutes(15));
    }

    assertThat(world.disks.left()).as("that of the newest point stays").hasSize(1);
    assertThat(world.points(vm).get(1).snapshot()).isNull();
  }

  @Test
  void two_reconcilers_that_remove_the_same_snapshot_remove_it_once() {
    world.backUp(vm, 1);
    world.backUp(vm, 1);
    world.advance(Duration.ofDays(2));
    AtomicBoolean inside = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals("remove") && inside.compareAndSet(false, true)) {
            world.reconcile();
            world.advance(Duration.ofMinutes(1));
            world.reconcile();
          }
        });

    world.reconcile();

    assertThat(inside).isTrue();
    assertThat(world.disks.left()).hasSize(1);
    assertThat(world.points(vm).get(1).snapshot()).isNull();
  }

  // ---- a backup, purge and collection

  @Test
  void what_a_purged_point_left_is_touched_before_another_point_refers_to_it() {
    RecoveryPoint first = world.pointOf(world.backUp(vm, 0));
    Vault vault = Vault.open(world.blobs, VaultKeys.none());
    vault.purgePoint(new PointName(first.itemId(), first.id(), Digest.ofHex(first.manifest())));
    world.tables.remove(Tables.CATALOGUE, new Key(vm.itemId(), "point-" + first.jobId().key()));
    world.advance(Duration.ofDays(3));
    Instant opened = world.clock.instant();

    RecoveryPoint second = world.pointOf(world.backUp(vm, 0));

    assertThat(second.disks().get(0).root()).isEqualTo(first.disks().get(0).root());
    List<String> old =
        world.blobs.names().stream()
            .filter(name -> name.startsWith("chunks/") || name.startsWith("segments/"))
            .filter(name -> world.blobs.modified(name).isBefore(opened))
            .toList();
    assertThat(old).as("older than what a collection spares").isEmpty();
  }

  @Test
  void a_base_that_is_purged_and_collected_in_mid_transfer_is_named_as_the_cause() {
    RecoveryPoint base = world.pointOf(world.backUp(vm, 0));
    vm.get("os").write(0, new byte[] {7});
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.tables.remove(Tables.CATALOGUE, new Key(vm.itemId(), "point-" + base.jobId().key()));
    List.copyOf(world.blobs.names()).stream()
        .filter(name -> name.startsWith("segments/") || name.startsWith("manifests/"))
        .forEach(world.blobs::delete);
    Vault.open(world.blobs, VaultKeys.none())
        .purgePoint(new PointName(base.itemId(), base.id(), Digest.ofHex(base.manifest())));

    world.run();

    assertThat(world.job(id).error().code()).isEqualTo("BaseGone");
    assertThat(world.backUp(vm, 0).status()).isEqualTo(JobStatus.COMPLETED);
  }

  // ---- a rebuild and all else

  @Test
  void a_rebuild_in_the_middle_of_a_backup_knows_the_points_of_before_and_after_it_the_new_one() {
    world.backUp(vm, 0);
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);

    assertThat(rebuilt()).hasSize(1).isEqualTo(rows());

    world.run();
    assertThat(rebuilt()).hasSize(2).containsExactlyInAnyOrderElementsOf(rows());
    assertThat(rebuilt()).extracting(RecoveryPoint::id).contains(id.pointId());
  }

  @Test
  void a_rebuild_knows_nothing_of_backups_that_did_not_commit() {
    JobId cancelled = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    cancel(cancelled);
    world.run();
    JobId late = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    world.advance(Duration.ofHours(25));
    world.run();

    assertThat(world.job(late).error().code()).isEqualTo("DeadlineExceeded");
    assertThat(rebuilt()).isEmpty();
  }

  @Test
  void a_rebuild_knows_a_point_field_by_field_but_for_the_snapshot_that_azure_keeps() {
    Job job = world.backUp(vm, 3);

    assertThat(world.pointOf(job).snapshot()).isNotNull();
    assertThat(rebuilt()).isEqualTo(rows());
    assertThat(Rebuild.from(Vault.open(world.blobs, VaultKeys.none())).items())
        .singleElement()
        .isEqualTo(world.catalogue.jobs().item(vm.itemId()).orElseThrow().value());
  }

  // ---- deadlines, cancels and hosts

  @Test
  void two_reconcilers_at_once_end_a_job_once() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.bag.clear();
    world.advance(Duration.ofHours(25));
    AtomicBoolean inside = new AtomicBoolean();
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit")
              && partition.equals(vm.itemId())
              && inside.compareAndSet(false, true)) {
            world.reconcile();
          }
        });

    world.reconcile();

    assertThat(inside).isTrue();
    assertThat(world.bag.size()).as("one release is sent for").isEqualTo(1);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    world.run();
  }

  @Test
  void a_host_that_dies_when_it_has_ended_a_job_leaves_the_release_to_the_reconciler() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.bag.clear();
    world.advance(Duration.ofHours(25));
    world.reconcile();
    world.bag.clear();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.disks.left()).hasSize(1);

    world.advance(Duration.ofMinutes(30));
    world.reconcile();
    world.run();

    assertThat(world.job(id).released()).isTrue();
    assertThat(world.disks.left()).isEmpty();
  }

  @Test
  void half_of_the_time_gone_is_a_warning_once() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.advance(Duration.ofHours(13));

    world.reconcile();
    world.reconcile();
    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(world.job(id).warnings())
        .extracting(Job.Warning::code)
        .containsExactly("BackupSlow");
  }
}
