package io.holdfast.fake;

import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Surroundings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** What stands for Azure in a {@link World}. */
interface Cloud {
  /** When the world begins. */
  Instant start();

  Disks disks();

  Surroundings surroundings();

  /** Time goes on. */
  void advance(Duration by);

  /** What a snapshot, which is there, holds. */
  byte[] heldBy(DiskSnapshot snapshot);

  /**
   * Fails where Holdfast left more than the snapshot sets of these names, or an access.
   *
   * @param kept by recovery points
   */
  void assertNothingLeftBut(List<String> kept);
}
