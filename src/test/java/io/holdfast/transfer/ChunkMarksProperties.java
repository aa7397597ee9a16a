package io.holdfast.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Extent;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Chunks from ranges, against a model that looks at each page, whatever answers bring them. */
class ChunkMarksProperties {
  private static final int PAGE = Extent.PAGE_BYTES;
  private static final int CHUNK_PAGES = 4;
  private static final int CHUNK = CHUNK_PAGES * PAGE;
  private static final int SEGMENT_CHUNKS = 8;

  /** What each page is: 0 not named, 1 data, 2 clear. */
  private static int[] pages(Random random) {
    int[] pages = new int[1 + random.nextInt(3 * SEGMENT_CHUNKS * CHUNK_PAGES)];
    int at = 0;
    while (at < pages.length) {
      int kind = random.nextInt(3);
      int run = 1 + random.nextInt(random.nextInt(4) == 0 ? 40 : 5);
      for (int i = 0; i < run && at < pages.length; i++) {
        pages[at++] = kind;
      }
    }
    return pages;
  }

  /** Chunk of the disk to whether it is read. */
  private static TreeMap<Integer, Boolean> model(int[] pages) {
    TreeMap<Integer, Boolean> chunks = new TreeMap<>();
    for (int chunk = 0; chunk * CHUNK_PAGES < pages.length; chunk++) {
      boolean named = false;
      boolean allClear = true;
      boolean data = false;
      for (int i = chunk * CHUNK_PAGES;
          i < Math.min(pages.length, (chunk + 1) * CHUNK_PAGES);
          i++) {
        named |= pages[i] != 0;
        allClear &= pages[i] == 2;
        data |= pages[i] == 1;
      }
      if (named) {
        chunks.put(chunk, data || !allClear);
      }
    }
    return chunks;
  }

  /** The ranges of a window, now and then split. */
  private static List<Extent> extents(int[] pages, int from, int to, Random random) {
    List<Extent> extents = new ArrayList<>();
    int at = from;
    while (at < to) {
      int end = at + 1;
      while (end < to && pages[end] == pages[at] && random.nextInt(10) != 0) {
        end++;
      }
      if (pages[at] != 0) {
        extents.add(new Extent((long) at * PAGE, (long) (end - at) * PAGE, pages[at] == 2));
      }
      at = end;
    }
    return extents;
  }

  private static SegmentGrid grid(int[] pages) {
    return new SegmentGrid((long) pages.length * PAGE, CHUNK, SEGMENT_CHUNKS);
  }

  private static ChunkMarks.Chunks into(TreeMap<Integer, Boolean> chunks) {
    return (segment, chunk, data) -> {
      int number = segment * SEGMENT_CHUNKS + chunk;
      assertThat(chunks.isEmpty() || chunks.lastKey() < number).as("in order, once").isTrue();
      chunks.put(number, data);
    };
  }

  @Test
  void ranges_in_answers_of_any_size_mark_what_the_pages_say() {
    for (int seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      int[] pages = pages(random);
      SegmentGrid grid = grid(pages);
      TreeMap<Integer, Boolean> chunks = new TreeMap<>();
      ChunkMarks marks = new ChunkMarks(grid, 0, grid.sizeBytes(), into(chunks));
      int at = 0;
      while (at < pages.length) {
        int to = Math.min(pages.length, at + 1 + random.nextInt(20));
        extents(pages, at, to, random).forEach(marks::take);
        long settled = marks.listed((long) to * PAGE);
        assertThat(settled)
            .as("seed %d", seed)
            .isEqualTo(to == pages.length ? grid.sizeBytes() : to / CHUNK_PAGES * (long) CHUNK);
        at = to;
      }

      assertThat(chunks).as("seed %d", seed).isEqualTo(model(pages));
    }
  }

  /** Each visit ends somewhere, maybe in a chunk, and the next one has marks of its own. */
  @Test
  void a_walk_in_visits_marks_the_same() {
    for (int seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      int[] pages = pages(random);
      SegmentGrid grid = grid(pages);
      TreeMap<Integer, Boolean> chunks = new TreeMap<>();
      long cursor = 0;
      while (cursor < grid.sizeBytes()) {
        ChunkMarks marks = new ChunkMarks(grid, cursor, grid.sizeBytes(), into(chunks));
        int at = (int) (cursor / PAGE);
        long settled = cursor;
        while (settled == cursor || (settled < grid.sizeBytes() && random.nextInt(3) != 0)) {
          int to = Math.min(pages.length, at + 1 + random.nextInt(9));
          extents(pages, at, to, random).forEach(marks::take);
          at = to;
          settled = marks.listed((long) to * PAGE);
        }
        cursor = settled;
      }

      assertThat(chunks).as("seed %d", seed).isEqualTo(model(pages));
    }
  }

  @Test
  void ranges_out_of_order_or_out_of_bounds_are_refused() {
    SegmentGrid grid = new SegmentGrid(10L * CHUNK, CHUNK, SEGMENT_CHUNKS);
    ChunkMarks marks = new ChunkMarks(grid, CHUNK, 2L * CHUNK, (segment, chunk, data) -> {});

    assertThatThrownBy(() -> marks.take(new Extent(0, PAGE, false)))
        .as("before the start")
        .isInstanceOf(IllegalStateException.class);
    marks.take(new Extent(CHUNK, 2 * PAGE, false));
    assertThatThrownBy(() -> marks.take(new Extent(CHUNK + PAGE, PAGE, false)))
        .as("overlapping")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("range 2560+512 after offset 3072");
    assertThatThrownBy(() -> marks.take(new Extent(2L * CHUNK - PAGE, 2 * PAGE, false)))
        .as("past the end")
        .isInstanceOf(IllegalStateException.class);
  }
}
