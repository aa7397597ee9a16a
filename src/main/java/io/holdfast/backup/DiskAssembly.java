package io.holdfast.backup;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Lane;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DigestAlgorithm;
import io.holdfast.vault.DiskManifest;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** Puts one disk together: what its lanes moved, over what its base holds. Pure. */
final class DiskAssembly {
  private DiskAssembly() {}

  /**
   * The disk's manifest. A segment is the base's only under {@code SnapshotDiff}, and only where
   * its bit is clear; under {@code Compare} and {@code Full} a clear bit is the zero segment.
   *
   * @param lanes all lanes of the plan
   * @param base the base's manifest; needed under {@code SnapshotDiff}
   * @throws IllegalStateException when a segment that had to be moved has no result
   */
  static DiskManifest manifest(
      DiskPlan plan,
      List<Lane> lanes,
      Optional<DiskManifest> base,
      DigestAlgorithm algorithm,
      int chunkBytes,
      int logicalSectorBytes) {
    long sizeBytes = plan.decision().sizeBytes();
    int count = DiskManifest.segmentCount(sizeBytes, chunkBytes);
    BitSet moved = plan.segments();
    if (moved.length() > count) {
      throw new IllegalStateException(
          "plan of disk %s moves segment %d, but the disk has %d"
              .formatted(plan.disk(), moved.length() - 1, count));
    }
    boolean diff = plan.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF;
    Digest[] segments = new Digest[count];
    for (int segment = 0; segment < count; segment++) {
      if (!moved.get(segment)) {
        segments[segment] = diff ? base.orElseThrow().segment(segment) : Digest.ZERO;
      }
    }
    for (int number = 0; number < plan.lanes(); number++) {
      Lane lane = laneOf(plan, lanes, number);
      int[] own = plan.segmentsOf(number);
      if (lane.place() != own.length || lane.done().length != own.length * Lane.ID_BYTES) {
        throw new IllegalStateException(
            "lane %d of disk %s has done %d of %d segments"
                .formatted(number, plan.disk(), lane.place(), own.length));
      }
      for (int place = 0; place < own.length; place++) {
        segments[own[place]] = Digest.of(lane.doneId(place));
      }
    }
    List<Digest> complete = new ArrayList<>(count);
    for (int segment = 0; segment < count; segment++) {
      if (segments[segment] == null) {
        throw new IllegalStateException(
            "segment %d of disk %s has no result".formatted(segment, plan.disk()));
      }
      complete.add(segments[segment]);
    }
    return new DiskManifest(algorithm, chunkBytes, sizeBytes, logicalSectorBytes, complete);
  }

  /** What all lanes of a plan did. */
  static ByteCounts counts(DiskPlan plan, List<Lane> lanes) {
    ByteCounts counts = ByteCounts.ZERO;
    for (int number = 0; number < plan.lanes(); number++) {
      counts = counts.plus(laneOf(plan, lanes, number).counts());
    }
    return counts;
  }

  private static Lane laneOf(DiskPlan plan, List<Lane> lanes, int number) {
    return lanes.stream()
        .filter(
            lane ->
                lane.disk().equals(plan.disk())
                    && lane.plan() == plan.number()
                    && lane.lane() == number)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "lane %d of disk %s is missing".formatted(number, plan.disk())));
  }
}
