package io.holdfast.azure;

import com.azure.core.util.Context;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.RestorePointCollectionInner;
import com.azure.resourcemanager.compute.fluent.models.RestorePointInner;
import com.azure.resourcemanager.compute.fluent.models.SnapshotInner;
import com.azure.resourcemanager.compute.models.RestorePointCollectionExpandOptions;
import io.holdfast.disk.Disks.Found;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * What Holdfast made in a resource group, by its tags, whether any row knows of it or not:
 * RestorePointCollections_List, RestorePointCollections_Get with {@code $expand=restorePoints}, and
 * Snapshots_ListByResourceGroup of Azure's compute specifications.
 */
final class MadeByHoldfast {
  private final Function<String, ComputeManagementClient> clients;

  MadeByHoldfast(Function<String, ComputeManagementClient> clients) {
    this.clients = clients;
  }

  List<String> collections(String subscription, String group) {
    try {
      List<String> names = new ArrayList<>();
      for (RestorePointCollectionInner collection :
          clients.apply(subscription).getRestorePointCollections().listByResourceGroup(group)) {
        if (Tags.ours(collection.tags())) {
          names.add(collection.name());
        }
      }
      names.sort(null);
      return names;
    } catch (RuntimeException e) {
      return noneOr(e, "list the restore point collections of resource group", group);
    }
  }

  List<Found> restorePoints(String subscription, String group, String collection) {
    try {
      RestorePointCollectionInner answer =
          clients
              .apply(subscription)
              .getRestorePointCollections()
              .getByResourceGroupWithResponse(
                  group,
                  collection,
                  RestorePointCollectionExpandOptions.RESTORE_POINTS,
                  Context.NONE)
              .getValue();
      List<Found> found = new ArrayList<>();
      // A collection without a tag of ours is someone else's, whatever its name is.
      if (Tags.ours(answer.tags()) && answer.restorePoints() != null) {
        for (RestorePointInner point : answer.restorePoints()) {
          time(point.timeCreated(), point.provisioningState())
              .map(time -> new Found(point.id(), point.name(), Tags.owner(answer.tags()), time))
              .ifPresent(found::add);
        }
      }
      found.sort(Comparator.comparing(Found::name));
      return found;
    } catch (RuntimeException e) {
      return noneOr(e, "read restore point collection", collection);
    }
  }

  List<Found> snapshots(String subscription, String group) {
    try {
      List<Found> found = new ArrayList<>();
      for (SnapshotInner snapshot :
          clients.apply(subscription).getSnapshots().listByResourceGroup(group)) {
        if (Tags.ours(snapshot.tags())) {
          time(snapshot.timeCreated(), snapshot.provisioningState())
              .map(
                  time ->
                      new Found(snapshot.id(), snapshot.name(), Tags.owner(snapshot.tags()), time))
              .ifPresent(found::add);
        }
      }
      found.sort(Comparator.comparing(Found::name));
      return found;
    } catch (RuntimeException e) {
      return noneOr(e, "list the snapshots of resource group", group);
    }
  }

  /** What is still being made may have no time yet; what failed without one is as old as any. */
  private static Optional<Instant> time(OffsetDateTime created, String state) {
    if (created != null) {
      return Optional.of(created.toInstant());
    }
    boolean working = state == null || state.toLowerCase(Locale.ROOT).matches("creating|updating");
    return working ? Optional.empty() : Optional.of(Instant.EPOCH);
  }

  private static <T> List<T> noneOr(RuntimeException e, String action, String what) {
    if (Refusals.notFound(e)) {
      return List.of();
    }
    throw AzureFailures.of(e, action, what);
  }
}
