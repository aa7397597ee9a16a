package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.backup.JobEnd.Cancelled;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobTask;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.Bag;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.work.Delivery;
import io.holdfast.work.Queues;
import io.holdfast.work.Task;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that is cancelled, in any phase: it ends as Cancelled, or loses cleanly; nothing stays. */
class CancelTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  /** Cancels as the API does. */
  private Cancelled cancel(JobId id) {
    Cancelled outcome = world.backup.jobEnd().cancel(id);
    if (outcome instanceof Cancelled.Accepted accepted) {
      accepted.next().forEach(world.bag);
    }
    return outcome;
  }

  private void assertCancelled(JobId id) {
    Job job = world.job(id);
    assertThat(job.status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(job.error()).isNull();
    assertThat(job.endTime()).isNotNull();
    assertThat(job.released()).isTrue();
    assertThat(job.tasks()).noneMatch(task -> task.endTime() == null);
    assertThat(world.catalogue.points().find(id)).isEmpty();
    assertThat(world.catalogue.index().jobs(JobStatus.CANCELLED, 10, Optional.empty()).ids())
        .contains(id);
  }

  // ---- every phase

  @ParameterizedTest
  @ValueSource(
      classes = {
        Task.StartBackup.class,
        Task.AwaitSnapshot.class,
        Task.PlanDisk.class,
        Task.Transfer.class,
        Task.Finalize.class
      })
  void a_job_is_cancelled_before_each_step_and_leaves_nothing(Class<? extends Task> at) {
    JobId id = world.request(vm, 1);
    world.runUntil(at::isInstance);

    Cancelled outcome = cancel(id);

    assertThat(outcome)
        .isInstanceOfSatisfying(
            Cancelled.Accepted.class,
            accepted -> {
              assertThat(accepted.job().status()).isEqualTo(JobStatus.CANCELLING);
              assertThat(accepted.job().tasks()).noneMatch(task -> task.endTime() == null);
            });
    world.run();
    assertCancelled(id);
    assertThat(world.backUp(vm).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void the_tasks_of_a_cancelled_job_say_how_they_ended() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);

    cancel(id);
    world.run();

    assertThat(world.job(id).tasks())
        .extracting(JobTask::name, JobTask::status)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(StartBackup.TAKE_SNAPSHOT, "Completed"),
            org.assertj.core.groups.Tuple.tuple(AwaitSnapshot.TRANSFER, "Cancelled"),
            org.assertj.core.groups.Tuple.tuple(FinalizeBackup.REMOVE_SNAPSHOTS, "Completed"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"begin", "look", "open", "opened", "allocated", "read"})
  void a_job_is_cancelled_in_the_middle_of_each_call_and_leaves_nothing(String call) {
    JobId id = world.request(vm, 1);
    AtomicBoolean done = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals(call) && done.compareAndSet(false, true)) {
            cancel(id);
          }
        });

    world.run();

    assertThat(done).isTrue();
    assertCancelled(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"begin", "look", "open", "opened", "allocated", "read"})
  void a_job_is_cancelled_and_released_to_the_end_in_the_middle_of_each_call(String call) {
    JobId id = world.request(vm, 1);
    AtomicBoolean done = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals(call) && done.compareAndSet(false, true)) {
            cancel(id);
            // The caller stands still while the whole release goes by.
            while (!world.job(id).released()) {
              world.step();
            }
          }
        });

    world.run();

    assertThat(done).isTrue();
    assertCancelled(id);
  }

  @Test
  void a_job_is_cancelled_after_any_commit_of_any_step_and_leaves_nothing() {
    int commits = commitsOfABackup();
    int cancelled = 0;
    for (int at = 0; at < commits; at++) {
      MemoryVm each = world.vm("each" + at);
      JobId id = world.request(each, 0);
      AtomicInteger left = new AtomicInteger(at);
      int stop = at;
      world.tables.after(
          (table, changes) -> {
            if (left.getAndDecrement() == 0) {
              world.tables.after((other, none) -> {});
              assertThat(cancel(id)).as("after commit %d", stop).isNotNull();
            }
          });
      world.run();
      Job job = world.job(id);
      assertThat(job.status()).isIn(JobStatus.CANCELLED, JobStatus.COMPLETED);
      cancelled += job.status() == JobStatus.CANCELLED ? 1 : 0;
      assertThat(world.points(each)).hasSize(job.status() == JobStatus.CANCELLED ? 0 : 1);
    }
    assertThat(cancelled).as("of %d", commits).isBetween(commits / 3, commits - 5);
  }

  private int commitsOfABackup() {
    AtomicInteger commits = new AtomicInteger();
    world.tables.after((table, changes) -> commits.incrementAndGet());
    world.backUp(world.vm("count"));
    world.tables.after((table, changes) -> {});
    return commits.get();
  }

  @Test
  void a_lane_in_the_middle_of_its_visit_stops_at_its_next_checkpoint() {
    vm.get("os").scribble(new Random(3), 0, 400 * World.CHUNK_BYTES);
    JobId id = world.request(vm, 0);
    AtomicInteger reads = new AtomicInteger();
    AtomicInteger after = new AtomicInteger();
    world.disks.before(
        (action, what) -> {
          if (action.equals("read")) {
            synchronized (world) {
              // A batch of eight chunks takes two seconds: a checkpoint follows each second one.
              world.advance(Duration.ofMillis(250));
              if (reads.incrementAndGet() == 20) {
                cancel(id);
                // The release begins, but Azure takes its time.
                world.disks.stuckRemovals(true);
                world
                    .backup
                    .finish()
                    .run(new Task.Finalize(id.toString()), Delivery.FIRST)
                    .forEach(world.bag);
                world
                    .backup
                    .finish()
                    .run(new Task.Finalize(id.toString()), Delivery.FIRST)
                    .forEach(world.bag);
              } else if (reads.get() > 20) {
                after.incrementAndGet();
              }
            }
          }
        });
    while (world.job(id).status() != JobStatus.CANCELLING) {
      world.step();
    }

    assertThat(after).as("chunks that were read after it").hasValueLessThan(24);
    assertThat(world.job(id).released()).isFalse();
    world.disks.stuckRemovals(false);
    world.run();
    assertCancelled(id);
  }

  @Test
  void a_long_change_list_is_left_when_the_job_is_cancelled() {
    JobId id = world.request(vm, 0);
    AtomicInteger lists = new AtomicInteger();
    world.disks.before(
        (action, what) -> {
          if (action.equals("allocated") && what.endsWith("-os")) {
            world.advance(Duration.ofSeconds(3));
            if (lists.incrementAndGet() == 1) {
              cancel(id);
              world.catalogue.work().closeAll(id);
            }
          }
        });

    world.run();

    assertThat(lists).as("windows of the change list that were read").hasValue(1);
    assertCancelled(id);
  }

  // ---- races

  @Test
  void a_cancel_that_comes_before_the_commit_s_transaction_wins() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    AtomicBoolean manifest = new AtomicBoolean();
    world.blobs.before((action, name) -> manifest.set(manifest.get() || name.startsWith("man")));
    world.tables.before(
        (action, partition) -> {
          // All objects are written; the next commit is the one that counts.
          if (action.equals("commit") && manifest.get()) {
            world.tables.before((other, none) -> {});
            assertThat(cancel(id)).isInstanceOf(Cancelled.Accepted.class);
          }
        });

    world.run();

    assertThat(manifest).isTrue();
    assertCancelled(id);
    assertThat(world.blobs.names()).noneMatch(name -> name.startsWith("points/"));
  }

  @Test
  void a_cancel_that_comes_after_the_commit_s_transaction_loses_and_changes_nothing() {
    JobId id = world.request(vm, 0);
    AtomicInteger refused = new AtomicInteger();
    world.tables.after(
        (table, changes) -> {
          if (inserts(changes, "point-")) {
            Job before = world.job(id);
            Cancelled outcome = cancel(id);
            assertThat(outcome)
                .isInstanceOfSatisfying(
                    Cancelled.TooLate.class,
                    late -> assertThat(late.job().status()).isEqualTo(JobStatus.COMMITTED));
            assertThat(world.job(id)).isEqualTo(before);
            refused.incrementAndGet();
          }
        });

    world.run();

    assertThat(refused).hasValue(1);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.job(id).tasks()).allMatch(task -> task.status().equals("Completed"));
  }

  private static boolean inserts(List<Change> changes, String prefix) {
    return changes.stream()
        .anyMatch(
            change -> change instanceof Change.Insert && change.key().row().startsWith(prefix));
  }

  @Test
  void a_commit_that_overtakes_a_cancel_wins() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit")) {
            world.tables.before((other, none) -> {});
            // The cancel has read the job; before it writes, the job commits.
            world.step();
            assertThat(world.job(id).status()).isEqualTo(JobStatus.COMMITTED);
          }
        });

    assertThat(cancel(id)).isInstanceOf(Cancelled.TooLate.class);

    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_job_that_ended_is_not_cancelled() {
    Job job = world.backUp(vm);

    assertThat(cancel(job.id())).isEqualTo(new Cancelled.TooLate(job));

    assertThat(world.job(job.id())).isEqualTo(job);
    assertThat(world.bag.isEmpty()).isTrue();
  }

  @Test
  void a_job_that_failed_stays_failed() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);

    assertThat(cancel(id)).isInstanceOf(Cancelled.TooLate.class);

    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.FAILED);
  }

  @Test
  void a_job_that_is_not_there_is_not_cancelled() {
    assertThat(cancel(JobId.of(vm.itemId(), world.clock.instant(), "never")))
        .isEqualTo(new Cancelled.NoJob());
  }

  @Test
  void a_cancel_that_comes_twice_is_one() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    cancel(id);
    Job cancelling = world.job(id);

    assertThat(((Cancelled.Accepted) cancel(id)).job()).isEqualTo(cancelling);
    world.run();
    assertCancelled(id);
    Job cancelled = world.job(id);
    assertThat(cancel(id)).isEqualTo(new Cancelled.Accepted(cancelled, List.of()));
    assertThat(world.job(id)).isEqualTo(cancelled);
  }

  @Test
  void a_cancel_whose_answer_was_lost_is_sent_again_and_done_once() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.tables.after(
        (table, changes) -> {
          world.tables.after((other, none) -> {});
          throw new Unavailable("the answer was lost");
        });
    org.assertj.core.api.Assertions.assertThatThrownBy(() -> cancel(id))
        .isInstanceOf(Unavailable.class);

    assertThat(cancel(id)).isInstanceOf(Cancelled.Accepted.class);
    world.run();
    assertCancelled(id);
  }

  @Test
  void a_cancel_whose_message_was_lost_is_finished_by_the_reconciler() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.bag.lose(task -> task instanceof Task.Finalize);
    cancel(id);
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.CANCELLING);
    world.bag.lose(task -> false);

    world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
    world.reconcile();
    world.run();

    assertCancelled(id);
  }

  // ---- with a deadline, with poison, with messages that come again

  @Test
  void a_deadline_does_not_touch_a_job_that_is_being_cancelled() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    cancel(id);
    world.advance(Duration.ofHours(30));

    world.reconcile();
    world.run();

    assertCancelled(id);
  }

  @Test
  void a_poisoned_message_does_not_touch_a_job_that_is_being_cancelled() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    cancel(id);
    Task lane = new Task.Transfer(id.toString(), "os", 1, 0, 0);

    assertThat(world.backup.poisoned().run(Queues.SEGMENT_TRANSFERS, "m1", "{}", lane)).isEmpty();

    world.run();
    assertCancelled(id);
  }

  @Test
  void every_message_of_a_cancelled_job_may_come_again_after_it() {
    world.disks.pendingLooks(1);
    JobId id = world.request(vm, 1);
    java.util.Set<Bag.Message> seen = new java.util.LinkedHashSet<>(world.bag.all());
    world.runUntil(
        task -> {
          seen.addAll(world.bag.all());
          return task instanceof Task.Finalize;
        });
    seen.addAll(world.bag.all());
    cancel(id);
    world.run();
    assertCancelled(id);
    Job cancelled = world.job(id);

    for (long attempt = 1; attempt <= 2; attempt++) {
      for (Bag.Message message : seen) {
        world.deliver(
            new Bag.Message(
                message.id(), message.queue(), message.body(), message.visible(), attempt));
      }
    }

    assertThat(seen).hasSizeGreaterThan(5);
    assertThat(world.bag.isEmpty()).isTrue();
    assertThat(world.job(id)).isEqualTo(cancelled);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RUN_TWICE", "RUN_AND_LOSE_FIRST"})
  void a_cancel_is_done_though_every_message_comes_twice(World.Duplicates mode) {
    world.duplicate(mode);
    JobId id = world.request(vm, 0);
    while (!world.job(id).transferring()) {
      world.step();
    }

    cancel(id);
    world.run();

    assertCancelled(id);
  }

  @Test
  void a_failure_that_is_noted_late_leaves_nothing() {
    JobId id = world.request(vm, 0);
    AtomicBoolean done = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals("read") && done.compareAndSet(false, true)) {
            cancel(id);
            while (!world.job(id).released()) {
              world.step();
            }
            throw new IllegalStateException("the disk fell down");
          }
        });

    world.run();

    assertCancelled(id);
    assertThat(world.catalogue.held().fault(id, "once more")).isFalse();
    assertThat(world.workRows(vm.itemId())).isEmpty();
  }

  @Test
  void a_failure_of_a_job_that_is_queued_is_noted_and_goes_with_it() {
    JobId id = world.request(vm, 0);
    assertThat(world.catalogue.held().fault(id, "no VM today")).isTrue();
    assertThat(world.catalogue.held().fault(id)).contains("no VM today");

    cancel(id);
    world.run();

    assertCancelled(id);
  }

  @Test
  void a_failure_that_is_noted_while_a_job_is_started_does_not_keep_it_from_starting() {
    JobId id = world.request(vm, 0);
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit")) {
            world.tables.before((other, none) -> {});
            assertThat(world.catalogue.held().fault(id, "another run failed")).isTrue();
          }
        });

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }
}
