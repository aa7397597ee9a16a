package io.holdfast.azure;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SetState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Sets of a restore point and single snapshots of the disks that it cannot hold. Pure. */
final class MixedSets {
  private MixedSets() {}

  /**
   * What a whole set is, given its two halves: no better than the worse of them. Its time is that
   * of the last part, so that one which was made anew shows.
   */
  static SetState joined(SetState point, SetState singles) {
    for (SetState half : List.of(point, singles)) {
      if (half instanceof SetState.Missing || half instanceof SetState.Failed) {
        return half;
      }
    }
    if (!(point instanceof SetState.Ready first) || !(singles instanceof SetState.Ready second)) {
      return new SetState.Pending();
    }
    List<DiskSnapshot> all = new ArrayList<>(first.snapshots());
    all.addAll(second.snapshots());
    Instant time = first.time().isAfter(second.time()) ? first.time() : second.time();
    return new SetState.Ready(time, Consistency.CRASH_CONSISTENT, all);
  }
}
