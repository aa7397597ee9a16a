package io.holdfast.local.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;

/** The VM of the demo with its two disks, made through the ARM endpoint as any client would. */
final class DemoVm {
  static final long DISK_BYTES = 256L << 20;

  private static final String GROUP =
      "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/demo";
  private static final String COMPUTE = GROUP + "/providers/Microsoft.Compute/";
  private static final String DISK_API = "?api-version=2025-01-02";
  private static final String VM_API = "?api-version=2025-04-01";
  private static final Duration PROVISIONED_MAX = Duration.ofSeconds(60);
  private static final int PAUSE_MILLIS = 100;

  static final String OS_DISK = "demo-os";
  static final String DATA_DISK = "demo-data";

  private final JsonClient http;
  private final String arm;

  DemoVm(JsonClient http, String arm) {
    this.http = http;
    this.arm = arm;
  }

  /** The ARM id of the VM. */
  static String id() {
    return COMPUTE + "virtualMachines/demo-vm";
  }

  /** The file that is a disk's content in the simulator's data folder. */
  static Path file(Path data, String disk) {
    return data.resolve("disks").resolve(disk + ".raw");
  }

  void makeDisk(String name) throws DemoFailure, InterruptedException {
    ObjectNode disk = JsonClient.object().put("location", "westeurope");
    disk.putObject("sku").put("name", "Premium_LRS");
    ObjectNode properties = disk.putObject("properties");
    properties.putObject("creationData").put("createOption", "Empty");
    // diskSizeBytes is the simulator's own: Azure's disks come in GiB, too large for a demo.
    properties.put("diskSizeBytes", DISK_BYTES);
    put(COMPUTE + "disks/" + name + DISK_API, disk);
  }

  void makeVm() throws DemoFailure, InterruptedException {
    ObjectNode vm = JsonClient.object().put("location", "westeurope");
    ObjectNode properties = vm.putObject("properties");
    properties.putObject("hardwareProfile").put("vmSize", "Standard_D2s_v5");
    ObjectNode storage = properties.putObject("storageProfile");
    ObjectNode os = storage.putObject("osDisk");
    os.put("osType", "Linux").put("createOption", "Attach").put("name", OS_DISK);
    os.putObject("managedDisk").put("id", COMPUTE + "disks/" + OS_DISK);
    ObjectNode data = storage.putArray("dataDisks").addObject();
    data.put("lun", 0).put("createOption", "Attach").put("name", DATA_DISK);
    data.putObject("managedDisk").put("id", COMPUTE + "disks/" + DATA_DISK);
    properties
        .putObject("networkProfile")
        .putArray("networkInterfaces")
        .addObject()
        .put("id", GROUP + "/providers/Microsoft.Network/networkInterfaces/demo-nic");
    put(id() + VM_API, vm);
  }

  private void put(String path, JsonNode body) throws DemoFailure, InterruptedException {
    http.put(arm + path, body);
    long deadlineNanos = System.nanoTime() + PROVISIONED_MAX.toNanos();
    String state;
    do {
      state = http.get(arm + path).at("/properties/provisioningState").asText();
      if (state.equals("Succeeded")) {
        return;
      }
      Thread.sleep(PAUSE_MILLIS);
    } while (!state.equals("Failed") && System.nanoTime() < deadlineNanos);
    throw new DemoFailure("The simulator did not provision %s: it is %s".formatted(path, state));
  }
}
