package io.holdfast.fake;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.azure.SimulatedAzure;
import io.holdfast.disk.Allowance;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Surroundings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The app's own adapter of Azure, over the compute simulator. */
final class SimulatedCloud implements Cloud {
  private final SimulatedAzure azure;
  private final Disks disks;
  private final Surroundings surroundings;
  private final Instant start;

  /** What each snapshot held when it was there last: a release removes it before its job ends. */
  private final Map<String, byte[]> held = new HashMap<>();

  private final Set<String> deletedByHand = new HashSet<>();

  SimulatedCloud(SimulatedAzure azure) {
    this.azure = azure;
    this.disks = azure.clients().disks(azure.simulator.baseUrl(), Allowance.UNLIMITED);
    this.surroundings =
        azure.clients().surroundings(azure.simulator.baseUrl(), Allowance.UNLIMITED);
    this.start = Instant.now();
  }

  /** Someone deleted a set: a point that keeps it does not know. */
  void deletedByHand(String set) {
    deletedByHand.add(set);
  }

  @Override
  public Instant start() {
    return start;
  }

  @Override
  public Disks disks() {
    return disks;
  }

  @Override
  public Surroundings surroundings() {
    return surroundings;
  }

  /** The simulator's clock is ahead by the real time that a test takes. */
  @Override
  public void advance(Duration by) {
    if (by.compareTo(Duration.ZERO) > 0) {
      azure.advance(by);
    }
  }

  @Override
  public byte[] heldBy(DiskSnapshot snapshot) {
    String key = snapshot.content() + " " + snapshot.id();
    azure.copy(snapshot).ifPresent(bytes -> held.put(key, bytes));
    return held.get(key);
  }

  @Override
  public void assertNothingLeftBut(List<String> kept) {
    JsonNode left = azure.leftovers();
    assertThat(left.path("grants")).as("accesses").isEmpty();
    TreeSet<String> sets = new TreeSet<>();
    for (String id : made(left)) {
      String name = ArmId.nameOf(id);
      sets.add(kept.stream().filter(set -> isOf(name, set)).findFirst().orElse(id));
    }
    Set<String> expected = new TreeSet<>(kept);
    expected.removeAll(deletedByHand);
    assertThat(sets).as("snapshots").containsExactlyInAnyOrderElementsOf(expected);
  }

  private static boolean isOf(String name, String set) {
    return name.equals(set) || name.startsWith(set + "-");
  }

  private static List<String> made(JsonNode left) {
    List<String> ids = new ArrayList<>();
    left.path("snapshots").forEach(id -> ids.add(id.asText()));
    left.path("restorePoints").forEach(id -> ids.add(id.asText()));
    return ids;
  }
}
