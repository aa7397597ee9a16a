package io.holdfast.azure;

import com.azure.core.management.exception.ManagementException;
import com.azure.core.util.Context;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.RestorePointInner;
import com.azure.resourcemanager.compute.fluent.models.SnapshotInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineExtensionInner;
import com.azure.resourcemanager.compute.models.ConsistencyModeTypes;
import com.azure.resourcemanager.compute.models.RestorePointCollectionExpandOptions;
import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.Surroundings;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.disk.VmFacts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** What stands around a VM, through Azure Resource Manager. */
public final class AzureSurroundings implements Surroundings {
  private static final String NETWORK = "2024-10-01";
  private static final String RESOURCES = "2025-04-01";
  private static final String LOCKS = "2020-05-01";
  private static final String PERMISSIONS = "2022-04-01";
  private static final String COMPUTE = "Microsoft.Compute/";

  /** At the resource group for snapshots: what making, reading and removing them takes. */
  private static final List<String> ON_GROUP =
      List.of(
          COMPUTE + "restorePointCollections/read",
          COMPUTE + "restorePointCollections/write",
          COMPUTE + "restorePointCollections/restorePoints/read",
          COMPUTE + "restorePointCollections/restorePoints/write",
          COMPUTE + "restorePointCollections/restorePoints/delete",
          COMPUTE + "restorePointCollections/restorePoints/diskRestorePoints/read",
          COMPUTE + "restorePointCollections/restorePoints/diskRestorePoints/beginGetAccess/action",
          COMPUTE + "restorePointCollections/restorePoints/diskRestorePoints/endGetAccess/action",
          COMPUTE + "snapshots/read",
          COMPUTE + "snapshots/write",
          COMPUTE + "snapshots/delete",
          COMPUTE + "snapshots/beginGetAccess/action",
          COMPUTE + "snapshots/endGetAccess/action");

  private static final List<String> ON_VM = List.of(COMPUTE + "virtualMachines/read");

  /** The second is Azure's linked check of whoever snapshots a disk. */
  private static final List<String> ON_DISK =
      List.of(COMPUTE + "disks/read", COMPUTE + "disks/beginGetAccess/action");

  private static final List<String> ON_ENCRYPTION_SET =
      List.of(COMPUTE + "diskEncryptionSets/read");

  private final ArmRest arm;
  private final Function<String, ComputeManagementClient> clients;

  AzureSurroundings(ArmRest arm, Function<String, ComputeManagementClient> clients) {
    this.arm = arm;
    this.clients = clients;
  }

  @Override
  public List<Nic> nics(Vm vm) {
    return vm.facts().nics().stream().map(this::nic).toList();
  }

  private Nic nic(String id) {
    try {
      return new Nic(id, arm.get(id, NETWORK).toString(), null);
    } catch (ManagementException e) {
      int status = e.getResponse().getStatusCode();
      if (status == 403 || status == 404) {
        return new Nic(id, null, "HTTP %d %s".formatted(status, Refusals.code(e)));
      }
      throw AzureFailures.of(e, "read network interface", id);
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read network interface", id);
    }
  }

  @Override
  public Optional<Refusal> install(Vm vm, String version) {
    String type = VmFacts.snapshotExtension(vm.windows());
    try {
      // The call returns when Azure has accepted it; the poller that it gives is not used.
      var unused =
          clients
              .apply(ArmId.subscriptionOf(vm.id()))
              .getVirtualMachineExtensions()
              .beginCreateOrUpdate(
                  ArmId.groupOf(vm.id()),
                  ArmId.nameOf(vm.id()),
                  type,
                  new VirtualMachineExtensionInner()
                      .withLocation(vm.location())
                      .withPublisher(VmFacts.SNAPSHOT_PUBLISHER)
                      .withTypePropertiesType(type)
                      .withTypeHandlerVersion(version)
                      .withAutoUpgradeMinorVersion(true));
      return Optional.empty();
    } catch (ManagementException e) {
      RuntimeException failure = AzureFailures.of(e, "install extension", type);
      if (failure instanceof io.holdfast.failure.Unavailable && !Refusals.conflict(e)) {
        throw failure;
      }
      // A backup does not need this permission: it is optional, and Azure may install it itself.
      return Optional.of(new Refusal(Refusals.code(e), failure.getMessage(), null));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "install extension", type);
    }
  }

  @Override
  public Site site(Vm vm, String group, String collection) {
    String subscription = ArmId.subscriptionOf(vm.id());
    String scope = "/subscriptions/%s/resourceGroups/%s".formatted(subscription, group);
    if (!exists(scope)) {
      return new Site(false, List.of(), List.of(), true, List.of(), Map.of());
    }
    Optional<List<Missing>> missing = unlessForbidden(() -> missing(vm, scope), "permissions");
    return new Site(
        true,
        unlessForbidden(() -> locks(scope), "locks").orElse(List.of()),
        missing.orElse(List.of()),
        missing.isPresent(),
        points(subscription, group, collection),
        snapshots(subscription, group));
  }

  private boolean exists(String scope) {
    try {
      JsonNode unused = arm.get(scope, RESOURCES);
      return true;
    } catch (RuntimeException e) {
      if (Refusals.notFound(e)) {
        return false;
      }
      if (isForbidden(e)) {
        // It may be there: what is made in it will tell.
        return true;
      }
      throw AzureFailures.of(e, "read resource group", scope);
    }
  }

  private static boolean isForbidden(RuntimeException e) {
    return e instanceof ManagementException known && known.getResponse().getStatusCode() == 403;
  }

  /** What may not be read is not known; that is no failure of a backup. */
  private static <T> Optional<T> unlessForbidden(Supplier<T> read, String what) {
    try {
      return Optional.of(read.get());
    } catch (RuntimeException e) {
      if (isForbidden(e)) {
        return Optional.empty();
      }
      throw AzureFailures.of(e, "list", what);
    }
  }

  private List<Lock> locks(String scope) {
    List<Lock> locks = new ArrayList<>();
    for (JsonNode lock : arm.list(scope + "/providers/Microsoft.Authorization/locks", LOCKS)) {
      String id = lock.path("id").asText();
      String level = lock.at("/properties/level").asText();
      if (concerns(id, scope) && !level.equals("NotSpecified")) {
        locks.add(new Lock(id, level.equals("ReadOnly")));
      }
    }
    return locks;
  }

  /** Locks on the group or above; the list also has those on single resources in it. */
  private static boolean concerns(String id, String scope) {
    String folded = id.toLowerCase(Locale.ROOT);
    int at = folded.indexOf("/providers/microsoft.authorization/locks/");
    return at < 0 || scope.toLowerCase(Locale.ROOT).startsWith(folded.substring(0, at));
  }

  private List<Missing> missing(Vm vm, String scope) {
    List<Missing> missing = new ArrayList<>();
    Map<String, Permissions> known = new HashMap<>();
    lacking(scope, ON_GROUP, known, missing);
    lacking(vm.id(), ON_VM, known, missing);
    for (VmDisk disk : vm.disks()) {
      if (!disk.facts().ephemeral()) {
        lacking(disk.id(), ON_DISK, known, missing);
      }
      if (disk.facts().encryptionSet() != null) {
        lacking(disk.facts().encryptionSet(), ON_ENCRYPTION_SET, known, missing);
      }
    }
    return missing;
  }

  /** Rights on a group hold for all in it: single resources are asked where those do not do. */
  private void lacking(
      String scope, List<String> needed, Map<String, Permissions> known, List<Missing> into) {
    boolean isGroup = scope.split("/", -1).length == 5;
    String group = isGroup ? scope : scope.substring(0, scope.indexOf("/providers/"));
    Permissions onGroup = known.computeIfAbsent(ArmId.folded(group), id -> permissions(group));
    List<String> open = needed.stream().filter(action -> !onGroup.grant(action)).toList();
    if (open.isEmpty()) {
      return;
    }
    Permissions own = isGroup ? onGroup : permissions(scope);
    open.stream()
        .filter(action -> !own.grant(action))
        .map(action -> new Missing(action, scope))
        .forEach(into::add);
  }

  private Permissions permissions(String scope) {
    return new Permissions(
        arm.list(scope + "/providers/Microsoft.Authorization/permissions", PERMISSIONS));
  }

  private List<PointMade> points(String subscription, String group, String collection) {
    List<PointMade> made = new ArrayList<>();
    try {
      List<RestorePointInner> points =
          clients
              .apply(subscription)
              .getRestorePointCollections()
              .getByResourceGroupWithResponse(
                  group,
                  collection,
                  RestorePointCollectionExpandOptions.RESTORE_POINTS,
                  Context.NONE)
              .getValue()
              .restorePoints();
      for (RestorePointInner point : points == null ? List.<RestorePointInner>of() : points) {
        Instant time =
            point.timeCreated() == null ? Instant.EPOCH : point.timeCreated().toInstant();
        made.add(
            new PointMade(
                time, ConsistencyModeTypes.CRASH_CONSISTENT.equals(point.consistencyMode())));
      }
    } catch (RuntimeException e) {
      // The collection comes with the first backup; without the right to read it that one tells.
      if (!Refusals.notFound(e) && !isForbidden(e)) {
        throw AzureFailures.of(e, "read restore point collection", collection);
      }
    }
    return made;
  }

  private Map<String, Integer> snapshots(String subscription, String group) {
    Map<String, Integer> counts = new HashMap<>();
    try {
      for (SnapshotInner snapshot :
          clients.apply(subscription).getSnapshots().listByResourceGroup(group)) {
        if (snapshot.creationData() != null && snapshot.creationData().sourceResourceId() != null) {
          counts.merge(ArmId.folded(snapshot.creationData().sourceResourceId()), 1, Integer::sum);
        }
      }
    } catch (RuntimeException e) {
      if (!Refusals.notFound(e) && !isForbidden(e)) {
        throw AzureFailures.of(e, "list the snapshots of resource group", group);
      }
    }
    return counts;
  }
}
