package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.Bag.Message;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The real code on fakes under a random schedule: messages in any order, twice, or lost; calls that
 * fail before or after they were served; guests that write, discard and grow all the while. Every
 * point must restore to what its snapshot held, and nothing may stay behind. A failure names its
 * seed: run that one with {@code -Dseed=n}.
 */
class SeedsTest {
  private static final int SEEDS = Integer.getInteger("seeds", 15);
  private static final int ACTIONS = 150;

  private final Map<JobStatus, Integer> ends = new EnumMap<>(JobStatus.class);

  @Test
  void whatever_happens_every_point_is_what_its_snapshot_held() {
    Integer only = Integer.getInteger("seed");
    for (int seed = only == null ? 0 : only; seed < (only == null ? SEEDS : only + 1); seed++) {
      try {
        run(new Random(seed));
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed + ": " + e, e);
      }
    }
    // A schedule under which nothing ever gets done would show nothing.
    int all = ends.values().stream().mapToInt(Integer::intValue).sum();
    int good = ends.getOrDefault(JobStatus.COMPLETED, 0);
    assertThat(good).as("of %d jobs: %s", all, ends).isGreaterThan(all / 2);
  }

  private void run(Random random) {
    World world = new World();
    MemoryVm[] vms = {world.vm("vm1"), world.vm("vm2")};
    Faults faults = new Faults(world, random);
    for (int action = 0; action < ACTIONS; action++) {
      switch (random.nextInt(10)) {
        case 0 -> request(world, vms[random.nextInt(vms.length)], random);
        case 1, 2 -> write(vms[random.nextInt(vms.length)], random);
        case 3 -> reconcile(world, random);
        default -> deliver(world, random);
      }
      faults.rate = random.nextInt(20) == 0 ? random.nextInt(12) : faults.rate;
    }
    // The trouble is over: everything comes to its end.
    faults.rate = 0;
    for (int i = 0; i < 30; i++) {
      world.run();
      world.advance(Duration.ofMinutes(21));
      world.reconcile();
    }
    world.run();
    for (MemoryVm vm : vms) {
      for (Job job : world.catalogue.jobs().ofItem(vm.itemId(), 1_000, Optional.empty())) {
        ends.merge(job.status(), 1, Integer::sum);
      }
      // It is as good as ever, and its next point holds what the disks hold now.
      Job last = world.backUp(vm, 0);
      assertThat(last.status()).as("%s", last.error()).isEqualTo(JobStatus.COMPLETED);
      assertThat(world.restore(world.pointOf(last), "os")).isEqualTo(vm.get("os").bytes());
    }
    world.close();
  }

  private static void request(World world, MemoryVm vm, Random random) {
    try {
      Requested unused = world.tryRequest(vm, random.nextInt(3));
    } catch (Unavailable lost) {
      // The client was told to come back, and does not.
    }
  }

  private static void write(MemoryVm vm, Random random) {
    MemoryDisk disk = vm.get(random.nextInt(3) == 0 ? "lun0" : "os");
    int pages = disk.sizeBytes() / 512;
    int at = random.nextInt(pages);
    int length = 1 + random.nextInt(Math.min(40, pages - at));
    switch (random.nextInt(8)) {
      case 0 -> disk.discard(at * 512, length * 512);
      case 1 -> {
        if (disk.sizeBytes() < 4 * World.SEGMENT_BYTES) {
          disk.grow(disk.sizeBytes() + length * 512);
        }
      }
      default -> disk.scribble(random, at * 512, length * 512);
    }
  }

  private static void reconcile(World world, Random random) {
    world.advance(Duration.ofMinutes(random.nextInt(30)));
    try {
      world.reconcile();
    } catch (Unavailable lost) {
      // The timer comes again.
    }
  }

  private static void deliver(World world, Random random) {
    if (world.bag.isEmpty()) {
      return;
    }
    Message message = world.bag.takeAny(random);
    if (random.nextInt(40) == 0) {
      return;
    }
    if (random.nextInt(8) == 0) {
      world.bag.back(message, Duration.ofMinutes(random.nextInt(15)));
    }
    world.deliver(message);
  }

  /** Calls that fail, one in a hundred for each unit of the rate. */
  private static final class Faults {
    private final Random random;
    private volatile int rate;

    private Faults(World world, Random random) {
      // Chunks are moved by threads: they have a source of chance of their own.
      this.random = new Random(random.nextLong());
      world.tables.before((action, partition) -> maybe("tables " + action));
      world.tables.after((table, changes) -> maybe("answer of " + table));
      world.blobs.before((action, name) -> maybe("blobs " + action));
      world.disks.before((action, id) -> maybe("disks " + action));
    }

    private synchronized void maybe(String call) {
      if (random.nextInt(100) < rate) {
        throw random.nextBoolean()
            ? new Unavailable("injected: " + call)
            : new Unavailable("injected: " + call, Duration.ofSeconds(random.nextInt(60)), null);
      }
    }
  }
}
