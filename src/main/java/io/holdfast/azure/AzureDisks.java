package io.holdfast.azure;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.management.exception.ManagementException;
import com.azure.core.util.Context;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInner;
import com.azure.resourcemanager.compute.models.InstanceViewTypes;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Azure Compute, through the SDK's {@code ComputeManagementClient}: the same code against Azure and
 * against the local simulator. No long-running operation is waited for.
 */
public final class AzureDisks implements Disks {
  private final ComputeClients clients;
  private final RestorePointSets restorePoints;
  private final DiskSnapshotSets diskSnapshots;
  private final MadeByHoldfast made;
  private final Accesses accesses;

  AzureDisks(String endpoint, HttpPipeline pipeline, HttpClient http) {
    this.clients = new ComputeClients(endpoint, pipeline);
    this.restorePoints = new RestorePointSets(clients);
    this.diskSnapshots = new DiskSnapshotSets(clients);
    this.made = new MadeByHoldfast(clients);
    this.accesses = new Accesses(clients, http);
  }

  @Override
  public Optional<Vm> vm(String vmId) {
    ComputeManagementClient client = clients.apply(ArmId.subscriptionOf(vmId));
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
    return Optional.of(new VmReader(client).whole(vm));
  }

  @Override
  public List<Vm> vms(String subscription) {
    try {
      List<Vm> vms = new ArrayList<>();
      for (VirtualMachineInner vm : clients.apply(subscription).getVirtualMachines().list()) {
        vms.add(VmReader.listed(vm));
      }
      return vms;
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "list the virtual machines of subscription", subscription);
    }
  }

  @Override
  public Optional<Refusal> begin(SnapshotSet set) {
    if (!set.pointDisks().isEmpty()) {
      Optional<Refusal> refusal = restorePoints.begin(set);
      if (refusal.isPresent()) {
        return refusal;
      }
    }
    return diskSnapshots.begin(set);
  }

  @Override
  public SetState look(SnapshotSet set) {
    if (set.singleDisks().isEmpty()) {
      return restorePoints.look(set);
    }
    if (set.pointDisks().isEmpty()) {
      return diskSnapshots.look(set);
    }
    return MixedSets.joined(restorePoints.look(set), diskSnapshots.look(set));
  }

  @Override
  public boolean remove(SnapshotSet set) {
    boolean gone = set.pointDisks().isEmpty() || restorePoints.remove(PointRef.of(set));
    return diskSnapshots.remove(set) && gone;
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
