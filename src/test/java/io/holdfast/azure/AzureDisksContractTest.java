package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.contract.DisksContract;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.Vm;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The law of the port to Azure Compute, kept by the real adapter over the simulator. */
class AzureDisksContractTest extends DisksContract {
  private static final String COMPUTE = "?api-version=2025-04-01";
  private static final String DISK = "?api-version=2025-01-02";
  private static SimulatedAzure azure;

  private final Disks disks = azure.restarted();
  private final Machines machines = new Simulated();

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    azure = SimulatedAzure.plain(folder);
  }

  @AfterAll
  static void stop() {
    azure.close();
  }

  @Override
  protected Machines machines() {
    return machines;
  }

  @Override
  protected Disks disks() {
    return disks;
  }

  @Override
  protected Disks process() {
    return azure.restarted();
  }

  @Test
  void what_holdfast_made_is_found_over_all_pages_of_a_list() {
    Vm vm = vm();
    String scope =
        "/subscriptions/%s/resourceGroups/paged/providers/Microsoft.Compute/"
            .formatted(SimulatedAzure.SUBSCRIPTION);
    String tags = "{\"Holdfast-VM\":\"x\",\"holdfast-catalogue\":\"c\"}";
    // A page holds 50: every third is someone else's, so that the pages are of mixed kinds.
    for (int i = 0; i < 120; i++) {
      var unused =
          azure.call(
              "PUT",
              scope + "restorePointCollections/c%03d?api-version=2025-04-01".formatted(i),
              "{\"location\":\"westeurope\",\"tags\":%s,\"properties\":{\"source\":{\"id\":\"%s\"}}}"
                  .formatted(i % 3 == 0 ? "{\"team\":\"other\"}" : tags, vm.id()));
    }
    for (int i = 0; i < 60; i++) {
      var unused =
          azure.call(
              "PUT",
              scope + "snapshots/s%03d?api-version=2025-01-02".formatted(i),
              """
              {"location":"westeurope","tags":%s,"properties":{"creationData":{
              "createOption":"Copy","sourceResourceId":"%s"}}}"""
                  .formatted(tags, i == 0 ? vm.disks().get(1).id() : scope + "snapshots/s000"));
      if (i == 0) {
        // It must be there before it can be copied.
        var settled = azure.call("GET", scope + "snapshots/s000?api-version=2025-01-02", "");
        settled = azure.call("GET", scope + "snapshots/s000?api-version=2025-01-02", "");
        assertThat(settled.at("/properties/provisioningState").asText()).isEqualTo("Succeeded");
      }
    }

    assertThat(disks.collections(SimulatedAzure.SUBSCRIPTION, "paged"))
        .hasSize(80)
        .startsWith("c001", "c002", "c004")
        .endsWith("c118", "c119")
        .isSorted();
    assertThat(disks.snapshots(SimulatedAzure.SUBSCRIPTION, "paged"))
        .hasSize(60)
        .allMatch(found -> found.owner().equals("c"))
        .extracting(Disks.Found::name)
        .isSorted()
        .doesNotHaveDuplicates();
    for (Disks.Found found : disks.snapshots(SimulatedAzure.SUBSCRIPTION, "paged")) {
      for (int look = 0; look < LOOKS_MAX && !disks.remove(found); look++) {
        assertThat(look).isLessThan(LOOKS_MAX - 1);
      }
    }
    assertThat(disks.snapshots(SimulatedAzure.SUBSCRIPTION, "paged")).isEmpty();
  }

  private static final class Simulated implements Machines {
    /** Name of the disk's resource and raw file. */
    private static String diskName(String vm, String disk) {
      return vm
          + switch (disk) {
            case "os" -> "-os";
            case "lun5" -> "-a";
            case "lun2" -> "-b";
            default -> throw new IllegalArgumentException(disk);
          };
    }

    private static void done(JsonNode answer) {
      if (answer.has("error")) {
        throw new AssertionError(answer);
      }
    }

    @Override
    public String create(String name) {
      return azure.vm(name, "Linux");
    }

    @Override
    public void write(String vm, String disk, int offset, byte[] bytes) {
      azure.write(diskName(vm, disk), offset, bytes);
    }

    @Override
    public void discard(String vm, String disk, int offset, int length) {
      write(vm, disk, offset, new byte[length]);
    }

    @Override
    public void grow(String vm, String disk, int sizeBytes) {
      done(
          azure.call(
              "PATCH",
              SimulatedAzure.id("disks/" + diskName(vm, disk)) + DISK,
              "{\"properties\":{\"diskSizeBytes\":%d}}".formatted(sizeBytes)));
    }

    @Override
    public byte[] bytes(String vm, String disk) {
      return azure.bytes(diskName(vm, disk));
    }

    @Override
    public void powerOff(String vm) {
      done(azure.call("POST", vmId(vm) + "/powerOff" + COMPUTE, ""));
      advance(A_WHILE);
    }

    @Override
    public void delete(String vm) {
      done(azure.call("DELETE", vmId(vm) + COMPUTE, ""));
      advance(A_WHILE);
    }

    private static String vmId(String vm) {
      return SimulatedAzure.id("virtualMachines/" + vm);
    }

    @Override
    public void foreign(String vm, String group) {
      String scope =
          "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute/"
              .formatted(SimulatedAzure.SUBSCRIPTION, group);
      String collection = scope + "restorePointCollections/someones";
      done(
          azure.call(
              "PUT",
              collection + COMPUTE,
              """
              {"location":"westeurope","tags":{"team":"other"},
              "properties":{"source":{"id":"%s"}}}"""
                  .formatted(vmId(vm))));
      done(
          azure.call(
              "PUT",
              collection + "/restorePoints/hf-someones" + COMPUTE,
              "{\"properties\":{\"consistencyMode\":\"CrashConsistent\"}}"));
      done(
          azure.call(
              "PUT",
              scope + "snapshots/hf-someones" + DISK,
              """
              {"location":"westeurope","properties":{"incremental":true,"creationData":{
              "createOption":"Copy","sourceResourceId":"%s"}}}"""
                  .formatted(SimulatedAzure.id("disks/" + diskName(vm, "os")))));
      // Unattended creations end after a minute.
      advance(Duration.ofMinutes(2));
    }

    @Override
    public void refuse(SnapshotMethod method) {
      String rule =
          """
          [{"match":{"operation":"%s"},"times":1000,
            "action":{"status":409,"code":"ScopeLocked","message":"a lock"}}]""";
      azure.faults(
          method == null
              ? "[]"
              : rule.formatted(
                  method == SnapshotMethod.DISK_SNAPSHOTS
                      ? "Snapshots_CreateOrUpdate"
                      : "RestorePoints_Create"));
    }

    @Override
    public Instant now() {
      return Instant.parse(azure.call("GET", "/_sim/clock", "").get("now").asText());
    }

    @Override
    public void advance(Duration by) {
      done(azure.call("POST", "/_sim/clock", "{\"advance\":\"%s\"}".formatted(by)));
    }
  }
}
