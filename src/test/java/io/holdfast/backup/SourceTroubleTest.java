package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Versioned;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.Ranges.Raw;
import io.holdfast.fake.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A source that gives wrong lists, too few bytes or none, and disks of odd and changing sizes: a
 * right point or a clear failure. That the points are right is checked at the end of each test.
 */
class SourceTroubleTest {
  private static final int CHUNK = World.CHUNK_BYTES;

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final MemoryDisk os = vm.get("os");
  private final Random random = new Random(7);

  @AfterEach
  void theWorldIsInOrder() {
    world.disks.before((action, id) -> {});
    world.close();
  }

  enum Wrong {
    UNORDERED(list -> list.add(list.remove(0))),
    TWICE(list -> list.add(1, list.get(0))),
    OVERLAPPING(list -> list.set(0, new Raw(list.get(0).offset(), list.get(1).end(), false))),
    MISALIGNED(list -> list.set(0, new Raw(list.get(0).offset() + 100, list.get(0).end(), false))),
    PAST_THE_END(list -> list.add(new Raw(1L << 40, (1L << 40) + 512, false))),
    EMPTY_RANGE(list -> list.set(0, new Raw(list.get(0).offset(), list.get(0).offset(), false)));

    private final java.util.function.Consumer<List<Raw>> change;

    Wrong(java.util.function.Consumer<List<Raw>> change) {
      this.change = change;
    }

    List<Raw> of(List<Raw> list) {
      if (list.size() < 2) {
        return list;
      }
      List<Raw> wrong = new ArrayList<>(list);
      change.accept(wrong);
      return wrong;
    }
  }

  /** Each answer to this action is wrong, so many times. */
  private void wrong(String action, int times, UnaryOperator<List<Raw>> how) {
    AtomicInteger left = new AtomicInteger(times);
    AtomicInteger asked = new AtomicInteger();
    world.disks.before(
        (called, id) -> {
          if (called.equals("allocated") || called.equals("changed")) {
            asked.set(called.equals(action) ? 1 : 0);
          }
        });
    world
        .disks
        .ranges()
        .garble(
            list -> {
              if (asked.get() == 0 || list.size() < 2 || left.getAndDecrement() <= 0) {
                return list;
              }
              return how.apply(list);
            });
  }

  private void scatter() {
    for (int at = 0; at < 40; at++) {
      os.scribble(random, at * 9 * CHUNK, 512);
    }
  }

  private static JobDisk disk(Job job, String key) {
    return job.disks().stream().filter(each -> each.disk().equals(key)).findFirst().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource
  void a_diff_that_breaks_its_rule_is_not_believed_and_the_disk_is_compared(Wrong how) {
    world.backUp(vm, 1);
    scatter();
    wrong("changed", Integer.MAX_VALUE, how::of);

    Job job = world.backUp(vm, 1);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(disk(job, "os").result().changeSource()).isEqualTo(ChangeSource.COMPARE);
    assertThat(disk(job, "os").result().reason()).contains("the change list of window");
  }

  @ParameterizedTest
  @EnumSource
  void a_list_of_allocated_ranges_that_is_wrong_for_good_fails_the_job_with_the_reason(Wrong how) {
    scatter();
    wrong("allocated", Integer.MAX_VALUE, how::of);

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().message()).contains("the change list of window", "has range");
  }

  @ParameterizedTest
  @EnumSource
  void a_list_that_is_wrong_once_is_read_again(Wrong how) {
    scatter();
    wrong("allocated", 1, how::of);

    assertThat(world.backUp(vm).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_diff_that_goes_wrong_when_its_disk_is_planned_already_is_asked_for_again() {
    world.backUp(vm, 1);
    scatter();
    JobId id = world.request(vm, 1);
    world.runUntil(io.holdfast.work.Task.Transfer.class::isInstance);
    wrong("changed", 2, Wrong.UNORDERED::of);

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(disk(world.job(id), "os").result().changeSource())
        .isEqualTo(ChangeSource.SNAPSHOT_DIFF);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void a_source_that_gives_too_few_bytes_or_stalls_is_read_again(int times) {
    scatter();
    AtomicInteger reads = new AtomicInteger();
    world.disks.before(
        (called, id) -> {
          if (called.equals("read")
              && reads.incrementAndGet() % 7 == 0
              && reads.get() <= 7 * times) {
            throw new Unavailable("snapshot %s gave 100 bytes, not 4096".formatted(id));
          }
        });

    assertThat(world.backUp(vm).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void a_plan_that_takes_longer_than_a_visit_goes_on_from_a_chunk_in_the_middle() {
    scatter();
    JobId id = world.request(vm, 0);
    world.disks.before(
        (called, snapshot) -> {
          if (called.equals("allocated")) {
            world.advance(Duration.ofSeconds(50));
          }
        });
    List<Long> cursors = new ArrayList<>();
    while (!world.bag.isEmpty()) {
      world.step();
      Optional<Versioned<DiskPlan>> plan = world.catalogue.work().planning(id, "os");
      plan.map(row -> row.value().cursorBytes())
          .filter(at -> at > 0 && !cursors.contains(at))
          .ifPresent(cursors::add);
    }

    assertThat(cursors).hasSizeGreaterThan(1).isSorted();
    assertThat(cursors).allMatch(at -> at % CHUNK == 0 && at < os.sizeBytes());
    assertThat(cursors).anyMatch(at -> at % World.SEGMENT_BYTES != 0);
    Job job = world.job(id);
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(disk(job, "os").result().counts().read())
        .as("each chunk is planned once")
        .isEqualTo(disk(job, "os").result().bytesTotal());
  }

  // ---- sizes

  @ParameterizedTest
  @ValueSource(ints = {512, CHUNK - 512, CHUNK, CHUNK + 512, World.SEGMENT_BYTES + 512})
  void a_disk_of_any_size_is_restored_to_its_last_byte(int sizeBytes) {
    MemoryDisk odd = vm.attach("lun7", new MemoryDisk("odd-id", sizeBytes));
    odd.scribble(random, sizeBytes - 512, 512);

    assertThat(world.backUp(vm, 1).status()).isEqualTo(JobStatus.COMPLETED);
    odd.discard(sizeBytes - 512, 512);
    assertThat(world.backUp(vm, 1).status()).isEqualTo(JobStatus.COMPLETED);
    odd.scribble(random, 0, 512);
    assertThat(world.backUp(vm).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void a_disk_that_grew_is_right_to_its_new_end(int instantRestoreDays) {
    os.scribble(random, os.sizeBytes() - 1024, 1024);
    world.backUp(vm, instantRestoreDays);
    os.grow(os.sizeBytes() + 3 * CHUNK + 512);
    Job job = world.backUp(vm, instantRestoreDays);
    assertThat(disk(job, "os").result().changeSource())
        .isEqualTo(instantRestoreDays == 0 ? ChangeSource.COMPARE : ChangeSource.SNAPSHOT_DIFF);
    os.grow(os.sizeBytes() + 2 * World.SEGMENT_BYTES);
    os.scribble(random, os.sizeBytes() - 512, 512);

    assertThat(world.backUp(vm, instantRestoreDays).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void a_disk_that_shrank_and_grew_again_is_zeros_there(int instantRestoreDays) {
    int before = os.sizeBytes();
    os.scribble(random, World.SEGMENT_BYTES, before - World.SEGMENT_BYTES);
    world.backUp(vm, instantRestoreDays);
    os.shrink(World.SEGMENT_BYTES + CHUNK + 512);
    Job job = world.backUp(vm, instantRestoreDays);
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(disk(job, "os").result().changeSource()).isEqualTo(ChangeSource.COMPARE);
    os.grow(before);

    assertThat(world.backUp(vm, instantRestoreDays).status()).isEqualTo(JobStatus.COMPLETED);
  }
}
