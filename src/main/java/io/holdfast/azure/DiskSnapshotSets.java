package io.holdfast.azure;

import com.azure.core.management.exception.ManagementException;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.SnapshotInner;
import com.azure.resourcemanager.compute.models.CreationData;
import com.azure.resourcemanager.compute.models.DiskCreateOption;
import com.azure.resourcemanager.compute.models.NetworkAccessPolicy;
import com.azure.resourcemanager.compute.models.PublicNetworkAccess;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Snapshot sets that are one incremental snapshot a disk: the last rung of the ladder. */
final class DiskSnapshotSets {
  private final Function<String, ComputeManagementClient> clients;

  DiskSnapshotSets(Function<String, ComputeManagementClient> clients) {
    this.clients = clients;
  }

  private ComputeManagementClient client(SnapshotSet set) {
    return clients.apply(subscription(set));
  }

  private static String subscription(SnapshotSet set) {
    return ArmId.subscriptionOf(set.vmId());
  }

  Optional<Refusal> begin(SnapshotSet set) {
    for (SourceDisk disk : set.singleDisks()) {
      String name = set.snapshotName(disk.key());
      try {
        if (find(set, name).isEmpty()) {
          var unused =
              client(set)
                  .getSnapshots()
                  .beginCreateOrUpdate(set.group(), name, snapshot(set, disk));
        }
      } catch (ManagementException e) {
        if (Refusals.conflict(e) && find(set, name).isPresent()) {
          // Our own call, repeated: the first one was accepted.
          continue;
        }
        return Optional.of(Refusals.of(e, "create snapshot", name));
      } catch (RuntimeException e) {
        throw AzureFailures.of(e, "create snapshot", name);
      }
    }
    return Optional.empty();
  }

  private static SnapshotInner snapshot(SnapshotSet set, SourceDisk disk) {
    // The policy is the snapshot's own, not the disk's: what its owner allows is kept to.
    boolean open = disk.diskAccess() == null;
    return new SnapshotInner()
        .withLocation(set.location())
        .withTags(Tags.of(set))
        .withIncremental(true)
        .withNetworkAccessPolicy(
            open ? NetworkAccessPolicy.ALLOW_ALL : NetworkAccessPolicy.ALLOW_PRIVATE)
        .withDiskAccessId(disk.diskAccess())
        .withPublicNetworkAccess(open ? PublicNetworkAccess.ENABLED : PublicNetworkAccess.DISABLED)
        .withCreationData(
            new CreationData()
                .withCreateOption(DiskCreateOption.COPY)
                .withSourceResourceId(disk.id()));
  }

  SetState look(SnapshotSet set) {
    Instant time = Instant.MIN;
    List<DiskSnapshot> snapshots = new ArrayList<>();
    for (SourceDisk disk : set.singleDisks()) {
      Optional<SnapshotInner> found = find(set, set.snapshotName(disk.key()));
      if (found.isEmpty()) {
        return new SetState.Missing();
      }
      SnapshotInner snapshot = found.get();
      String state = String.valueOf(snapshot.provisioningState());
      if (state.equals("Failed")) {
        return new SetState.Failed(
            "SnapshotFailed", "Azure says that snapshot %s failed".formatted(snapshot.id()));
      }
      boolean copied = snapshot.completionPercent() == null || snapshot.completionPercent() >= 100;
      if (!state.equals("Succeeded") || !copied) {
        return new SetState.Pending();
      }
      Instant made = snapshot.timeCreated().toInstant();
      time = made.isAfter(time) ? made : time;
      snapshots.add(
          new DiskSnapshot(
              disk.key(),
              snapshot.id(),
              false,
              snapshot.creationData().sourceUniqueId(),
              snapshot.incrementalSnapshotFamilyId(),
              snapshot.creationData().logicalSectorSize() == null
                  ? 512
                  : snapshot.creationData().logicalSectorSize()));
    }
    GuestStates.add(set, snapshots);
    return new SetState.Ready(time, Consistency.CRASH_CONSISTENT, snapshots);
  }

  boolean remove(SnapshotSet set) {
    boolean gone = true;
    for (SourceDisk disk : set.singleDisks()) {
      gone &= remove(subscription(set), set.group(), set.snapshotName(disk.key()));
    }
    return gone;
  }

  /** Revokes what is granted only when Azure says that this is in the way. */
  boolean remove(String subscription, String group, String name) {
    Optional<SnapshotInner> found = find(subscription, group, name);
    if (found.isEmpty()) {
      return true;
    }
    if ("Deleting".equals(found.get().provisioningState())) {
      return false;
    }
    try {
      var unused = clients.apply(subscription).getSnapshots().beginDelete(group, name);
    } catch (RuntimeException e) {
      if (!Refusals.conflict(e)) {
        throw AzureFailures.of(e, "delete snapshot", name);
      }
      revoke(subscription, group, name);
    }
    return false;
  }

  private void revoke(String subscription, String group, String name) {
    try {
      var unused = clients.apply(subscription).getSnapshots().beginRevokeAccess(group, name);
    } catch (RuntimeException e) {
      if (!Refusals.notFound(e) && !Refusals.conflict(e)) {
        throw AzureFailures.of(e, "end the access to snapshot", name);
      }
    }
  }

  private Optional<SnapshotInner> find(SnapshotSet set, String name) {
    return find(subscription(set), set.group(), name);
  }

  private Optional<SnapshotInner> find(String subscription, String group, String name) {
    try {
      return Optional.of(
          clients.apply(subscription).getSnapshots().getByResourceGroup(group, name));
    } catch (RuntimeException e) {
      if (Refusals.notFound(e)) {
        return Optional.empty();
      }
      throw AzureFailures.of(e, "read snapshot", name);
    }
  }
}
