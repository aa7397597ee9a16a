package io.holdfast.azure;

import com.azure.core.management.exception.ManagementException;
import com.azure.core.util.Context;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.DiskRestorePointInner;
import com.azure.resourcemanager.compute.fluent.models.RestorePointCollectionInner;
import com.azure.resourcemanager.compute.fluent.models.RestorePointInner;
import com.azure.resourcemanager.compute.models.ApiEntityReference;
import com.azure.resourcemanager.compute.models.ConsistencyModeTypes;
import com.azure.resourcemanager.compute.models.InstanceViewStatus;
import com.azure.resourcemanager.compute.models.RestorePointCollectionSourceProperties;
import com.azure.resourcemanager.compute.models.RestorePointExpandOptions;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Snapshot sets that are restore points: {@code Microsoft.Compute/restorePointCollections}. A
 * collection per VM, in the snapshot resource group; restore points carry no tags, so the
 * collection does.
 */
final class RestorePointSets {
  private final Function<String, ComputeManagementClient> clients;

  RestorePointSets(Function<String, ComputeManagementClient> clients) {
    this.clients = clients;
  }

  private ComputeManagementClient client(PointRef point) {
    return clients.apply(point.subscription());
  }

  Optional<Refusal> begin(SnapshotSet set) {
    PointRef point = PointRef.of(set);
    try {
      if (find(point).isPresent()) {
        return Optional.empty();
      }
      makeCollection(set);
      RestorePointInner asked = new RestorePointInner();
      if (set.method() == SnapshotMethod.CRASH_RESTORE_POINT) {
        asked.withConsistencyMode(ConsistencyModeTypes.CRASH_CONSISTENT);
      }
      if (!set.leftOut().isEmpty()) {
        asked.withExcludeDisks(
            set.leftOut().stream().map(id -> new ApiEntityReference().withId(id)).toList());
      }
      // The call returns when Azure has accepted it; the poller that it gives is not used.
      var unused =
          client(point)
              .getRestorePoints()
              .beginCreate(point.group(), point.collection(), point.name(), asked);
      return Optional.empty();
    } catch (ManagementException e) {
      if (Refusals.conflict(e) && find(point).isPresent()) {
        // Our own call, repeated: the first one was accepted.
        return Optional.empty();
      }
      return Optional.of(Refusals.of(e, "create restore point", point.toString()));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "create restore point", point.toString());
    }
  }

  /** A collection that is there keeps the tags it has: a PUT would replace them. */
  private void makeCollection(SnapshotSet set) {
    ComputeManagementClient client = client(PointRef.of(set));
    try {
      var unused =
          client.getRestorePointCollections().getByResourceGroup(set.group(), set.collection());
    } catch (ManagementException e) {
      if (!Refusals.notFound(e)) {
        throw AzureFailures.of(e, "read restore point collection", set.collection());
      }
      var unused =
          client
              .getRestorePointCollections()
              .createOrUpdate(
                  set.group(),
                  set.collection(),
                  new RestorePointCollectionInner()
                      .withLocation(set.location())
                      .withTags(Tags.of(set))
                      .withSource(new RestorePointCollectionSourceProperties().withId(set.vmId())));
    }
  }

  SetState look(SnapshotSet set) {
    Optional<RestorePointInner> found = find(PointRef.of(set));
    if (found.isEmpty()) {
      return new SetState.Missing();
    }
    RestorePointInner point = found.get();
    return switch (String.valueOf(point.provisioningState())) {
      case "Succeeded" -> ready(set, point);
      case "Failed", "Canceled" -> failed(point);
      default -> new SetState.Pending();
    };
  }

  private SetState ready(SnapshotSet set, RestorePointInner point) {
    List<DiskSnapshot> snapshots = new ArrayList<>();
    for (DiskRestorePointInner part : parts(PointRef.of(set))) {
      if (part.completionPercent() != null && part.completionPercent() < 100) {
        return new SetState.Pending();
      }
      snapshots.add(
          new DiskSnapshot(
              keyOf(set, part),
              part.id(),
              true,
              part.sourceUniqueId(),
              part.familyId(),
              part.logicalSectorSize() == null ? 512 : part.logicalSectorSize()));
    }
    if (snapshots.size() != set.pointDisks().size()) {
      return new SetState.Failed(
          "RestorePointIncomplete",
          "restore point %s holds %d disks, not %d"
              .formatted(set.name(), snapshots.size(), set.pointDisks().size()));
    }
    GuestStates.add(set, snapshots);
    return new SetState.Ready(point.timeCreated().toInstant(), achieved(set, point), snapshots);
  }

  /** By the disk's immutable id: names and LUNs may have moved since the job started. */
  private static String keyOf(SnapshotSet set, DiskRestorePointInner part) {
    return set.disks().stream()
        .filter(disk -> disk.uniqueId().equalsIgnoreCase(part.sourceUniqueId()))
        .map(SnapshotSet.SourceDisk::key)
        .findFirst()
        .orElse("unexpected " + part.sourceResourceId());
  }

  private static Consistency achieved(SnapshotSet set, RestorePointInner point) {
    ConsistencyModeTypes mode = point.consistencyMode();
    if (ConsistencyModeTypes.APPLICATION_CONSISTENT.equals(mode)) {
      return Consistency.APPLICATION_CONSISTENT;
    }
    if (ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT.equals(mode)) {
      return Consistency.FILE_SYSTEM_CONSISTENT;
    }
    return Consistency.CRASH_CONSISTENT;
  }

  private static SetState failed(RestorePointInner point) {
    List<InstanceViewStatus> statuses =
        point.instanceView() == null || point.instanceView().statuses() == null
            ? List.of()
            : point.instanceView().statuses();
    return statuses.stream()
        .filter(status -> status.message() != null)
        .findFirst()
        .<SetState>map(
            status ->
                new SetState.Failed(cause(status.code()), AzureFailures.redact(status.message())))
        .orElseGet(
            () ->
                new SetState.Failed(
                    "RestorePointFailed", "Azure says that the restore point failed, not why"));
  }

  /** Azure's statuses put the cause last: {@code ProvisioningState/failed/<cause>}. */
  private static String cause(String code) {
    return code == null ? "RestorePointFailed" : code.substring(code.lastIndexOf('/') + 1);
  }

  /** Revokes what is granted only when Azure says that this is in the way. */
  boolean remove(PointRef point) {
    Optional<RestorePointInner> found = find(point);
    if (found.isEmpty()) {
      return true;
    }
    if ("Deleting".equals(found.get().provisioningState())) {
      return false;
    }
    try {
      var unused =
          client(point)
              .getRestorePoints()
              .beginDelete(point.group(), point.collection(), point.name());
    } catch (RuntimeException e) {
      if (!Refusals.conflict(e)) {
        throw AzureFailures.of(e, "delete restore point", point.toString());
      }
      revoke(point);
    }
    return false;
  }

  private void revoke(PointRef point) {
    for (DiskRestorePointInner part : parts(point)) {
      try {
        var unused =
            client(point)
                .getDiskRestorePoints()
                .beginRevokeAccess(point.group(), point.collection(), point.name(), part.name());
      } catch (RuntimeException e) {
        if (!Refusals.notFound(e) && !Refusals.conflict(e)) {
          throw AzureFailures.of(e, "end the access to disk restore point", part.id());
        }
      }
    }
  }

  private List<DiskRestorePointInner> parts(PointRef point) {
    try {
      return client(point)
          .getDiskRestorePoints()
          .listByRestorePoint(point.group(), point.collection(), point.name())
          .stream()
          .toList();
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "list the disks of restore point", point.toString());
    }
  }

  private Optional<RestorePointInner> find(PointRef point) {
    try {
      return Optional.of(
          client(point)
              .getRestorePoints()
              .getWithResponse(
                  point.group(),
                  point.collection(),
                  point.name(),
                  RestorePointExpandOptions.INSTANCE_VIEW,
                  Context.NONE)
              .getValue());
    } catch (RuntimeException e) {
      if (Refusals.notFound(e)) {
        return Optional.empty();
      }
      throw AzureFailures.of(e, "read restore point", point.toString());
    }
  }
}
