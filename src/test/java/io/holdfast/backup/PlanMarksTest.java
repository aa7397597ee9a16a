package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.DiskPlan;
import io.holdfast.disk.ChangeList;
import io.holdfast.disk.Extent;
import io.holdfast.transfer.SegmentGrid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A synthetic disk of 32 TiB with ten million ranges. */
class PlanMarksTest {
  private static final long RANGES = 10_000_000;
  private static final int ANSWER = 7_500;
  private static final int CHUNK = 4 << 20;

  /** The first half of the disk has them all, a page each; every second is a clear one. */
  private static final long STRIDE = (16L << 40) / RANGES / 512 * 512;

  private static final SegmentGrid GRID = new SegmentGrid(32L << 40, CHUNK, 1024);
  private static final long RETAINED_MAX = 8L << 20;

  private long handed;

  private long answer(long offset, long length, io.holdfast.disk.Extents into) {
    long number = (offset + STRIDE - 1) / STRIDE;
    long last = Math.min(RANGES, number + ANSWER);
    for (; number < last; number++) {
      into.take(new Extent(number * STRIDE, 512, number % 2 == 1));
      handed++;
    }
    return number == RANGES ? offset + length : (number - 1) * STRIDE + 512;
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  @Timeout(60)
  void ten_million_ranges_are_planned_in_the_memory_of_one_answer() throws Exception {
    ChangeList list = this::answer;
    long before = used();
    long mostUsed = 0;
    DiskPlan plan = DiskPlan.open("os", 1);
    int visits = 0;
    // Visits of 200 answers, each with marks of its own, as the steps make them.
    while (plan.cursorBytes() < GRID.sizeBytes()) {
      PlanMarks marks = new PlanMarks(GRID, plan);
      long at = plan.cursorBytes();
      for (int answers = 0; answers < 200 && at < GRID.sizeBytes(); answers++) {
        at = list.step(at, GRID.sizeBytes() - at, marks);
        marks.listed(at);
      }
      mostUsed = Math.max(mostUsed, used());
      plan = marks.plan();
      visits++;
    }

    assertThat(visits).isBetween(6, 10);
    assertThat(handed).isBetween(RANGES, RANGES + 1_000L * visits);
    assertThat(mostUsed - before).as("bytes held").isLessThan(RETAINED_MAX);
    // Every chunk of 4 MiB of the first half has a range that is not all of it.
    long touched = (RANGES - 1) * STRIDE / CHUNK + 1;
    assertThat(plan.bytesTotal()).isEqualTo(touched * CHUNK);
    assertThat(plan.segments().cardinality()).isEqualTo((int) ((touched + 1023) / 1024));
    assertThat(plan.segments().length()).isEqualTo(plan.segments().cardinality());
    assertThat(plan.bitmap().length).isLessThanOrEqualTo(8192 / 8);
  }
}
