package io.holdfast.backup;

import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Upkeep;
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
   * @param newerPoints the item's newer points
   * @param upkeep what the last look at the item's points found
   */
  static boolean keeps(
      RecoveryPoint point, List<RecoveryPoint> newerPoints, Upkeep upkeep, Instant now) {
    if (point.snapshot() == null || point.lifecycle().state() != Lifecycle.State.AVAILABLE) {
      return false;
    }
    boolean dayIsOver = point.snapshotUntil() == null || now.isAfter(point.snapshotUntil());
    // The newest one is what the next backup compares with, so it outlives its day, unless no
    // backup is to be expected any more.
    boolean newest = newerPoints.stream().noneMatch(RecoveryPoint::available);
    return !dayIsOver || (newest && upkeep.needsBase(point, now));
  }
}
