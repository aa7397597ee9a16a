package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobRows.OpenJob;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Versioned;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.Bag.Message;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultKeys;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The ordering rules of {@code docs/design.md} 6, each where two things could go the wrong way. */
class OrderingRulesTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private static boolean isPlanOf(Task task, String disk) {
    return task instanceof Task.PlanDisk plan && plan.disk().equals(disk);
  }

  /** Runs this once, just before the next commit to the item's rows. */
  private void beforeTheNextCommit(Runnable meanwhile) {
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit") && partition.equals(vm.itemId())) {
            world.tables.before((other, name) -> {});
            meanwhile.run();
          }
        });
  }

  // ---- 1

  @Test
  void of_two_runs_that_decide_a_plan_only_the_first_one_counts() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.PlanDisk);
    Task.PlanDisk task = new Task.PlanDisk(id.toString(), "os", 1);
    assertThat(world.backup.plan().run(task, Delivery.FIRST))
        .as("Azure has not granted the access yet")
        .allMatch(next -> !next.delay().isZero());
    List<Next> faster = new ArrayList<>();
    // The slower run has read the row, and has decided, when the faster one stores its decision.
    beforeTheNextCommit(() -> faster.addAll(world.backup.plan().run(task, Delivery.FIRST)));

    List<Next> slower = world.backup.plan().run(task, Delivery.FIRST);

    assertThat(faster).containsExactly(Next.now(task));
    assertThat(slower).isEmpty();
    Versioned<DiskPlan> decided = world.catalogue.work().planning(id, "os").orElseThrow();
    assertThat(decided.value().decision()).isNotNull();
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void another_change_source_is_a_plan_of_another_number() {
    world.backUp(vm, 1);
    JobId id = world.request(vm, 1);
    world.runUntil(task -> task instanceof Task.PlanDisk);
    world.disks.refuseDiffs("the snapshots are of two chains");

    world.runUntil(task -> task instanceof Task.Transfer);

    DiskPlan plan = world.catalogue.work().sealed(id, "os").orElseThrow();
    assertThat(plan.decision().changeSource()).isEqualTo(ChangeSource.COMPARE);
    assertThat(plan.number()).isEqualTo(2);
    world.run();
  }

  // ---- 2

  @Test
  void a_commit_that_loses_leaves_nothing_in_points() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    beforeTheNextCommit(
        () -> world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag));

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.blobs.names()).noneMatch(name -> name.startsWith("points/"));
  }

  @Test
  void when_the_point_is_committed_the_vault_has_all_that_it_names() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }

    Vault vault = Vault.open(world.blobs, VaultKeys.none());
    PointManifest point =
        vault.loadPointManifest(Digest.ofHex(world.pointOf(world.job(id)).manifest()));
    for (PointManifest.Disk disk : point.disks()) {
      for (Digest segment : vault.loadDiskManifest(Digest.ofHex(disk.root())).segments()) {
        vault.loadSegment(segment).chunks().stream()
            .filter(chunk -> !chunk.isZero())
            .forEach(chunk -> vault.readChunk(chunk, proved -> {}));
      }
    }

    world.run();
  }

  // ---- 3

  @Test
  void no_snapshot_is_removed_before_the_vault_has_the_point() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }
    world.blobs.before(
        (action, name) -> {
          if (name.startsWith("points/")) {
            throw new Unavailable("the vault is away");
          }
        });
    for (int delivery = 0; delivery < 4; delivery++) {
      world.step();
    }

    assertThat(world.disks.left()).hasSize(1);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMMITTED);

    world.blobs.before((action, name) -> {});
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  // ---- 4

  @Test
  void a_disk_that_is_planned_keeps_its_job_open() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> isPlanOf(task, "lun0"));
    world.step();
    // From here on the planning of that disk is stalled, and all else goes on to its end.
    List<Message> stalled = new ArrayList<>();
    while (!world.bag.isEmpty()) {
      Message message = world.bag.take().orElseThrow();
      assertThat(message.task()).isNotInstanceOf(Task.Finalize.class);
      if (isPlanOf(message.task(), "lun0")) {
        stalled.add(message);
      } else {
        world.deliver(message);
      }
    }

    assertThat(stalled).isNotEmpty();
    assertThat(world.catalogue.work().sealed(id, "os")).isPresent();
    assertThat(world.backup.finish().run(new Task.Finalize(id.toString()), Delivery.FIRST))
        .isEmpty();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.IN_PROGRESS);

    stalled.forEach(message -> world.bag.accept(Next.now(message.task())));
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void an_empty_page_is_not_the_end_of_a_query() {
    // More disks than a page has rows; between two pages there is an empty one.
    for (int lun = 1; lun <= 6; lun++) {
      vm.attach("lun" + lun, new MemoryDisk("more-" + lun, 8192)).scribble(new Random(lun), 0, 512);
    }
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.PlanDisk);

    assertThat(world.catalogue.work().open(id)).hasSize(8);

    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void of_two_runs_of_a_lane_only_the_first_one_goes_on() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    Task.Transfer task = new Task.Transfer(id.toString(), "os", 1, 0, 0);
    List<Next> faster = new ArrayList<>();
    // The slower run has moved its segment when the faster one stores that it is done.
    beforeTheNextCommit(() -> faster.addAll(transferred(task)));

    List<Next> slower = transferred(task);

    assertThat(faster).hasSize(1);
    assertThat(slower).isEmpty();
    // What the bag holds of this lane is behind its row by now.
    faster.forEach(world.bag);
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  /** Runs a lane's task past the looks at its access. */
  private List<Next> transferred(Task.Transfer task) {
    List<Next> next = world.backup.transfer().run(task, Delivery.FIRST);
    while (next.size() == 1 && !next.get(0).delay().isZero()) {
      next = world.backup.transfer().run(task, Delivery.FIRST);
    }
    return next;
  }

  // ---- 7

  @Test
  void the_last_chunk_of_a_disk_is_padded_with_zeros() {
    Job job = world.backUp(vm);

    Vault vault = Vault.open(world.blobs, VaultKeys.none());
    String root = world.pointOf(job).diskOf("vm1-os-id").orElseThrow().root();
    DiskManifest disk = vault.loadDiskManifest(Digest.ofHex(root));
    SegmentIndex last = vault.loadSegment(disk.segment(2));
    byte[] chunk = new byte[World.CHUNK_BYTES];
    vault.readChunk(last.chunks().get(3), proved -> proved.get(chunk));
    assertThat(Arrays.copyOfRange(chunk, 512, chunk.length))
        .as("what is behind the disk's end")
        .containsOnly(0);
  }

  // ---- 8

  @Test
  void no_access_is_on_record_for_a_job_that_has_been_released() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.PlanDisk);
    Job before = world.job(id);
    world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);
    world.run();
    assertThat(world.job(id).released()).isTrue();
    // The host dies as soon as it has asked, so that it cannot take anything back.
    world.disks.before(
        (action, snapshot) -> {
          throw new Unavailable("asked for an access: " + action);
        });
    Grants grants = new Grants(world.catalogue, world.disks, world.clock);

    Grants.Access access =
        grants.open(before, new Open.Planning("os", 1), "os", before.snapshot().part("os"));

    assertThat(access).isInstanceOf(Grants.Access.Denied.class);
    assertThat(world.workRows(vm.itemId())).isEmpty();
  }

  @Test
  void a_snapshot_is_removed_only_when_nobody_has_access_to_it() {
    List<Set<String>> accesses = new ArrayList<>();
    world.disks.before(
        (action, name) -> {
          if (action.equals("remove")) {
            accesses.add(world.disks.grants().keySet());
          }
        });

    world.backUp(vm, 0);

    assertThat(accesses).isNotEmpty().allMatch(Set::isEmpty);
  }

  @Test
  void the_sweep_leaves_what_a_job_under_way_has_made() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.advance(Leaked.YOUNG.multipliedBy(2));

    world.reconcile();
    world.reconcile();

    assertThat(world.disks.left()).hasSize(1);
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_job_of_which_something_turns_up_while_it_is_closed_stays_open() {
    JobId id = world.request(vm, 0);
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit") && partition.equals("open")) {
            world.tables.before((other, name) -> {});
            // The release is over; before the open row goes, a call that was stalled comes back.
            SnapshotSet late = world.job(id).snapshot().set();
            assertThat(
                    world.catalogue.jobs().reclaim(id, world.catalogue.held().madeAgain(id, late)))
                .isTrue();
          }
        });

    world.run();

    assertThat(world.job(id).released()).isFalse();
    assertThat(world.catalogue.jobs().openJobs()).extracting(OpenJob::id).containsExactly(id);
    world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
    world.reconcile();
    world.run();
    assertThat(world.job(id).released()).isTrue();
  }

  @Test
  void a_snapshot_that_comes_after_its_job_s_end_is_removed() {
    JobId id = world.request(vm, 0);
    world.disks.before(
        (action, name) -> {
          if (action.equals("begin")) {
            world.disks.before((other, set) -> {});
            // The call is stalled: meanwhile the job ends, and all that it holds is released.
            world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);
            world.run();
            assertThat(world.job(id).released()).isTrue();
          }
        });

    world.run();

    assertThat(world.disks.setsMade()).isEqualTo(1);
    assertThat(world.disks.left()).isEmpty();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
  }
}
