package io.holdfast.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Surroundings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Azure in memory, whose clock is the world's. */
record MemoryCloud(MemoryDisks azure, Instant start) implements Cloud {
  @Override
  public Disks disks() {
    return azure;
  }

  @Override
  public Surroundings surroundings() {
    return azure.surroundings();
  }

  @Override
  public void advance(Duration by) {
    // It reads the world's clock.
  }

  @Override
  public byte[] heldBy(DiskSnapshot snapshot) {
    return azure.heldBy(snapshot).bytes();
  }

  @Override
  public void assertNothingLeftBut(List<String> kept) {
    assertThat(azure.grants()).as("accesses").isEmpty();
    assertThat(azure.removalsWithAccess()).as("removals while there was access").isZero();
    assertThat(azure.left()).as("snapshots").containsExactlyInAnyOrderElementsOf(kept);
  }
}
