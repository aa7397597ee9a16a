package io.holdfast.fake;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.azure.SimulatedAzure;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A virtual machine of the compute simulator, and what its owner and its guest do. */
public final class SimulatedVm {
  private static final String COMPUTE = "?api-version=2025-04-01";
  private static final String DISKS = "?api-version=2025-01-02";
  private static final int OS_BYTES = World.SEGMENT_BYTES + 512;
  private static final int DATA_BYTES = 1 << 20;

  private final SimulatedAzure azure;
  private final Random random = new Random(3);
  private final Map<Integer, String> luns = new TreeMap<>();
  private final String os;
  private String id;
  private String osType = "Linux";
  private String profile = "";
  private String osDisk = "";
  private String more = "";

  SimulatedVm(SimulatedAzure azure, String name) {
    this.azure = azure;
    this.id = SimulatedAzure.id("virtualMachines/" + name);
    this.os = name + "-os";
    azure.disk(os, OS_BYTES);
    scribble("os", 0, 10_000);
    scribble("os", OS_BYTES - 1024, 1024);
    data(0, name + "-a");
    put();
  }

  public String id() {
    return id;
  }

  public SimulatedVm windows() {
    osType = "Windows";
    return put();
  }

  /**
   * @param fields of {@code properties}, each with a comma behind
   */
  public SimulatedVm profile(String fields) {
    profile = fields;
    return put();
  }

  /**
   * @param fields of {@code osDisk}, each with a comma behind
   */
  public SimulatedVm osDisk(String fields) {
    osDisk = fields;
    return put();
  }

  /** The VM does not run any more. */
  public SimulatedVm off() {
    return act("deallocate");
  }

  /** {@code redeploy}, {@code restart}, {@code start} and the like. */
  public SimulatedVm act(String action) {
    JsonNode unused = azure.call("POST", id + "/" + action + COMPUTE, "");
    azure.advance(Duration.ofMinutes(2));
    return this;
  }

  public void delete() {
    JsonNode unused = azure.call("DELETE", id + COMPUTE, "");
    azure.advance(Duration.ofMinutes(2));
  }

  /** It has another id now. */
  public SimulatedVm moved(String to, boolean withDisks) {
    JsonNode unused =
        azure.call(
            "POST",
            "/_sim/move",
            "{\"vm\":\"%s\",\"to\":\"%s\",\"disks\":%s}".formatted(id, to, withDisks));
    id = to;
    return this;
  }

  /** What goes on in it. */
  public SimulatedVm guest(String settings) {
    String name = id.substring(id.lastIndexOf('/') + 1);
    JsonNode unused = azure.call("PUT", "/_sim/guests/" + name, settings);
    return this;
  }

  // ---- disks

  /** Makes and attaches a disk of 1 MiB. */
  public SimulatedVm data(int lun, String name) {
    make(name, "Premium_LRS", DATA_BYTES, "");
    luns.put(lun, name);
    scribble("lun" + lun, 512, 1024);
    scribble("lun" + lun, DATA_BYTES - 8192, 8192);
    return this;
  }

  /** Makes and attaches a disk of this kind; the guest has not written to it. */
  public SimulatedVm special(int lun, String name, String sku, String properties) {
    make(name, sku, DATA_BYTES, properties);
    luns.put(lun, name);
    return put();
  }

  /**
   * @param properties each with a comma before
   */
  public void make(String name, String sku, long sizeBytes, String properties) {
    JsonNode unused =
        azure.call(
            "PUT",
            SimulatedAzure.id("disks/" + name) + DISKS,
            """
            {"location":"westeurope","sku":{"name":"%s"},"properties":{
            "creationData":{"createOption":"Empty"},"diskSizeBytes":%d%s}}"""
                .formatted(sku, sizeBytes, properties));
  }

  /** Puts a disk that exists at a LUN, in the place of what is there. */
  public SimulatedVm attach(int lun, String name) {
    luns.put(lun, name);
    return put();
  }

  /** Attaches a disk in a storage account. */
  public SimulatedVm unmanaged(int lun, String name) {
    more =
        """
        %s{"lun":%d,"name":"%s","createOption":"Attach","vhd":{"uri":"https://old/vhds/%s.vhd"}}"""
            .formatted(luns.isEmpty() ? "" : ",", lun, name, name);
    return put();
  }

  public SimulatedVm detach(int lun) {
    luns.remove(lun);
    return put();
  }

  /** Changes properties of a disk, as its owner does. */
  public SimulatedVm change(String disk, String properties) {
    JsonNode unused =
        azure.call(
            "PATCH",
            SimulatedAzure.id("disks/" + diskAt(disk)) + DISKS,
            "{\"properties\":{%s}}".formatted(properties));
    return this;
  }

  /** Deletes a disk that is attached nowhere, and its bytes. */
  public void deleteDisk(String name) {
    JsonNode unused = azure.call("DELETE", SimulatedAzure.id("disks/" + name) + DISKS, "");
    azure.advance(Duration.ofMinutes(2));
  }

  /** Name of the disk at {@code os} or {@code lunN}. */
  public String diskAt(String key) {
    return key.equals("os") ? os : luns.get(Integer.parseInt(key.substring(3)));
  }

  /** The guest writes noise. */
  public SimulatedVm scribble(String key, long offset, int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    azure.write(diskAt(key), offset, noise);
    return this;
  }

  /** Azure is told of the VM as it is to be. */
  public SimulatedVm put() {
    StringBuilder data = new StringBuilder();
    luns.forEach(
        (lun, name) ->
            data.append(data.isEmpty() ? "" : ",")
                .append(
                    "{\"lun\":%d,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"%s\"}}"
                        .formatted(lun, SimulatedAzure.id("disks/" + name))));
    JsonNode unused =
        azure.call(
            "PUT",
            id + COMPUTE,
            """
            {"location":"westeurope","properties":{%s"storageProfile":{"osDisk":{"osType":"%s",%s
            "createOption":"Attach","managedDisk":{"id":"%s"}},"dataDisks":[%s%s]}}}"""
                .formatted(profile, osType, osDisk, SimulatedAzure.id("disks/" + os), data, more));
    return this;
  }
}
