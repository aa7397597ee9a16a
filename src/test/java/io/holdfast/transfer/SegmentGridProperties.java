package io.holdfast.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.Extent;
import io.holdfast.testing.ChangeLists;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ranges to chunks, against counting page by page. */
class SegmentGridProperties {
  private static final int PAGE = Extent.PAGE_BYTES;
  private static final int CHUNK = 8 * PAGE;
  private static final int CHUNKS = 16;

  @Test
  void chunks_are_read_where_a_page_is_data_and_cleared_where_all_pages_are_clear() {
    for (int seed = 0; seed < 3_000; seed++) {
      Random random = new Random(seed);
      int pages = 1 + random.nextInt(3 * CHUNKS * CHUNK / PAGE);
      SegmentGrid grid = new SegmentGrid((long) pages * PAGE, CHUNK, CHUNKS);
      // 0: not named; 1: data; 2: clear.
      int[] kinds = kinds(random, pages);
      List<Extent> all = extents(kinds);

      assertThat(grid.segments()).isEqualTo((pages * PAGE + CHUNK * CHUNKS - 1) / (CHUNK * CHUNKS));
      long covered = 0;
      for (int segment = 0; segment < grid.segments(); segment++) {
        long start = grid.start(segment);
        covered += grid.length(segment);
        SegmentGrid.Touched touched =
            touched(grid, segment, ChangeLists.clipped(all, start, start + grid.length(segment)));
        BitSet read = new BitSet();
        BitSet cleared = new BitSet();
        long bytes = count(kinds, segment, read, cleared);

        assertThat(touched.read()).as("seed %d read", seed).isEqualTo(read);
        assertThat(touched.cleared()).as("seed %d cleared", seed).isEqualTo(cleared);
        assertThat(grid.bytes(segment, read)).as("seed %d bytes", seed).isEqualTo(bytes);
        BitSet either = (BitSet) read.clone();
        either.or(cleared);
        assertThat(touched.all()).isEqualTo(either);
      }
      assertThat(covered).isEqualTo((long) pages * PAGE);
    }
  }

  private static SegmentGrid.Touched touched(SegmentGrid grid, int segment, List<Extent> extents) {
    SegmentGrid.Marks marks = grid.marks(segment);
    extents.forEach(marks::take);
    return marks.touched();
  }

  private static int[] kinds(Random random, int pages) {
    int[] kinds = new int[pages];
    int at = 0;
    while (at < pages) {
      int kind = random.nextInt(3);
      int length = 1 + random.nextInt(random.nextBoolean() ? 4 : 40);
      for (int i = 0; i < length && at < pages; i++) {
        kinds[at++] = kind;
      }
    }
    return kinds;
  }

  private static List<Extent> extents(int[] kinds) {
    List<Extent> extents = new ArrayList<>();
    int at = 0;
    while (at < kinds.length) {
      int end = at;
      while (end < kinds.length && kinds[end] == kinds[at]) {
        end++;
      }
      if (kinds[at] != 0) {
        extents.add(new Extent((long) at * PAGE, (long) (end - at) * PAGE, kinds[at] == 2));
      }
      at = end;
    }
    return extents;
  }

  /**
   * Page by page.
   *
   * @return bytes of the chunks to read
   */
  private static long count(int[] kinds, int segment, BitSet read, BitSet cleared) {
    long bytes = 0;
    int chunkPages = CHUNK / PAGE;
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      int first = (segment * CHUNKS + chunk) * chunkPages;
      int last = Math.min(kinds.length, first + chunkPages);
      boolean data = false;
      boolean clear = false;
      boolean allClear = true;
      for (int page = first; page < last; page++) {
        data |= kinds[page] == 1;
        clear |= kinds[page] == 2;
        allClear &= kinds[page] == 2;
      }
      if (data || (clear && !allClear)) {
        read.set(chunk);
        bytes += (long) (last - first) * PAGE;
      } else if (clear) {
        cleared.set(chunk);
      }
    }
    return bytes;
  }

  @Test
  void the_last_chunk_of_a_disk_is_as_long_as_the_disk() {
    SegmentGrid grid = new SegmentGrid(CHUNK * CHUNKS + CHUNK + PAGE, CHUNK, CHUNKS);

    assertThat(grid.segments()).isEqualTo(2);
    assertThat(grid.chunkLength(1, 0)).isEqualTo(CHUNK);
    assertThat(grid.chunkLength(1, 1)).isEqualTo(PAGE);
    assertThat(grid.chunkLength(1, 2)).isZero();
    assertThat(touched(grid, 1, List.of(new Extent(CHUNK * CHUNKS + CHUNK, PAGE, true))).cleared())
        .as("cleared to the disk's end")
        .isEqualTo(BitSet.valueOf(new long[] {0b10}));
  }

  /** 32 TiB in chunks of 4 MiB: no sum overflows. */
  @Test
  void the_largest_disk_has_8192_segments() {
    SegmentGrid grid = new SegmentGrid(32L << 40, 4 << 20, 1024);
    long last = (32L << 40) - PAGE;

    assertThat(grid.segments()).isEqualTo(8_192);
    assertThat(grid.length(8_191)).isEqualTo(4L << 30);
    assertThat(touched(grid, 8_191, List.of(new Extent(last, PAGE, false))).read().length())
        .isEqualTo(1024);
    assertThat(grid.bytes(8_191, all())).isEqualTo(4L << 30);
  }

  private static BitSet all() {
    BitSet all = new BitSet();
    all.set(0, 1024);
    return all;
  }
}
