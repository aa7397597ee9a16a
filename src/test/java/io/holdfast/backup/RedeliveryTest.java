package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.Tables;
import io.holdfast.catalogue.Versioned;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.TaskCodec;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that come twice, late, out of order, or not at all. */
class RedeliveryTest {
  private static final Delivery SECOND = new Delivery(2);
  private static final Instant SLOT = Instant.parse("2026-03-02T10:00:00Z");

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Random random = new Random(7);

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void every_message_may_come_twice(World.Duplicates mode) {
    world.duplicate(mode);
    Job first = world.backUp(vm, 1);
    vm.get("os").scribble(random, World.SEGMENT_BYTES - 100, 200);
    Job second = world.backUp(vm, 1);

    assertThat(first.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(second.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(second.warnings()).isEmpty();
    assertThat(world.points(vm)).hasSize(2);
    assertThat(world.disks.setsMade()).isEqualTo(2);
  }

  @Test
  void a_host_that_dies_after_any_call_of_a_step_changes_nothing_about_the_point() {
    // A catalogue gets its id only once.
    assertThat(world.catalogue.id()).isNotEmpty();
    // Each commit is made, but its answer is lost, once for each set of rows that it changes.
    Set<String> lost = ConcurrentHashMap.newKeySet();
    world.tables.after(
        (table, changes) -> {
          if (lost.add(table + changes.stream().map(change -> change.key().row()).toList())) {
            throw new Unavailable("the answer was lost");
          }
        });

    JobId id = JobId.of(vm.itemId(), world.clock.instant(), "nightly");
    world.bag.accept(
        Next.now(new Task.StartBackup(vm.id(), null, "nightly", world.clock.instant(), 0)));
    world.run();
    for (int i = 0; i < 20 && !world.job(id).released(); i++) {
      world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
      world.reconcile();
      world.run();
    }

    assertThat(lost).hasSizeGreaterThan(20);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.points(vm)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {
        Task.StartBackup.class,
        Task.AwaitSnapshot.class,
        Task.PlanDisk.class,
        Task.Transfer.class,
        Task.Finalize.class
      })
  void a_message_that_is_lost_is_sent_again_when_its_job_is_quiet_too_long(
      Class<? extends Task> kind) {
    world.bag.lose(kind::isInstance);
    JobId id = world.request(vm, 0);
    world.run();
    assertThat(world.job(id).status().ended()).isFalse();
    world.bag.lose(task -> false);

    world.advance(Duration.ofMinutes(5));
    assertThat(world.reconcile()).as("not yet").isEmpty();
    world.advance(Reconcile.QUIET_MAX);
    assertThat(world.reconcile()).isNotEmpty();
    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.disks.setsMade()).isEqualTo(1);
  }

  @Test
  void a_lane_whose_message_is_lost_is_sent_again_while_the_rest_of_its_job_goes_on() {
    world.bag.lose(task -> task instanceof Task.Transfer transfer && transfer.disk().equals("os"));
    JobId id = world.request(vm, 0);
    world.run();
    world.bag.lose(task -> false);
    world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
    world.catalogue.held().alive(id);

    assertThat(world.reconcile())
        .isNotEmpty()
        .allMatch(next -> next.task() instanceof Task.Transfer lane && lane.disk().equals("os"));
    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_lane_is_not_multiplied_by_what_is_sent_again() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
    int lanes = world.catalogue.work().lanes(id).size();

    assertThat(world.reconcile()).hasSizeGreaterThanOrEqualTo(lanes);
    long read = world.disks.bytesRead();
    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.disks.bytesRead() - read)
        .isEqualTo(world.job(id).disks().stream().mapToLong(d -> d.result().bytesTotal()).sum());
  }

  @Test
  void a_message_behind_its_lane_s_cursor_is_dropped_at_first_and_sent_on_when_it_comes_again() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    Task.Transfer stale = new Task.Transfer(id.toString(), "os", 1, 0, 0);
    List<Next> next = world.backup.transfer().run(stale, Delivery.FIRST);
    while (!next.get(0).delay().isZero()) {
      next = world.backup.transfer().run((Task.Transfer) next.get(0).task(), Delivery.FIRST);
    }
    long cursor = world.catalogue.work().lane(id, "os", 1, 0).orElseThrow().value().cursor();
    assertThat(cursor).isEqualTo(Lane.CURSOR_STEP);

    assertThat(world.backup.transfer().run(stale, Delivery.FIRST)).isEmpty();
    assertThat(world.backup.transfer().run(stale, SECOND))
        .containsExactly(Next.now(new Task.Transfer(id.toString(), "os", 1, 0, Lane.CURSOR_STEP)));

    world.bag.accept(next.get(0));
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void work_for_another_number_is_dropped() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.AwaitSnapshot);
    String job = id.toString();
    assertThat(world.backup.await().run(new Task.AwaitSnapshot(job, 2, 1), Delivery.FIRST))
        .isEmpty();
    assertThat(world.backup.await().run(new Task.AwaitSnapshot(job, 2, 1), SECOND))
        .as("sends on the number that counts")
        .containsExactly(Next.now(new Task.AwaitSnapshot(job, 1, 1)));
    world.runUntil(task -> task instanceof Task.PlanDisk);
    assertThat(world.backup.plan().run(new Task.PlanDisk(job, "os", 2), SECOND)).isEmpty();
    world.runUntil(task -> task instanceof Task.Transfer);
    assertThat(world.backup.transfer().run(new Task.Transfer(job, "os", 2, 0, 0), SECOND))
        .isEmpty();
    assertThat(world.backup.transfer().run(new Task.Transfer(job, "os", 1, 9, 0), SECOND))
        .isEmpty();
    assertThat(world.backup.finish().run(new Task.Finalize(job), SECOND)).isEmpty();

    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void messages_of_a_job_that_is_not_there_are_refused_and_kept_with_the_reason() {
    String job = JobId.of(vm.itemId(), SLOT, "never").toString();
    List<Task> tasks =
        List.of(
            new Task.StartBackup(vm.id(), job, null, null, 0),
            new Task.AwaitSnapshot(job, 1, 1),
            new Task.PlanDisk(job, "os", 1),
            new Task.Transfer(job, "os", 1, 0, 0),
            new Task.Finalize(job));
    tasks.forEach(task -> world.bag.accept(Next.now(task)));
    List<String> rows = world.tables.partitions(Tables.CATALOGUE);

    world.run();

    for (Task task : tasks) {
      assertThat(world.catalogue.parked().parked(task.queue()))
          .as(task.queue())
          .singleElement()
          .satisfies(
              parked -> {
                assertThat(parked.body()).isEqualTo(TaskCodec.encode(task));
                assertThat(parked.reason()).contains("there is no job " + job);
              });
    }
    assertThat(world.tables.partitions(Tables.CATALOGUE)).isEqualTo(rows);
    assertThat(world.disks.setsMade()).isZero();
  }

  @Test
  void messages_of_a_job_that_is_over_do_nothing() {
    Job job = world.backUp(vm);
    String id = job.id().toString();

    assertThat(world.backup.start().run(new Task.StartBackup(vm.id(), id, null, null, 0), SECOND))
        .isEmpty();
    assertThat(world.backup.await().run(new Task.AwaitSnapshot(id, 1, 1), SECOND)).isEmpty();
    assertThat(world.backup.plan().run(new Task.PlanDisk(id, "os", 1), SECOND)).isEmpty();
    assertThat(world.backup.transfer().run(new Task.Transfer(id, "os", 1, 0, 0), SECOND)).isEmpty();
    assertThat(world.backup.finish().run(new Task.Finalize(id), SECOND)).isEmpty();
    assertThat(world.job(job.id())).isEqualTo(job);
  }

  @Test
  void two_messages_of_one_slot_open_one_job() {
    Task.StartBackup slot = new Task.StartBackup(vm.id(), null, "nightly", SLOT, 0);
    world.bag.accept(Next.now(slot));
    world.bag.accept(
        Next.now(new Task.StartBackup(vm.id().toUpperCase(), null, "nightly", SLOT, 0)));

    world.run();

    assertThat(world.catalogue.jobs().ofItem(vm.itemId(), 10, java.util.Optional.empty()))
        .singleElement()
        .satisfies(job -> assertThat(job.status()).isEqualTo(JobStatus.COMPLETED));
    world.bag.accept(Next.now(slot));
    world.run();
    assertThat(world.points(vm)).hasSize(1);
  }

  @Test
  void a_slot_that_comes_while_a_backup_runs_is_skipped_and_says_so() {
    JobId running = world.request(vm, 0);
    world.step();

    world.bag.accept(Next.now(new Task.StartBackup(vm.id(), null, "nightly", SLOT, 0)));
    world.run();

    Job skipped = world.job(JobId.of(vm.itemId(), SLOT, "nightly"));
    assertThat(skipped.status()).isEqualTo(JobStatus.FAILED);
    assertThat(skipped.error().code()).isEqualTo("BackupAlreadyInProgress");
    assertThat(skipped.error().message()).contains(running.toString());
    assertThat(world.points(vm)).hasSize(1);
  }

  @Test
  void a_second_backup_of_a_vm_waits_for_nobody_but_is_told_of_the_first() {
    JobId running = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.PlanDisk);

    assertThat(world.tryRequest(vm, 0)).isEqualTo(new Requested.Busy(running));

    world.run();
    assertThat(world.tryRequest(vm, 0)).isInstanceOf(Requested.Open.class);
    world.run();
  }

  @Test
  void a_vm_that_is_not_there_is_not_backed_up() {
    world.disks.delete(vm);

    assertThat(world.tryRequest(vm, 0)).isEqualTo(new Requested.NoVm());
  }

  @Test
  void the_slot_of_a_vm_that_is_gone_is_a_failed_job_of_its_item() {
    world.backUp(vm);
    world.disks.delete(vm);

    world.bag.accept(Next.now(new Task.StartBackup(vm.id(), null, "nightly", SLOT, 0)));
    world.run();

    Job job = world.job(JobId.of(vm.itemId(), SLOT, "nightly"));
    assertThat(job.error().code()).isEqualTo("VirtualMachineNotFound");
    assertThat(world.points(vm)).hasSize(1);
  }

  @Test
  void a_start_that_was_lost_before_its_job_opened_is_closed_and_a_late_opening_loses() {
    // The host dies between the open row and the job.
    AtomicInteger commits = new AtomicInteger();
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit") && commits.incrementAndGet() == 2) {
            throw new Unavailable("the host died");
          }
        });
    Task.StartBackup slot = new Task.StartBackup(vm.id(), null, "nightly", SLOT, 0);
    org.assertj.core.api.Assertions.assertThatThrownBy(
            () -> world.backup.start().run(slot, Delivery.FIRST))
        .isInstanceOf(Unavailable.class);
    JobId id = JobId.of(vm.itemId(), SLOT, "nightly");
    assertThat(world.catalogue.jobs().find(id)).isEmpty();

    world.reconcile();
    assertThat(world.catalogue.jobs().find(id)).as("not yet").isEmpty();
    world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
    world.reconcile();

    assertThat(world.job(id).error().code()).isEqualTo("NeverOpened");
    assertThat(world.backup.start().run(slot, SECOND)).isEmpty();
    assertThat(world.catalogue.jobs().item(vm.itemId()).map(Versioned::value)).isEmpty();
  }

  @Test
  void a_throttled_read_comes_back_after_the_time_that_the_service_names() {
    Duration wait = Duration.ofSeconds(37);
    AtomicInteger reads = new AtomicInteger();
    world.disks.before(
        (action, id) -> {
          if (action.equals("read") && reads.incrementAndGet() % 5 == 0) {
            throw new Unavailable("busy", wait, null);
          }
        });
    Instant start = world.clock.instant();

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.warnings()).isEmpty();
    assertThat(world.clock.instant()).isAfter(start.plus(wait));
  }

  @ParameterizedTest
  @ValueSource(strings = {"vm", "begin", "look", "open", "allocated", "close", "remove"})
  void a_throttled_call_never_eats_the_count_of_deliveries(String call) {
    AtomicInteger calls = new AtomicInteger();
    world.disks.before(
        (action, id) -> {
          if (action.equals(call) && calls.incrementAndGet() <= 20) {
            throw new Unavailable("busy", Duration.ofSeconds(5), null);
          }
        });
    world.bag.accept(Next.now(new Task.StartBackup(vm.id(), null, "nightly", SLOT, 0)));

    world.run();

    assertThat(calls).hasValueGreaterThan(20);
    assertThat(world.job(JobId.of(vm.itemId(), SLOT, "nightly")).status())
        .isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_visit_that_is_over_goes_on_where_it_stopped() {
    // Each read takes twenty seconds: a visit ends after a few batches of eight.
    vm.get("os").scribble(random, 0, 200 * World.CHUNK_BYTES);
    world.disks.before(
        (action, id) -> {
          if (action.equals("read")) {
            world.advance(Duration.ofSeconds(20));
          }
        });

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.disks().get(0).result().counts().read())
        .isEqualTo(job.disks().get(0).result().bytesTotal());
    assertThat(job.disks().get(0).result().counts().transferred())
        .isEqualTo(job.disks().get(0).result().bytesTotal());
  }

  @Test
  void an_access_that_ended_is_asked_for_again() {
    AtomicInteger reads = new AtomicInteger();
    JobId id = world.request(vm, 0);
    world.disks.before(
        (action, snapshot) -> {
          if (action.equals("read") && reads.incrementAndGet() == 3) {
            world.disks.revokeAll();
          }
        });

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }
}
