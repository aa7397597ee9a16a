package io.holdfast.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** How the segments of a plan fall on its lanes, and a lane's cursor. */
class DiskPlanTest {
  @Test
  void the_lanes_of_a_plan_share_its_segments_and_each_has_its_own() {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      BitSet segments = new BitSet();
      int size = random.nextInt(60);
      for (int i = 0; i < size; i++) {
        segments.set(random.nextInt(100));
      }
      int lanes = 1 + random.nextInt(6);
      DiskPlan plan = DiskPlan.open("os", 1).advanced(0, segments, 0).sealed(lanes);

      List<Integer> all = new ArrayList<>();
      int largest = 0;
      int smallest = Integer.MAX_VALUE;
      for (int lane = 0; lane < lanes; lane++) {
        int[] own = plan.segmentsOf(lane);
        assertThat(own).isSorted();
        for (int segment : own) {
          all.add(segment);
        }
        largest = Math.max(largest, own.length);
        smallest = Math.min(smallest, own.length);
      }

      assertThat(all)
          .containsExactlyInAnyOrderElementsOf(segments.stream().boxed().toList())
          .doesNotHaveDuplicates();
      assertThat(largest - smallest).isLessThanOrEqualTo(1);
      assertThat(plan.segments()).isEqualTo(segments);
    }
  }

  @Test
  void lane_k_of_n_has_the_set_bits_k_modulo_n() {
    BitSet segments = BitSet.valueOf(new long[] {0b1011_0110});
    DiskPlan plan = DiskPlan.open("os", 1).advanced(0, segments, 0).sealed(2);

    assertThat(plan.segmentsOf(0)).containsExactly(1, 4, 7);
    assertThat(plan.segmentsOf(1)).containsExactly(2, 5);
  }

  @Test
  void a_cursor_says_the_segment_in_hand_and_its_chunk_and_only_grows() {
    byte[] ids = new byte[64];
    byte[] id = new byte[Lane.ID_BYTES];
    id[31] = 7;
    Lane fresh = Lane.fresh("os", 1, 0);
    Lane inHand = fresh.atChunk(1024, ids, new ByteCounts(1, 2, 3));
    Lane done = inHand.segmentDone(id, new ByteCounts(10, 20, 30));
    Lane next = done.atChunk(5, ids, ByteCounts.ZERO);

    assertThat(List.of(fresh.place(), fresh.chunk())).containsExactly(0, 0);
    assertThat(List.of(inHand.place(), inHand.chunk())).containsExactly(0, 1024);
    assertThat(List.of(done.place(), done.chunk())).containsExactly(1, 0);
    assertThat(List.of(next.place(), next.chunk())).containsExactly(1, 5);
    assertThat(List.of(fresh.cursor(), inHand.cursor(), done.cursor(), next.cursor())).isSorted();
    assertThat(done.inHand()).isEmpty();
    assertThat(done.doneId(0)).isEqualTo(id);
    assertThat(done.counts()).isEqualTo(new ByteCounts(11, 22, 33));
  }

  /** The largest disk: 32 TiB are 8,192 segments, 2,048 a lane: 64 KiB of ids. */
  @Test
  void the_rows_of_the_largest_disk_fit_the_service() {
    io.holdfast.fake.MemoryTables tables =
        new io.holdfast.fake.MemoryTables(() -> java.time.Instant.EPOCH);
    WorkRows work = Catalogue.over(tables).work();
    JobId job = JobId.of("item", java.time.Instant.EPOCH, "x");
    BitSet segments = new BitSet();
    segments.set(0, 8_192);
    DiskPlan open = DiskPlan.open("os", 1);
    assertThat(tables.commit(Tables.CATALOGUE, List.of(work.openPlanning(job, open)))).isTrue();
    Versioned<DiskPlan> planning = work.planning(job, "os").orElseThrow();
    DiskPlan sealed = open.advanced(32L << 40, segments, 32L << 40).sealed(4);
    assertThat(tables.commit(Tables.CATALOGUE, work.seal(job, planning, sealed))).isTrue();
    Lane lane = work.lane(job, "os", 1, 0).orElseThrow().value();
    byte[] id = new byte[Lane.ID_BYTES];
    new Random(1).nextBytes(id);
    for (int i = 0; i < 2_048; i++) {
      lane = lane.segmentDone(id, ByteCounts.ZERO);
    }
    lane = lane.atChunk(1, new byte[1_024 * Lane.ID_BYTES], ByteCounts.ZERO);

    assertThat(work.progress(job, work.lane(job, "os", 1, 0).orElseThrow(), lane, false)).isTrue();

    Lane read = work.lane(job, "os", 1, 0).orElseThrow().value();
    assertThat(read.done()).isEqualTo(lane.done());
    assertThat(read.inHand()).hasSize(1_024 * Lane.ID_BYTES);
    assertThat(read.cursor()).isEqualTo(lane.cursor());
    assertThat(work.sealed(job, "os").orElseThrow().segments()).isEqualTo(segments);
  }
}
