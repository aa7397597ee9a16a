package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.DiskPlan.Decision;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.RecoveryPoint.PointDisk;
import io.holdfast.catalogue.Upkeep;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DigestAlgorithm;
import io.holdfast.vault.DiskManifest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pure decisions of a backup, each by its table. */
class DecisionsTest {
  private static final Instant NOW = Instant.parse("2026-03-02T10:00:00Z");
  private static final JobId JOB = JobId.of("item", NOW, "x");
  private static final long TIB = 1L << 40;
  private static final int CHUNK = 4096;
  private static final long SEGMENT = 1024L * CHUNK;

  // ---- where changes come from

  private static DiskSnapshot snapshot(boolean restorePoint, String family) {
    return new DiskSnapshot("os", "snapshot", restorePoint, "disk-1", family, 512);
  }

  private static RecoveryPoint point(
      JobId job, DiskSnapshot kept, long sizeBytes, Instant until, boolean published) {
    SnapshotSet set =
        new SnapshotSet(
            1, SnapshotMethod.RESTORE_POINT, "vm", "westeurope", "rg", "c", "n", null, List.of());
    return new RecoveryPoint(
        job.pointId(),
        job,
        "vm",
        NOW,
        Consistency.CRASH_CONSISTENT,
        Consistency.CRASH_CONSISTENT,
        null,
        List.of(new PointDisk("os", "os-disk", "disk-1", sizeBytes, "ab".repeat(32), kept)),
        List.of(),
        "cd".repeat(32),
        kept == null ? null : set,
        until,
        null,
        null,
        published);
  }

  @ParameterizedTest
  @CsvSource({
    // base, kept, restorePoint, family, size then, size now in GiB -> source
    "false, false, true, f, 0, 10, FULL",
    "true, false, true, f, 10, 10, COMPARE",
    "true, true, true, f, 10, 10, SNAPSHOT_DIFF",
    "true, true, true, f, 10, 20, SNAPSHOT_DIFF",
    "true, true, true, other, 10, 10, COMPARE",
    "true, true, false, f, 10, 10, COMPARE",
    "true, true, true, f, 4096, 4096, SNAPSHOT_DIFF",
    "true, true, true, f, 4096, 4097, COMPARE",
    "true, true, true, f, 4097, 8192, SNAPSHOT_DIFF",
    "true, true, true, f, 4097, 4096, COMPARE"
  })
  void the_first_way_that_applies_is_chosen(
      boolean base,
      boolean kept,
      boolean restorePoint,
      String family,
      long gibThen,
      long gibNow,
      ChangeSource expected) {
    Optional<RecoveryPoint> point =
        base
            ? Optional.of(
                point(JOB, kept ? snapshot(restorePoint, family) : null, gibThen << 30, null, true))
            : Optional.empty();

    Decision decision = ChangeChoice.choose(point, snapshot(true, "f"), gibNow << 30);

    assertThat(decision.changeSource()).isEqualTo(expected);
    assertThat(decision.sizeBytes()).isEqualTo(gibNow << 30);
    assertThat(decision.reason()).isNotBlank();
    assertThat(decision.base() != null).isEqualTo(expected != ChangeSource.FULL);
    assertThat(decision.baseRoot() != null).isEqualTo(expected != ChangeSource.FULL);
    assertThat(decision.baseSnapshot() != null).isEqualTo(expected == ChangeSource.SNAPSHOT_DIFF);
  }

  @Test
  void another_disk_of_the_same_name_is_no_base() {
    DiskSnapshot other = new DiskSnapshot("os", "snapshot", true, "disk-2", "f", 512);

    assertThat(
            ChangeChoice.choose(
                    Optional.of(point(JOB, snapshot(true, "f"), TIB, null, true)), other, TIB)
                .changeSource())
        .isEqualTo(ChangeSource.FULL);
  }

  // ---- a disk put together

  private static byte[] id(int number) {
    byte[] id = new byte[Lane.ID_BYTES];
    id[0] = 1;
    id[31] = (byte) number;
    return id;
  }

  private static DiskPlan plan(ChangeSource source, long sizeBytes, int lanes, int... segments) {
    BitSet bits = new BitSet();
    for (int segment : segments) {
      bits.set(segment);
    }
    Decision decision = new Decision(source, "why", "base", "ab".repeat(32), null, sizeBytes);
    return DiskPlan.open("os", 1).decided(decision).advanced(sizeBytes, bits, 0).sealed(lanes);
  }

  private static List<Lane> lanes(DiskPlan plan) {
    List<Lane> lanes = new ArrayList<>();
    for (int number = 0; number < plan.lanes(); number++) {
      Lane lane = Lane.fresh("os", 1, number);
      for (int segment : plan.segmentsOf(number)) {
        lane = lane.segmentDone(id(segment), new ByteCounts(1, 0, 0));
      }
      lanes.add(lane);
    }
    return lanes;
  }

  private static DiskManifest base(int segments) {
    List<Digest> ids = new ArrayList<>();
    for (int i = 0; i < segments; i++) {
      ids.add(Digest.of(id(100 + i)));
    }
    return new DiskManifest(DigestAlgorithm.SHA_256, CHUNK, segments * SEGMENT, 512, ids);
  }

  private static List<Digest> assembled(DiskPlan plan, List<Lane> lanes, DiskManifest base) {
    return DiskAssembly.manifest(
            plan, lanes, Optional.ofNullable(base), DigestAlgorithm.SHA_256, CHUNK, 512)
        .segments();
  }

  @Test
  void under_a_diff_a_segment_that_did_not_change_is_the_base_s() {
    DiskPlan plan = plan(ChangeSource.SNAPSHOT_DIFF, 4 * SEGMENT, 2, 1, 2);

    assertThat(assembled(plan, lanes(plan), base(4)))
        .containsExactly(
            Digest.of(id(100)), Digest.of(id(1)), Digest.of(id(2)), Digest.of(id(103)));
  }

  @ParameterizedTest
  @CsvSource({"COMPARE", "FULL"})
  void otherwise_a_segment_that_was_not_moved_is_zeros(ChangeSource source) {
    DiskPlan plan = plan(source, 4 * SEGMENT, 2, 1, 2);

    assertThat(assembled(plan, lanes(plan), base(4)))
        .containsExactly(Digest.ZERO, Digest.of(id(1)), Digest.of(id(2)), Digest.ZERO);
  }

  @Test
  void what_a_disk_grew_by_is_zeros_where_nothing_was_written() {
    DiskPlan plan = plan(ChangeSource.SNAPSHOT_DIFF, 3 * SEGMENT + 512, 1, 3);

    assertThat(assembled(plan, lanes(plan), base(2)))
        .containsExactly(Digest.of(id(100)), Digest.of(id(101)), Digest.ZERO, Digest.of(id(3)));
  }

  @Test
  void a_disk_that_shrank_keeps_its_own_size() {
    DiskPlan plan = plan(ChangeSource.SNAPSHOT_DIFF, SEGMENT, 0);

    assertThat(assembled(plan, List.of(), base(4))).containsExactly(Digest.of(id(100)));
  }

  @Test
  void a_segment_that_had_to_be_moved_and_has_no_result_fails() {
    DiskPlan plan = plan(ChangeSource.FULL, 4 * SEGMENT, 2, 0, 1, 2);
    List<Lane> complete = lanes(plan);
    Lane behind = Lane.fresh("os", 1, 0).segmentDone(id(0), ByteCounts.ZERO);

    assertThatThrownBy(() -> assembled(plan, List.of(behind, complete.get(1)), null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lane 0 of disk os has done 1 of 2");
    assertThatThrownBy(() -> assembled(plan, complete.subList(0, 1), null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("lane 1 of disk os is missing");
    Lane otherPlan = new Lane("os", 2, 1, 0, new byte[0], id(1), ByteCounts.ZERO);
    assertThatThrownBy(() -> assembled(plan, List.of(complete.get(0), otherPlan), null))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_segment_past_the_disk_s_end_fails() {
    DiskPlan plan = plan(ChangeSource.FULL, SEGMENT, 1, 1);

    assertThatThrownBy(() -> assembled(plan, lanes(plan), null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("moves segment 1, but the disk has 1");
  }

  @Test
  void a_diff_without_its_base_is_a_defect() {
    DiskPlan plan = plan(ChangeSource.SNAPSHOT_DIFF, 2 * SEGMENT, 1, 1);

    assertThatThrownBy(() -> assembled(plan, lanes(plan), null)).isInstanceOf(Exception.class);
  }

  @Test
  void the_counts_of_a_disk_are_those_of_its_lanes() {
    DiskPlan plan = plan(ChangeSource.FULL, 4 * SEGMENT, 2, 0, 1, 2);

    assertThat(DiskAssembly.counts(plan, lanes(plan))).isEqualTo(new ByteCounts(3, 0, 0));
  }

  // ---- which snapshots stay

  @ParameterizedTest
  @CsvSource({
    // has snapshot, days left (none: null), newer published, newer unpublished -> stays
    "false, 5, false, false, false",
    "true, 5, false, false, true",
    "true, 5, true, false, true",
    "true, -1, false, false, true",
    "true, -1, true, false, false",
    "true, -1, false, true, true",
    "true, , true, false, false",
    "true, , false, false, true"
  })
  void a_snapshot_stays_until_its_day_and_the_newest_until_there_is_a_newer_point(
      boolean has, Integer daysLeft, boolean published, boolean unpublished, boolean stays) {
    Instant until = daysLeft == null ? null : NOW.plus(Duration.ofDays(daysLeft));
    RecoveryPoint point = point(JOB, has ? snapshot(true, "f") : null, TIB, until, true);
    List<RecoveryPoint> newer = new ArrayList<>();
    if (published) {
      newer.add(point(JobId.of("item", NOW.plusSeconds(1), "x"), null, TIB, null, true));
    }
    if (unpublished) {
      newer.add(point(JobId.of("item", NOW.plusSeconds(2), "x"), null, TIB, null, false));
    }

    assertThat(KeptSnapshots.keeps(point, Collections.unmodifiableList(newer), Upkeep.NONE, NOW))
        .isEqualTo(stays);
  }

  // ---- deadlines

  private static Job job(Duration deadline) {
    return Job.queued(JOB, new Request(null, null, 0, null), "vm", "vm", NOW, NOW.plus(deadline));
  }

  private static Instant raised(ChangeSource source, long bytes, Duration deadline) {
    Decision decision = new Decision(source, "", null, null, null, bytes);
    DiskPlan plan = DiskPlan.open("os", 1).decided(decision).advanced(bytes, new BitSet(), bytes);
    return Deadlines.raised(job(deadline), plan, Limits.DEFAULT);
  }

  @Test
  void whoever_has_to_read_much_is_given_the_time_for_it() {
    Duration day = Duration.ofHours(24);

    assertThat(raised(ChangeSource.FULL, 64L << 30, day)).isEqualTo(NOW.plus(day));
    assertThat(raised(ChangeSource.COMPARE, 4 * TIB, day))
        .as("4 TiB at 30 MiB/s")
        .isEqualTo(NOW.plusSeconds(139_810));
    assertThat(raised(ChangeSource.SNAPSHOT_DIFF, 4 * TIB, day)).isEqualTo(NOW.plus(day));
    assertThat(raised(ChangeSource.FULL, 64 * TIB, day))
        .as("never more than 14 days")
        .isEqualTo(NOW.plus(Duration.ofDays(14)));
    assertThat(raised(ChangeSource.FULL, 1, Duration.ofDays(3)))
        .as("never sooner than it was")
        .isEqualTo(NOW.plus(Duration.ofDays(3)));
  }

  @Test
  void an_access_lasts_no_longer_than_the_job_may() {
    assertThat(Deadlines.accessFor(job(Duration.ofHours(24)), NOW.plus(Duration.ofHours(4))))
        .isEqualTo(Duration.ofHours(20));
  }

  @Test
  void looks_become_rarer_up_to_a_bound() {
    List<Long> millis = new ArrayList<>();
    for (int look : List.of(0, 2, 3, 6, 9, 15, 18, 1_000)) {
      millis.add(Limits.DEFAULT.lookDelay(look).toMillis());
    }

    assertThat(millis).containsExactly(250L, 250L, 500L, 1_000L, 2_000L, 8_000L, 10_000L, 10_000L);
  }
}
