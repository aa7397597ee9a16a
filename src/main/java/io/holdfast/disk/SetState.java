package io.holdfast.disk;

import java.time.Instant;
import java.util.List;

/** What one look at a snapshot set found. */
public sealed interface SetState {
  /** Azure is still at it. */
  record Pending() implements SetState {}

  /**
   * The set is there.
   *
   * @param time the instant that the set holds, as Azure says
   * @param achieved what Azure says was achieved, which may be less than was asked for
   */
  record Ready(Instant time, Consistency achieved, List<DiskSnapshot> snapshots)
      implements SetState {
    public Ready {
      snapshots = List.copyOf(snapshots);
    }
  }

  /**
   * This rung did not work.
   *
   * @param code Azure's code
   * @param message Azure's text
   */
  record Failed(String code, String message) implements SetState {}

  /** There is no such set, though it was asked for: the call was lost, or someone removed it. */
  record Missing() implements SetState {}
}
