package io.holdfast.fake;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.azure.SimulatedAzure;
import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Protection;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.DiskSnapshot;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * A {@link World} whose Azure is the app's own adapter over the compute simulator. Its end checks
 * that every point is what its snapshot held, that nothing is left in the simulator, and that what
 * was asked and answered is as Azure's specifications say.
 */
public final class SimulatedWorld implements AutoCloseable {
  public final SimulatedAzure azure;
  public final World world;
  private final SimulatedCloud cloud;
  private final Map<String, SimulatedVm> vms = new TreeMap<>();

  /**
   * @param folder of the simulator
   */
  public SimulatedWorld(Path folder) {
    try {
      azure = SimulatedAzure.plain(folder);
    } catch (Exception e) {
      throw new AssertionError("the simulator did not start", e);
    }
    cloud = new SimulatedCloud(azure);
    world = new World(World.LIMITS, cloud);
  }

  // ---- what a test does

  /** A VM with data at the start and the end of its disks: 4 MiB and 512 bytes, and 1 MiB. */
  public SimulatedVm vm(String name) {
    return vms.computeIfAbsent(name, unused -> new SimulatedVm(azure, name));
  }

  /** A setting of the simulator or a resource. */
  public void put(String path, String body) {
    JsonNode unused = azure.call("PUT", path, body);
  }

  public void post(String path, String body) {
    JsonNode unused = azure.call("POST", path, body);
  }

  /** Answers requests of this operation so, that many times. */
  public void fault(String operation, int times, String action) {
    fault(operation, 0, times, action);
  }

  /**
   * @param after so many that pass first
   */
  public void fault(String operation, int after, int times, String action) {
    azure.faults(
        "[{\"match\":{\"operation\":\"%s\"},\"after\":%d,\"times\":%d,\"action\":%s}]"
            .formatted(operation, after, times, action));
  }

  /** Azure works again. */
  public void mend() {
    azure.faults("[]");
  }

  public Job backUp(SimulatedVm vm) {
    return backUp(vm, 0);
  }

  public Job backUp(SimulatedVm vm, int instantRestoreDays) {
    return world.backUp(vm.id(), new Request(null, null, instantRestoreDays, null));
  }

  public Job backUp(SimulatedVm vm, Protection protection) {
    return world.backUp(vm.id(), new Request(null, null, 0, null, protection));
  }

  /** Asks for a backup, which begins when the world runs. */
  public JobId request(SimulatedVm vm, int instantRestoreDays) {
    Requested requested =
        world.tryRequest(vm.id(), new Request(null, null, instantRestoreDays, null));
    return ((Requested.Open) requested).job().id();
  }

  /** How often an operation was answered so. */
  public long answers(String operation, int status) {
    return azure.simulator.requests().stream()
        .filter(seen -> seen.operation().equals(operation) && seen.status() == status)
        .count();
  }

  public long asked(String operation) {
    return azure.simulator.requests().stream()
        .filter(seen -> seen.operation().equals(operation))
        .count();
  }

  /** Someone deletes all restore points by hand. */
  public void deletePoints() {
    for (JsonNode id : azure.leftovers().path("restorePoints")) {
      cloud.deletedByHand(ArmId.nameOf(id.asText()));
      JsonNode unused = azure.call("DELETE", id.asText() + "?api-version=2025-04-01", "");
    }
    azure.advance(Duration.ofMinutes(2));
  }

  /** Someone else opens a snapshot of a point for reading. */
  public void open(DiskSnapshot snapshot, Duration until) {
    post(
        snapshot.id() + "/beginGetAccess?api-version=2025-01-02",
        "{\"access\":\"Read\",\"durationInSeconds\":%d}".formatted(until.toSeconds()));
    azure.advance(Duration.ofMinutes(2));
  }

  /** Someone ends the access to it. */
  public void revoke(DiskSnapshot snapshot) {
    post(snapshot.id() + "/endGetAccess?api-version=2025-01-02", "");
    azure.advance(Duration.ofMinutes(2));
  }

  // ---- what a test asks

  /** The disks of a job's point hold what the VM's disks hold now. */
  public void assertHolds(Job job, SimulatedVm vm) {
    for (Job.JobDisk disk : job.disks()) {
      if (!disk.disk().equals("guestState")) {
        assertThat(world.restore(world.pointOf(job), disk.disk()))
            .as("disk %s of %s", disk.disk(), vm.id())
            .isEqualTo(azure.bytes(vm.diskAt(disk.disk())));
      }
    }
  }

  @Override
  public void close() {
    try (SimulatedAzure ended = azure) {
      ended.faults("[]");
      world.close();
    }
  }
}
