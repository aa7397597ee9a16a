package io.holdfast.fake;

import io.holdfast.disk.DiskFacts;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.disk.VmFacts;
import io.holdfast.disk.VmFacts.Agent;
import io.holdfast.disk.VmFacts.Extension;
import io.holdfast.disk.VmFacts.Security;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A virtual machine in memory, and what its owner does to it. */
public final class MemoryVm {
  public static final String SUBSCRIPTION = "00000000-0000-0000-0000-000000000001";
  private static final String COMPUTE =
      "/subscriptions/" + SUBSCRIPTION + "/resourceGroups/rg1/providers/Microsoft.Compute/";

  private final String name;
  private final String guid;
  private final Map<String, MemoryDisk> disks = new LinkedHashMap<>();
  private final Map<String, String> tags = new LinkedHashMap<>();
  private final Map<String, DiskFacts> diskFacts = new HashMap<>();
  private final Map<String, Extension> extensions = new LinkedHashMap<>();
  private final List<String> unmanaged = new ArrayList<>();
  private final List<String> nics = new ArrayList<>();
  private Agent agent = Agent.READY;
  private Security security = Security.STANDARD;
  private MemoryDisk guestState;
  private boolean extended = true;
  private boolean windows;
  private boolean running = true;

  public MemoryVm(String name, String guid) {
    this.name = name;
    this.guid = guid;
  }

  /** The ARM id of a VM of that name. */
  public static String idOf(String name) {
    return COMPUTE + "virtualMachines/" + name;
  }

  public String id() {
    return idOf(name);
  }

  /** The id under which it is protected. */
  public String itemId() {
    return guid;
  }

  public MemoryVm windows() {
    windows = true;
    return this;
  }

  public MemoryVm off() {
    running = false;
    return this;
  }

  public MemoryVm on() {
    running = true;
    return this;
  }

  public MemoryVm tag(String key, String value) {
    tags.put(key, value);
    return this;
  }

  /** It has no snapshot extension yet. */
  public MemoryVm withoutExtension() {
    extended = false;
    extensions.clear();
    return this;
  }

  /** Puts an extension in the place of the one of its type. */
  public MemoryVm extension(Extension extension) {
    extensions.put(extension.type(), extension);
    return this;
  }

  /** The texts of the snapshot extension's status. */
  public MemoryVm extensionSays(String... texts) {
    return extension(snapshotExtension(List.of(texts)));
  }

  public MemoryVm agent(Agent state) {
    agent = state;
    return this;
  }

  public MemoryVm unmanaged(String name) {
    unmanaged.add(name);
    return this;
  }

  public MemoryVm nic(String id) {
    nics.add(id);
    return this;
  }

  /** A Trusted Launch VM has a guest state beside its OS disk; of a Confidential one we know it. */
  public MemoryVm security(Security type, MemoryDisk state) {
    security = type;
    guestState = state;
    return this;
  }

  /** What is special about a disk. */
  public MemoryVm facts(String key, DiskFacts facts) {
    diskFacts.put(key, facts);
    return this;
  }

  public MemoryVm detach(String key) {
    disks.remove(key);
    return this;
  }

  /** Of a Trusted Launch VM; null for any other. */
  public MemoryDisk guestState() {
    return guestState;
  }

  private Extension snapshotExtension(List<String> texts) {
    String type = VmFacts.snapshotExtension(windows);
    return new Extension(
        type, VmFacts.SNAPSHOT_PUBLISHER + "." + type, Extension.State.SUCCEEDED, texts);
  }

  private VmFacts vmFacts() {
    Map<String, Extension> all = new LinkedHashMap<>();
    if (extended) {
      Extension ours = snapshotExtension(List.of());
      all.put(ours.type(), ours);
    }
    all.putAll(extensions);
    return new VmFacts(
        agent, "agent " + agent, security, unmanaged, List.copyOf(all.values()), nics);
  }

  DiskFacts diskFacts(String key) {
    return diskFacts.getOrDefault(key, DiskFacts.PLAIN);
  }

  /** Attaches a disk, {@code os} or {@code lunN}. */
  public MemoryDisk attach(String key, MemoryDisk disk) {
    disks.put(key, disk);
    return disk;
  }

  public MemoryDisk get(String key) {
    return disks.get(key);
  }

  /** Its disks by ARM id, the OS disk first, then by LUN. */
  Map<String, MemoryDisk> attached() {
    Map<String, MemoryDisk> attached = new LinkedHashMap<>();
    keys().forEach(key -> attached.put(diskId(key), disks.get(key)));
    return attached;
  }

  Optional<MemoryDisk> diskOf(String id) {
    return keys().stream()
        .filter(key -> diskId(key).equalsIgnoreCase(id))
        .map(disks::get)
        .findFirst();
  }

  private List<String> keys() {
    return disks.keySet().stream().sorted(Comparator.comparingInt(MemoryVm::lun)).toList();
  }

  private static int lun(String key) {
    return key.equals("os") ? -1 : Integer.parseInt(key.substring(3));
  }

  private String diskId(String key) {
    return COMPUTE + "disks/" + name + "-" + key;
  }

  Vm listed() {
    return new Vm(id(), guid, name, "westeurope", windows, false, tags, List.of(), "");
  }

  Vm whole() {
    List<VmDisk> all = new ArrayList<>();
    for (String key : keys()) {
      MemoryDisk disk = disks.get(key);
      all.add(
          new VmDisk(
              key,
              name + "-" + key,
              diskId(key),
              disk.uniqueId(),
              lun(key),
              disk.sizeBytes(),
              diskFacts(key),
              "{\"sku\":{\"name\":\"Premium_LRS\"}}"));
    }
    String model = "{\"name\":\"%s\",\"properties\":{\"vmId\":\"%s\"}}".formatted(name, guid);
    return new Vm(id(), guid, name, "westeurope", windows, running, tags, all, vmFacts(), model);
  }
}
