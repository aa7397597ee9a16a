package io.holdfast.backup;

import io.holdfast.catalogue.RecoveryPoint;
import java.time.Instant;
import java.util.List;

/**
 * Which points' snapshots stay. The one function that everyone who removes snapshots asks. Pure.
 */
final class KeptSnapshots {
  private KeptSnapshots() {}

  /**
   * Whether a point's snapshots stay.
   *
   * @param point a point that has snapshots
   * @param newerPoints the item's newer points that the vault has
   */
  static boolean keeps(RecoveryPoint point, List<RecoveryPoint> newerPoints, Instant now) {
    if (point.snapshot() == null) {
      return false;
    }
    boolean dayIsOver = point.snapshotUntil() == null || now.isAfter(point.snapshotUntil());
    // The newest one is what the next backup compares with, so it outlives its day.
    boolean newest = newerPoints.stream().noneMatch(RecoveryPoint::published);
    return !dayIsOver || newest;
  }
}
