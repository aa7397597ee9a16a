package io.holdfast.fake;

import io.holdfast.disk.ArmId;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.Surroundings;
import io.holdfast.disk.Vm;
import io.holdfast.disk.VmFacts;
import io.holdfast.disk.VmFacts.Extension;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What stands around the VMs of {@link MemoryDisks}: a group without locks, every right, no NICs.
 */
public final class MemorySurroundings implements Surroundings {
  private final MemoryDisks azure;
  private final MemoryCompute compute;
  private final Map<String, Nic> nics = new TreeMap<>();
  private Site site = new Site(true, List.of(), List.of(), true, List.of(), Map.of());
  private final List<String> installed = new ArrayList<>();
  private Optional<Refusal> installRefused = Optional.empty();
  private Extension.State installs = Extension.State.SUCCEEDED;
  private String installText = "Plugin enabled";
  private int sites;

  MemorySurroundings(MemoryDisks azure, MemoryCompute compute) {
    this.azure = azure;
    this.compute = compute;
  }

  // ---- what a test does and asks

  /** What the next looks find. */
  public void site(Site found) {
    site = found;
  }

  public void nic(Nic nic) {
    nics.put(nic.id(), nic);
  }

  public void refuseInstall(String code, String message) {
    installRefused = Optional.of(new Refusal(code, message, null));
  }

  /** What an installation comes to. */
  public void installEndsAs(Extension.State state, String text) {
    installs = state;
    installText = text;
  }

  /** Each installation: VM id and version. */
  public List<String> installed() {
    return installed;
  }

  /** How often the site was looked at. */
  public int sites() {
    return sites;
  }

  // ---- the port

  @Override
  public List<Nic> nics(Vm vm) {
    azure.called("nics", vm.id());
    return vm.facts().nics().stream()
        .map(id -> nics.getOrDefault(id, new Nic(id, "{\"id\":\"%s\"}".formatted(id), null)))
        .toList();
  }

  @Override
  public Optional<Refusal> install(Vm vm, String version) {
    azure.called("install", vm.id());
    if (installRefused.isPresent()) {
      return installRefused;
    }
    synchronized (compute) {
      MemoryVm machine = compute.vms.get(MemoryCompute.folded(vm.id()));
      installed.add(ArmId.nameOf(vm.id()) + " " + version);
      machine.extension(
          new Extension(
              VmFacts.snapshotExtension(vm.windows()),
              VmFacts.SNAPSHOT_PUBLISHER + "." + VmFacts.snapshotExtension(vm.windows()),
              installs,
              List.of(installText)));
      return Optional.empty();
    }
  }

  @Override
  public Site site(Vm vm, String group, String collection) {
    azure.called("site", group);
    sites++;
    List<PointMade> points = new ArrayList<>(site.points());
    Map<String, Integer> snapshots = new HashMap<>(site.snapshots());
    synchronized (compute) {
      points.addAll(compute.pointsIn(ArmId.subscriptionOf(vm.id()), group, collection));
    }
    return new Site(
        site.groupExists(),
        site.locks(),
        site.missing(),
        site.permissionsKnown(),
        points,
        snapshots);
  }
}
