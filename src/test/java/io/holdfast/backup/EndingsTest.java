package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobRows.Opening;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.ParkedRows.Parked;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.Tables;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryBlobs;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryTables;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import io.holdfast.vault.VaultOpener;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Queues;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that fail, degrade, or race with their own end, and what stays of them: nothing. */
class EndingsTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private static boolean isTransfer(Task task) {
    return task instanceof Task.Transfer;
  }

  // ---- deadlines

  @ParameterizedTest
  @ValueSource(
      classes = {
        Task.AwaitSnapshot.class,
        Task.PlanDisk.class,
        Task.Transfer.class,
        Task.Finalize.class
      })
  void a_job_past_its_deadline_fails_and_leaves_nothing(Class<? extends Task> at) {
    JobId id = world.request(vm, 1);
    world.runUntil(at::isInstance);
    world.advance(Duration.ofHours(25));

    world.reconcile();
    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.job(id).error().code()).isEqualTo("DeadlineExceeded");
    assertThat(world.points(vm)).isEmpty();
    assertThat(world.backUp(vm).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @ParameterizedTest
  @ValueSource(classes = {Task.PlanDisk.class, Task.Transfer.class, Task.Finalize.class})
  void a_step_past_the_deadline_ends_its_job_itself(Class<? extends Task> at) {
    JobId id = world.request(vm, 1);
    world.runUntil(at::isInstance);
    world.advance(Duration.ofHours(25));

    world.run();

    assertThat(world.job(id).error().code()).isEqualTo("DeadlineExceeded");
  }

  @Test
  void a_committed_job_has_no_deadline() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }
    world.advance(Duration.ofDays(30));

    world.reconcile();
    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  // ---- poison

  @Test
  void a_message_that_always_fails_ends_its_job_with_the_cause_and_is_kept() {
    world.disks.before(
        (action, id) -> {
          if (action.equals("read")) {
            throw new IllegalStateException("the moon is full");
          }
        });

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo("StepFailed");
    assertThat(job.error().message())
        .contains(Queues.SEGMENT_TRANSFERS)
        .contains("could not be moved");
    assertThat(world.catalogue.parked().parked(Queues.SEGMENT_TRANSFERS))
        .isNotEmpty()
        .allMatch(parked -> parked.body().contains(job.id().toString()))
        .allMatch(parked -> parked.reason().contains("could not be moved"));
    assertThat(job.tasks()).noneMatch(task -> task.endTime() == null);
  }

  @Test
  void a_service_that_stays_away_ends_the_job_with_its_words() {
    world.disks.before(
        (action, id) -> {
          if (action.equals("look")) {
            throw new Unavailable("cannot read restore point x: no answer");
          }
        });

    Job job = world.backUp(vm);

    assertThat(job.error().message()).contains("cannot read restore point x: no answer");
  }

  @Test
  void what_can_never_work_ends_the_job_at_once() {
    AtomicInteger calls = new AtomicInteger();
    world.disks.before(
        (action, id) -> {
          if (action.equals("open") && calls.incrementAndGet() > 0) {
            throw new Invalid("AccessDenied", "cannot get access to snapshot x: role missing");
          }
        });

    Job job = world.backUp(vm);

    assertThat(job.error())
        .isEqualTo(
            new Job.JobError("AccessDenied", "cannot get access to snapshot x: role missing"));
    assertThat(calls).hasValueLessThan(3);
  }

  @Test
  void a_poisoned_message_that_nobody_can_read_is_kept() {
    world.backup.poisoned().unreadable(Queues.FINALIZE, "m1", "not json", "it is no JSON");
    world.backup.poisoned().unreadable(Queues.FINALIZE, "m1", "not json", "it is no JSON");

    assertThat(world.catalogue.parked().parked(Queues.FINALIZE))
        .containsExactly(new Parked("not json", "it is no JSON"));
  }

  @Test
  void poison_does_not_touch_a_job_that_has_committed() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }
    Task late = new Task.Transfer(id.toString(), "os", 1, 0, 0);

    assertThat(world.backup.poisoned().run(Queues.SEGMENT_TRANSFERS, "m1", "{}", late)).isEmpty();

    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  // ---- the ladder

  @Test
  void a_rung_that_azure_refuses_is_followed_by_the_next_one_with_a_warning() {
    world.disks.refuse(
        SnapshotMethod.RESTORE_POINT,
        new Refusal("TooManyRestorePoints", "three an hour", Duration.ofMinutes(40)));

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(job.warnings()).extracting(Warning::code).containsExactly("SnapshotMethodRefused");
    assertThat(job.warnings().get(0).message())
        .contains("three an hour")
        .contains("It is free again at 2026-03-02T10:40:00Z");
    assertThat(world.pointOf(job).requested()).isEqualTo(Consistency.FILE_SYSTEM_CONSISTENT);
    assertThat(world.pointOf(job).achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
    assertThat(job.snapshot().set().number()).isEqualTo(2);
  }

  @Test
  void a_rung_that_fails_after_it_was_accepted_is_followed_by_the_next_one() {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMSnapshotFailed", "VSS said no");
    world.disks.fail(SnapshotMethod.CRASH_RESTORE_POINT, "Broken", "no luck");

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(job.snapshot().set().method()).isEqualTo(SnapshotMethod.DISK_SNAPSHOTS);
    assertThat(job.warnings())
        .extracting(Warning::message)
        .anyMatch(m -> m.contains("VSS said no"));
    assertThat(world.disks.setsMade()).isEqualTo(3);
  }

  @Test
  void without_any_rung_the_job_fails_with_azure_s_words() {
    for (SnapshotMethod method : SnapshotMethod.values()) {
      world.disks.refuse(method, new Refusal("Locked" + method.ordinal(), "a lock", null));
    }

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo("Locked2");
    assertThat(job.error().message()).contains("by any method").contains("a lock");
  }

  @Test
  void a_ladder_goes_down_once_however_often_its_messages_come() {
    world.duplicate(World.Duplicates.RUN_AND_LOSE_FIRST);
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMSnapshotFailed", "VSS said no");

    Job job = world.backUp(vm);

    assertThat(job.snapshot().set().number()).isEqualTo(2);
    assertThat(world.disks.setsMade()).isEqualTo(2);
  }

  @Test
  void a_silent_downgrade_is_a_warning() {
    world.disks.downgradeTo(Consistency.CRASH_CONSISTENT);

    Job job = world.backUp(vm.windows());

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(job.warnings()).extracting(Warning::code).containsExactly("ConsistencyDegraded");
    assertThat(world.pointOf(job).requested()).isEqualTo(Consistency.APPLICATION_CONSISTENT);
  }

  @Test
  void a_vm_that_is_off_has_whole_files() {
    Job job = world.backUp(vm.off());

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.snapshot().set().method()).isEqualTo(SnapshotMethod.CRASH_RESTORE_POINT);
    assertThat(world.pointOf(job).achieved()).isEqualTo(Consistency.FILE_SYSTEM_CONSISTENT);
  }

  @Test
  void a_vm_that_was_off_and_fell_a_rung_has_whole_files_too() {
    world.disks.fail(SnapshotMethod.CRASH_RESTORE_POINT, "Broken", "no luck");

    Job job = world.backUp(vm.off());

    assertThat(world.pointOf(job).achieved()).isEqualTo(Consistency.FILE_SYSTEM_CONSISTENT);
  }

  @Test
  void a_vm_that_was_started_meanwhile_is_crash_consistent() {
    JobId id = world.request(vm.off(), 0);
    world.step();
    vm.on();
    world.run();

    assertThat(world.pointOf(world.job(id)).achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
    assertThat(world.job(id).warnings())
        .extracting(Warning::code)
        .containsExactly("ConsistencyDegraded");
  }

  @Test
  void a_vm_that_runs_and_fell_a_rung_is_crash_consistent_though_it_is_off_by_then() {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "Broken", "no luck");
    JobId id = world.request(vm, 0);
    world.step();
    vm.off();
    world.run();

    assertThat(world.pointOf(world.job(id)).achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
  }

  @Test
  void a_snapshot_that_azure_lost_is_asked_for_again_by_the_same_name() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.AwaitSnapshot);
    world.disks.deleteSnapshots();

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.job(id).snapshot().set().number()).isEqualTo(1);
  }

  @Test
  void a_snapshot_that_is_lost_after_the_transfer_opened_fails_the_job() {
    JobId id = world.request(vm, 0);
    world.runUntil(EndingsTest::isTransfer);
    world.disks.deleteSnapshots();

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.points(vm)).isEmpty();
  }

  @Test
  void a_snapshot_that_takes_hours_is_looked_at_by_one_chain_of_messages() {
    world.disks.pendingLooks(3_000);
    world.request(vm, 0);
    Instant stop = world.clock.instant().plus(Duration.ofHours(4));
    Instant timer = world.clock.instant();
    while (world.clock.instant().isBefore(stop)) {
      world.step();
      if (world.clock.instant().isAfter(timer.plus(Duration.ofMinutes(15)))) {
        timer = world.clock.instant();
        world.reconcile();
      }
      assertThat(world.bag.size()).isEqualTo(1);
    }
    world.disks.pendingLooks(0);
    world.disks.endPending();
    world.run();
  }

  // ---- what the job stands on goes away

  @Test
  void a_base_that_is_purged_under_the_commit_fails_the_job() {
    world.backUp(vm, 0);
    RecoveryPoint base = world.points(vm).get(0);
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    world.tables.remove(Tables.CATALOGUE, new Key(vm.itemId(), "point-" + base.jobId().key()));

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.job(id).error().code()).isEqualTo("BaseGone");
    assertThat(world.points(vm)).isEmpty();
    assertThat(world.backUp(vm).status()).as("the next one is full").isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_vm_that_was_made_anew_between_request_and_start_is_not_backed_up_as_the_old_one() {
    JobId id = world.request(vm, 0);
    world.disks.delete(vm);
    MemoryVm anew = new MemoryVm("vm1", "99999999-9999-9999-9999-999999999999");
    anew.attach("os", new MemoryDisk("new-os", 8192)).scribble(new Random(2), 0, 512);
    world.disks.add(anew);

    world.run();

    assertThat(world.job(id).error().code()).isEqualTo("VirtualMachineNotFound");
    assertThat(world.backUp(anew).id().itemId()).isNotEqualTo(id.itemId());
  }

  @Test
  void a_disk_that_was_swapped_between_start_and_snapshot_is_not_taken_for_the_one_before() {
    for (SnapshotMethod method :
        List.of(SnapshotMethod.RESTORE_POINT, SnapshotMethod.CRASH_RESTORE_POINT)) {
      world.disks.refuse(method, new Refusal("Conflict", "not now", null));
    }
    AtomicInteger started = new AtomicInteger();
    world.disks.before(
        (action, what) -> {
          if (action.equals("begin") && started.incrementAndGet() == 1) {
            vm.attach("lun0", new MemoryDisk("another-id", 8192)).write(0, new byte[] {1});
          }
        });
    JobId id = world.request(vm, 0);

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.job(id).error().code()).isEqualTo("SnapshotIncomplete");
    assertThat(world.job(id).error().message()).contains("lun0", "unique id");
    assertThat(world.points(vm)).isEmpty();
  }

  @Test
  void a_vm_without_managed_disks_is_refused_with_the_reason() {
    MemoryVm bare = world.disks.add(new MemoryVm("bare", "22222222-2222-2222-2222-222222222222"));

    assertThat(world.backUp(bare).error().code()).isEqualTo("NoManagedDisks");
  }

  @Test
  void a_job_that_ended_is_given_no_access() {
    JobId id = world.request(vm, 0);
    world.runUntil(EndingsTest::isTransfer);
    List<Next> release = world.backup.jobEnd().fail(id, "Stopped", "by the test");
    assertThat(world.backup.jobEnd().fail(id, "Stopped", "again")).isEmpty();
    // A lane that was in the middle of its visit when the job ended.
    Job before = world.job(id);
    // The first step of the release: accesses are being ended, none is gone yet.
    Task.Finalize step = (Task.Finalize) release.get(0).task();
    assertThat(world.backup.finish().run(step, Delivery.FIRST)).isNotEmpty();
    Grants grants = new Grants(world.catalogue, world.disks, world.clock);

    Grants.Access access =
        grants.open(before, new Open.Moving("os", 1, 0), "os", before.snapshot().part("os"));

    assertThat(access).isInstanceOf(Grants.Access.Denied.class);
    release.forEach(world.bag);
    world.run();
    assertThat(world.job(id).error().code()).isEqualTo("Stopped");
  }

  @Test
  void an_access_that_was_asked_for_while_the_job_ended_is_ended_too() {
    JobId id = world.request(vm, 0);
    world.runUntil(EndingsTest::isTransfer);
    Job job = world.job(id);
    Grants grants = new Grants(world.catalogue, world.disks, world.clock);
    world.disks.before(
        (action, snapshot) -> {
          if (action.equals("opened")) {
            world.disks.before((other, name) -> {});
            // Meanwhile the job ends and everything that it holds is released.
            world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);
            world.run();
          }
        });

    Grants.Access access =
        grants.open(job, new Open.Moving("os", 1, 0), "os", job.snapshot().part("os"));

    assertThat(access).isInstanceOf(Grants.Access.Denied.class);
    ((Grants.Access.Denied) access).next().forEach(world.bag);
    world.run();
  }

  @Test
  void an_access_ends_no_later_than_the_deadline() {
    JobId id = world.request(vm, 0);
    world.runUntil(EndingsTest::isTransfer);

    assertThat(world.disks.grants().values())
        .isNotEmpty()
        .allMatch(end -> !end.isAfter(world.job(id).deadline()));
    world.run();
  }

  // ---- removal

  @Test
  void a_snapshot_that_cannot_be_removed_is_a_warning_and_is_removed_later() {
    world.disks.before(
        (action, id) -> {
          if (action.equals("remove")) {
            throw new Invalid("ScopeLocked", "cannot delete restore point: a lock is on the group");
          }
        });

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(job.warnings())
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.code()).isEqualTo("SnapshotNotRemoved");
              assertThat(warning.message()).contains("a lock is on the group");
            });
    assertThat(job.released()).isFalse();
    world.disks.before((action, id) -> {});
    world.advance(Duration.ofHours(1));
    world.reconcile();
    world.run();
    assertThat(world.job(job.id()).released()).isTrue();
  }

  @Test
  void a_removal_that_never_ends_is_looked_at_by_one_chain_of_messages() {
    JobId id = world.request(vm, 0);
    world.runUntil(EndingsTest::isTransfer);
    world.disks.stuckRemovals(true);
    world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);
    Instant stop = world.clock.instant().plus(Duration.ofHours(4));
    Instant timer = world.clock.instant();
    int sent = world.bag.sent();
    while (world.clock.instant().isBefore(stop)) {
      if (world.bag.isEmpty()) {
        world.advance(Duration.ofMinutes(1));
      } else {
        world.step();
      }
      if (world.clock.instant().isAfter(timer.plus(Duration.ofMinutes(15)))) {
        timer = world.clock.instant();
        world.reconcile();
        assertThat(world.bag.size()).isLessThanOrEqualTo(2);
      }
    }
    // Azure is asked once in ten seconds, not all the time.
    assertThat(world.bag.sent() - sent).isLessThan(4 * 360 + 1_000);
    world.disks.stuckRemovals(false);
    world.run();
  }

  @Test
  void a_lost_row_of_the_index_is_made_up_for_when_the_job_closes() {
    Set<String> lost = ConcurrentHashMap.newKeySet();
    world.tables.before(
        (action, partition) -> {
          // The first try to write each list of jobs fails after the truth was written.
          boolean jobList = partition.equals("jobs") || partition.equals("jobs.Completed");
          if (action.equals("commit") && jobList && lost.add(partition)) {
            throw new Unavailable("the index is away");
          }
        });
    Task.StartBackup slot =
        new Task.StartBackup(vm.id(), null, "nightly", world.clock.instant(), 0);
    JobId id = JobId.of(vm.itemId(), slot.slot(), "nightly");
    world.bag.accept(Next.now(slot));
    world.run();

    assertThat(lost).hasSize(2);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.catalogue.index().jobs(10, Optional.empty()).ids()).containsExactly(id);
    assertThat(world.catalogue.index().jobs(JobStatus.COMPLETED, 10, Optional.empty()).ids())
        .containsExactly(id);
  }

  // ---- the vault's owner

  @Test
  void a_vault_that_names_another_catalogue_is_refused() {
    world.backUp(vm);
    Catalogue another = Catalogue.over(new MemoryTables(world.clock));
    OwnVault stranger = new OwnVault(world.blobs, VaultOpener.plain(), another, world.clock);

    assertThatThrownBy(stranger::vault)
        .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultOwned"));
  }

  @Test
  void a_catalogue_that_has_a_vault_takes_no_other_one() {
    world.backUp(vm);
    MemoryBlobs empty = new MemoryBlobs(world.clock);
    OwnVault elsewhere = new OwnVault(empty, VaultOpener.plain(), world.catalogue, world.clock);

    assertThatThrownBy(elsewhere::vault).isInstanceOf(Invalid.class);
    assertThat(empty.names()).as("nothing was made there").isEmpty();

    MemoryBlobs seeded = new MemoryBlobs(world.clock);
    io.holdfast.vault.Vault.openOrCreate(
        seeded,
        VaultConfig.plain(java.util.UUID.randomUUID(), world.clock.instant()),
        VaultKeys.none());
    OwnVault wrong = new OwnVault(seeded, VaultOpener.plain(), world.catalogue, world.clock);
    assertThatThrownBy(wrong::vault)
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("VaultMismatch"));
    assertThat(io.holdfast.vault.Vault.open(seeded, VaultKeys.none()).config().owner())
        .as("it was not claimed")
        .isEmpty();
  }

  @Test
  void a_vault_that_changed_hands_gets_no_commit() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    String mine = world.vault.vault().config().owner().orElseThrow();
    world.blobs.damage(
        VaultConfig.NAME,
        json -> new String(json).replace(mine, "someone-else-" + mine).getBytes());

    world.run();

    assertThat(world.job(id).error().code()).isEqualTo("VaultTaken");
    assertThat(world.blobs.names()).noneMatch(name -> name.startsWith("points/"));
  }

  // ---- races inside one transaction

  @Test
  void of_a_commit_and_an_end_exactly_one_wins() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    world.blobs.before(
        (action, name) -> {
          if (name.startsWith("manifests/")) {
            world.blobs.before((other, blob) -> {});
            world.backup.jobEnd().fail(id, "Stopped", "while it committed").forEach(world.bag);
          }
        });

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
    assertThat(world.points(vm)).isEmpty();
  }

  @Test
  void an_ended_job_cannot_be_opened_again() {
    Job job = world.backUp(vm);

    Opening opening = world.catalogue.jobs().open(job);

    assertThat(opening)
        .isInstanceOfSatisfying(
            Opening.Opened.class, opened -> assertThat(opened.fresh()).isFalse());
    assertThat(world.backup.finish().run(new Task.Finalize(job.id().toString()), Delivery.FIRST))
        .isEmpty();
  }

  @Test
  void the_plans_of_two_disks_that_are_sealed_at_once_are_each_made_once() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.PlanDisk);
    AtomicInteger lists = new AtomicInteger();
    world.disks.before(
        (action, snapshot) -> {
          if (action.equals("allocated") && snapshot.endsWith("-os")) {
            lists.incrementAndGet();
          }
        });
    world.tables.before(
        (action, partition) -> {
          // Two windows cover the disk: what it commits after them is the plan.
          if (action.equals("commit") && lists.get() == 2) {
            world.tables.before((other, name) -> {});
            // The other disk's plan changes the job's row first.
            sealed(id, "lun0");
          }
        });

    sealed(id, "os");

    assertThat(world.catalogue.work().sealed(id, "lun0")).isPresent();
    assertThat(lists).hasValue(2);
    world.disks.before((action, snapshot) -> {});
    world.run();
  }

  /** Plans a disk to its end; its lanes' messages are sent. */
  private void sealed(JobId id, String disk) {
    Task.PlanDisk task = new Task.PlanDisk(id.toString(), disk, 1);
    assertThat(world.catalogue.work().sealed(id, disk)).isEmpty();
    while (world.catalogue.work().sealed(id, disk).isEmpty()) {
      world.backup.plan().run(task, Delivery.FIRST).stream()
          .filter(next -> next.task() instanceof Task.Transfer)
          .forEach(world.bag);
    }
  }
}
