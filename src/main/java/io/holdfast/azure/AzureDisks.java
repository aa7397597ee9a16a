package io.holdfast.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.management.exception.ManagementException;
import com.azure.core.util.Context;
import com.azure.json.JsonSerializable;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.DiskInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInner;
import com.azure.resourcemanager.compute.implementation.ComputeManagementClientBuilder;
import com.azure.resourcemanager.compute.models.DataDisk;
import com.azure.resourcemanager.compute.models.InstanceViewStatus;
import com.azure.resourcemanager.compute.models.InstanceViewTypes;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.azure.resourcemanager.compute.models.StorageProfile;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Azure Compute, through the SDK's {@code ComputeManagementClient}: the same code against Azure and
 * against the local simulator. No long-running operation is waited for.
 */
public final class AzureDisks implements Disks {
  private final String endpoint;
  private final HttpPipeline pipeline;
  private final Map<String, ComputeManagementClient> clients = new ConcurrentHashMap<>();
  private final RestorePointSets restorePoints;
  private final DiskSnapshotSets diskSnapshots;
  private final MadeByHoldfast made;
  private final Accesses accesses;

  AzureDisks(String endpoint, HttpPipeline pipeline, HttpClient http) {
    this.endpoint = endpoint;
    this.pipeline = pipeline;
    this.restorePoints = new RestorePointSets(this::client);
    this.diskSnapshots = new DiskSnapshotSets(this::client);
    this.made = new MadeByHoldfast(this::client);
    this.accesses = new Accesses(this::client, http);
  }

  private ComputeManagementClient client(String subscription) {
    return clients.computeIfAbsent(
        subscription,
        id ->
            new ComputeManagementClientBuilder()
                .subscriptionId(id)
                .endpoint(endpoint)
                .pipeline(pipeline)
                .buildClient());
  }

  @Override
  public Optional<Vm> vm(String vmId) {
    ComputeManagementClient client = client(ArmId.subscriptionOf(vmId));
    VirtualMachineInner vm;
    try {
      vm =
          client
              .getVirtualMachines()
              .getByResourceGroupWithResponse(
                  ArmId.groupOf(vmId),
                  ArmId.nameOf(vmId),
                  InstanceViewTypes.INSTANCE_VIEW,
                  Context.NONE)
              .getValue();
    } catch (ManagementException e) {
      if (e.getResponse().getStatusCode() == 404) {
        return Optional.empty();
      }
      throw AzureFailures.of(e, "read virtual machine", vmId);
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read virtual machine", vmId);
    }
    return Optional.of(vm(vm, isRunning(vm), disksOf(client, vm), model(vm, vm.id())));
  }

  @Override
  public List<Vm> vms(String subscription) {
    try {
      List<Vm> vms = new ArrayList<>();
      for (VirtualMachineInner vm : client(subscription).getVirtualMachines().list()) {
        vms.add(vm(vm, false, List.of(), ""));
      }
      return vms;
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "list the virtual machines of subscription", subscription);
    }
  }

  private static Vm vm(VirtualMachineInner vm, boolean running, List<VmDisk> disks, String model) {
    return new Vm(
        vm.id(),
        vm.vmId(),
        vm.name(),
        vm.location(),
        isWindows(vm),
        running,
        vm.tags() == null ? Map.of() : vm.tags(),
        disks,
        model);
  }

  private static boolean isWindows(VirtualMachineInner vm) {
    return vm.storageProfile() != null
        && vm.storageProfile().osDisk() != null
        && vm.storageProfile().osDisk().osType() == OperatingSystemTypes.WINDOWS;
  }

  private static boolean isRunning(VirtualMachineInner vm) {
    if (vm.instanceView() == null || vm.instanceView().statuses() == null) {
      return false;
    }
    return vm.instanceView().statuses().stream()
        .map(InstanceViewStatus::code)
        .anyMatch("PowerState/running"::equalsIgnoreCase);
  }

  /** The OS disk first, then the data disks by LUN; what has no managed disk is left out. */
  private static List<VmDisk> disksOf(ComputeManagementClient client, VirtualMachineInner vm) {
    List<VmDisk> disks = new ArrayList<>();
    StorageProfile profile = vm.storageProfile();
    if (profile == null) {
      return disks;
    }
    if (profile.osDisk() != null && profile.osDisk().managedDisk() != null) {
      disks.add(disk(client, "os", -1, profile.osDisk().managedDisk().id()));
    }
    List<DataDisk> data =
        new ArrayList<>(profile.dataDisks() == null ? List.of() : profile.dataDisks());
    data.sort(Comparator.comparingInt(DataDisk::lun));
    for (DataDisk each : data) {
      if (each.managedDisk() != null) {
        disks.add(disk(client, "lun" + each.lun(), each.lun(), each.managedDisk().id()));
      }
    }
    return disks;
  }

  private static VmDisk disk(ComputeManagementClient client, String key, int lun, String id) {
    try {
      DiskInner disk = client.getDisks().getByResourceGroup(ArmId.groupOf(id), ArmId.nameOf(id));
      return new VmDisk(
          key,
          disk.name(),
          disk.id(),
          disk.uniqueId(),
          lun,
          disk.diskSizeBytes(),
          model(disk, disk.id()));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read disk", id);
    }
  }

  /** What a restore would send to make it again. */
  private static String model(JsonSerializable<?> resource, String id) {
    try {
      return resource.toJsonString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the model of " + id, e);
    }
  }

  @Override
  public Optional<Refusal> begin(SnapshotSet set) {
    return single(set) ? diskSnapshots.begin(set) : restorePoints.begin(set);
  }

  @Override
  public SetState look(SnapshotSet set) {
    return single(set) ? diskSnapshots.look(set) : restorePoints.look(set);
  }

  @Override
  public boolean remove(SnapshotSet set) {
    return single(set) ? diskSnapshots.remove(set) : restorePoints.remove(PointRef.of(set));
  }

  private static boolean single(SnapshotSet set) {
    return set.method() == SnapshotMethod.DISK_SNAPSHOTS;
  }

  @Override
  public Optional<DiskReader> open(String owner, DiskSnapshot snapshot, Duration until) {
    return accesses.open(owner, snapshot, until);
  }

  @Override
  public boolean close(String owner, DiskSnapshot snapshot) {
    return accesses.close(owner, snapshot);
  }

  @Override
  public List<String> collections(String subscription, String group) {
    return made.collections(subscription, group);
  }

  @Override
  public List<Found> restorePoints(String subscription, String group, String collection) {
    return made.restorePoints(subscription, group, collection);
  }

  @Override
  public List<Found> snapshots(String subscription, String group) {
    return made.snapshots(subscription, group);
  }

  @Override
  public boolean remove(Found found) {
    String id = found.id();
    return PointRef.isRestorePoint(id)
        ? restorePoints.remove(PointRef.of(id))
        : diskSnapshots.remove(ArmId.subscriptionOf(id), ArmId.groupOf(id), ArmId.nameOf(id));
  }
}
