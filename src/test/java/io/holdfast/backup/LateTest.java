package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.backup.JobEnd.Cancelled;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Tables;
import io.holdfast.catalogue.Versioned;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Azure makes or grants after its job was cancelled, committed or released: nothing stays. */
class LateTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private void cancel(JobId id) {
    ((Cancelled.Accepted) world.backup.jobEnd().cancel(id)).next().forEach(world.bag);
  }

  private void assertCancelled(JobId id) {
    assertThat(world.job(id).status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(world.job(id).released()).isTrue();
    assertThat(world.catalogue.points().find(id)).isEmpty();
  }

  @Test
  void a_snapshot_that_comes_while_the_job_is_released_is_removed() {
    JobId id = world.request(vm, 0);
    AtomicBoolean stalled = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals("begin") && stalled.compareAndSet(false, true)) {
            cancel(id);
            AtomicBoolean looked = new AtomicBoolean();
            // The release looks at a set that is not there yet, and goes on to its last write.
            world.tables.before(
                (other, partition) -> {
                  if (other.equals("commit") && looked.get()) {
                    throw new Unavailable("stopped before its last write");
                  }
                });
            world.disks.before((other, name) -> looked.set(looked.get() || other.equals("remove")));
            while (!looked.get()) {
              world.step();
            }
            world.tables.before((other, partition) -> {});
            assertThat(world.job(id).status()).isEqualTo(JobStatus.CANCELLING);
          }
        });

    world.run();

    assertCancelled(id);
    assertThat(world.disks.setsMade()).isEqualTo(1);
  }

  @Test
  void a_snapshot_whose_answer_is_lost_and_whose_job_is_cancelled_is_removed() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.StartBackup);
    Job queued = world.job(id);
    AtomicBoolean asked = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals("begin") && asked.compareAndSet(false, true)) {
            cancel(id);
            while (!world.job(id).released()) {
              world.step();
            }
            // It is made all the same, and nobody is told.
            world.disks.begin(world.job(id).snapshot().set());
            throw new Unavailable("no answer");
          }
        });

    world.run();

    assertThat(queued.status()).isEqualTo(JobStatus.QUEUED);
    assertThat(world.disks.setsMade()).isEqualTo(1);
    assertCancelled(id);
  }

  @Test
  void a_host_that_dies_when_it_has_put_a_late_snapshot_on_record_leaves_it_to_the_reconciler() {
    JobId id = world.request(vm, 0);
    AtomicBoolean stalled = new AtomicBoolean();
    AtomicBoolean died = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals("begin") && stalled.compareAndSet(false, true)) {
            cancel(id);
            while (!world.catalogue.jobs().openJobs().isEmpty()) {
              world.step();
            }
            world.tables.after(
                (table, changes) -> {
                  boolean reclaims =
                      changes.stream().anyMatch(change -> change.key().row().contains("-made-"));
                  if (reclaims && died.compareAndSet(false, true)) {
                    world.bag.clear();
                    throw new Unavailable("the host dies");
                  }
                });
          }
        });
    world.step();
    world.bag.clear();
    assertThat(died).isTrue();

    for (int run = 0; run < 4; run++) {
      world.advance(Duration.ofMinutes(15));
      world.reconcile();
      world.run();
    }

    assertCancelled(id);
  }

  @Test
  void an_access_to_the_base_that_comes_after_the_release_is_ended() {
    Job first = world.backUp(vm, 5);
    JobId id = world.request(vm, 5);
    String base = world.pointOf(first).disks().get(0).snapshot().id();
    AtomicBoolean stalled = new AtomicBoolean();
    world.disks.before(
        (action, what) -> {
          if (action.equals("open") && what.equals(base) && stalled.compareAndSet(false, true)) {
            cancel(id);
            while (!world.job(id).released()) {
              world.step();
            }
          }
        });

    world.run();

    assertThat(stalled).isTrue();
    assertCancelled(id);
  }

  @Test
  void a_late_snapshot_of_a_job_that_committed_leaves_what_its_point_keeps() {
    Job job = world.backUp(vm, 5);
    List<String> kept = world.disks.left();
    Ladder ladder = ladder(world);

    List<Next> next = ladder.begin(new Versioned<>(job, "an ETag of before"));

    next.forEach(world.bag);
    world.run();
    assertThat(world.disks.left()).isEqualTo(kept).isNotEmpty();
    assertThat(world.job(job.id())).isEqualTo(job);
  }

  @Test
  void a_late_snapshot_of_a_job_that_committed_and_keeps_none_is_removed() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }
    Job committed = world.job(id);
    AtomicBoolean late = new AtomicBoolean();
    Ladder ladder = ladder(world);
    // The release has looked; before it ends the job, a call that was stalled makes the set anew.
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit") && world.disks.left().isEmpty() && !late.getAndSet(true)) {
            ladder.begin(new Versioned<>(committed, "an ETag of before")).forEach(world.bag);
          }
        });

    world.run();

    assertThat(late).isTrue();
    assertThat(world.disks.setsMade()).isEqualTo(2);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_snapshot_that_cannot_be_removed_in_time_is_a_warning_and_is_removed_later() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Transfer);
    world.disks.stuckRemovals(true);
    cancel(id);

    world.run();

    Job job = world.job(id);
    assertThat(job.status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(job.released()).isFalse();
    assertThat(job.warnings()).extracting(Warning::code).containsExactly("SnapshotNotRemoved");
    assertThat(Duration.between(job.createdAt(), job.endTime()))
        .isBetween(World.LIMITS.releaseMax(), World.LIMITS.releaseMax().plusMinutes(1));
    assertThat(world.tables.rowKeys(Tables.CATALOGUE, "open")).containsExactly(id.toString());
    world.disks.stuckRemovals(false);
    world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
    world.reconcile();
    world.run();
    assertCancelled(id);
  }

  @Test
  void the_next_backup_may_begin_while_a_cancelled_one_is_still_released() {
    Job first = world.backUp(vm, 5);
    vm.get("os").scribble(new Random(4), 0, 9_000);
    JobId id = world.request(vm, 5);
    world.runUntil(task -> task instanceof Task.Transfer);
    cancel(id);

    JobId next = world.request(vm, 5);
    world.run();

    assertCancelled(id);
    assertThat(first.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.job(next).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.points(vm)).hasSize(2);
  }

  /**
   * A call that was stalled makes something at each moment of the release: before or after each of
   * its commits, and what it would send is lost with its host.
   */
  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void what_comes_at_any_moment_of_the_release_goes_with_it(boolean snapshot, boolean before) {
    int moments = 0;
    boolean more = true;
    while (more) {
      more = comesAt(moments++, snapshot, before);
    }
    assertThat(moments).isGreaterThan(8);
  }

  /** Whether the release was long enough for this moment. */
  private static boolean comesAt(int moment, boolean snapshot, boolean before) {
    try (World each = new World()) {
      MemoryVm vm = each.vm("vm1");
      Job base = each.backUp(vm, 5);
      vm.get("os").scribble(new Random(4), 0, 9_000);
      JobId id = each.request(vm, 5);
      each.runUntil(task -> task instanceof Task.Transfer);
      Job stalled = each.job(id);
      each.bag.clear();
      Ladder ladder = ladder(each);
      Grants grants = new Grants(each.catalogue, each.disks, each.clock);
      DiskSnapshot kept = each.pointOf(base).disks().get(0).snapshot();
      StalledCall call =
          new StalledCall(
              each,
              snapshot
                  ? () ->
                      assertThat(ladder.begin(new Versioned<>(stalled, "an ETag of before")))
                          .isNotEmpty()
                  : () ->
                      assertThat(grants.open(stalled, new Open.Moving("os", 1, 0), "os-base", kept))
                          .isNotNull());
      ((Cancelled.Accepted) each.backup.jobEnd().cancel(id)).next().forEach(each.bag);
      AtomicInteger left = new AtomicInteger(moment);
      Runnable late =
          () -> {
            if (left.getAndDecrement() == 0) {
              each.tables.before((action, partition) -> {});
              each.tables.after((table, changes) -> {});
              call.goOn();
            }
          };
      if (before) {
        each.tables.before(
            (action, partition) -> {
              if (action.equals("commit")) {
                late.run();
              }
            });
      } else {
        each.tables.after((table, changes) -> late.run());
      }
      each.run();
      each.tables.before((action, partition) -> {});
      each.tables.after((table, changes) -> {});
      call.goOn();
      each.advance(Reconcile.QUIET_MAX.plusMinutes(1));
      each.reconcile();
      each.run();
      assertThat(each.job(id).status()).isEqualTo(JobStatus.CANCELLED);
      assertThat(each.disks.left()).containsExactly(each.pointOf(base).snapshot().name());
      return left.get() < 0;
    }
  }

  /** A call on a thread of its own that stands still just before Azure does what it asks for. */
  private static final class StalledCall {
    private final CountDownLatch there = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread thread;

    private StalledCall(World world, Runnable call) {
      thread = new Thread(call, "stalled");
      thread.setUncaughtExceptionHandler((which, thrown) -> failure.set(thrown));
      world.disks.before(
          (action, what) -> {
            if (Thread.currentThread() == thread && !action.equals("opened")) {
              there.countDown();
              await(goOn);
            }
          });
      thread.start();
      await(there);
    }

    private void goOn() {
      goOn.countDown();
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      assertThat(failure.get()).isNull();
    }

    private static void await(CountDownLatch latch) {
      try {
        assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static Ladder ladder(World world) {
    return new Ladder(
        world.catalogue,
        world.disks,
        world.backup.jobEnd(),
        new FreezeGuard(world.catalogue, world.clock),
        World.LIMITS,
        world.clock);
  }
}
