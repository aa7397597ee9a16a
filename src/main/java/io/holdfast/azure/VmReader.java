package io.holdfast.azure;

import com.azure.json.JsonSerializable;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.DiskInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInner;
import com.azure.resourcemanager.compute.models.DataAccessAuthMode;
import com.azure.resourcemanager.compute.models.DataDisk;
import com.azure.resourcemanager.compute.models.NetworkAccessPolicy;
import com.azure.resourcemanager.compute.models.OSDisk;
import com.azure.resourcemanager.compute.models.StorageProfile;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.DiskFacts;
import io.holdfast.disk.DiskFacts.NetworkAccess;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.disk.VmFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** A VM as Azure's model and instance view describe it, with what its disks' models say. */
final class VmReader {
  private static final long GIB = 1L << 30;

  private final ComputeManagementClient client;

  VmReader(ComputeManagementClient client) {
    this.client = client;
  }

  /** A VM of a list: without its disks and its state. */
  static Vm listed(VirtualMachineInner vm) {
    return of(vm, false, List.of(), VmFacts.PLAIN, "");
  }

  /** A VM that was read with its instance view. */
  Vm whole(VirtualMachineInner vm) {
    VmFacts facts = InstanceFacts.of(vm);
    return of(vm, InstanceFacts.isRunning(vm), disksOf(vm), facts, model(vm, vm.id()));
  }

  private static Vm of(
      VirtualMachineInner vm, boolean running, List<VmDisk> disks, VmFacts facts, String model) {
    return new Vm(
        vm.id(),
        vm.vmId(),
        vm.name(),
        vm.location(),
        InstanceFacts.isWindows(vm),
        running,
        vm.tags() == null ? Map.of() : vm.tags(),
        disks,
        facts,
        model);
  }

  /** The OS disk first, then the data disks by LUN; what has no managed disk is left out. */
  private List<VmDisk> disksOf(VirtualMachineInner vm) {
    List<VmDisk> disks = new ArrayList<>();
    StorageProfile profile = vm.storageProfile();
    if (profile == null) {
      return disks;
    }
    if (profile.osDisk() != null && isEphemeral(profile.osDisk())) {
      disks.add(ephemeral(vm, profile.osDisk()));
    } else if (profile.osDisk() != null && profile.osDisk().managedDisk() != null) {
      disks.add(
          disk(
              "os",
              -1,
              profile.osDisk().managedDisk().id(),
              Boolean.TRUE.equals(profile.osDisk().writeAcceleratorEnabled())));
    }
    List<DataDisk> data =
        new ArrayList<>(profile.dataDisks() == null ? List.of() : profile.dataDisks());
    data.sort(Comparator.comparingInt(DataDisk::lun));
    for (DataDisk each : data) {
      if (each.managedDisk() != null) {
        disks.add(
            disk(
                "lun" + each.lun(),
                each.lun(),
                each.managedDisk().id(),
                Boolean.TRUE.equals(each.writeAcceleratorEnabled())));
      }
    }
    return disks;
  }

  private static boolean isEphemeral(OSDisk disk) {
    return disk.diffDiskSettings() != null && disk.diffDiskSettings().option() != null;
  }

  /** It lives on the host: Azure shows no disk of it that could be read. */
  private static VmDisk ephemeral(VirtualMachineInner vm, OSDisk disk) {
    DiskFacts plain = DiskFacts.PLAIN;
    return new VmDisk(
        "os",
        disk.name() == null ? vm.name() + "-os" : disk.name(),
        disk.managedDisk() == null || disk.managedDisk().id() == null
            ? vm.id() + "/osDisk"
            : disk.managedDisk().id(),
        vm.vmId() + "/os",
        -1,
        disk.diskSizeGB() == null ? 0 : disk.diskSizeGB() * GIB,
        new DiskFacts(
            plain.sku(),
            false,
            true,
            false,
            plain.networkAccess(),
            null,
            false,
            null,
            false,
            Map.of()),
        "{}");
  }

  private VmDisk disk(String key, int lun, String id, boolean writeAccelerated) {
    try {
      DiskInner disk = client.getDisks().getByResourceGroup(ArmId.groupOf(id), ArmId.nameOf(id));
      return new VmDisk(
          key,
          disk.name(),
          disk.id(),
          disk.uniqueId(),
          lun,
          disk.diskSizeBytes(),
          facts(disk, writeAccelerated),
          model(disk, disk.id()));
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "read disk", id);
    }
  }

  private static DiskFacts facts(DiskInner disk, boolean writeAccelerated) {
    boolean guestEncrypted =
        disk.encryptionSettingsCollection() != null
            && disk.encryptionSettingsCollection().enabled();
    return new DiskFacts(
        disk.sku() == null || disk.sku().name() == null ? "" : disk.sku().name().toString(),
        disk.maxShares() != null && disk.maxShares() > 1,
        false,
        writeAccelerated,
        access(disk.networkAccessPolicy()),
        NetworkAccessPolicy.ALLOW_PRIVATE.equals(disk.networkAccessPolicy())
            ? disk.diskAccessId()
            : null,
        DataAccessAuthMode.AZURE_ACTIVE_DIRECTORY.equals(disk.dataAccessAuthMode()),
        disk.encryption() == null ? null : disk.encryption().diskEncryptionSetId(),
        guestEncrypted,
        disk.tags() == null ? Map.of() : disk.tags());
  }

  private static NetworkAccess access(NetworkAccessPolicy policy) {
    if (NetworkAccessPolicy.DENY_ALL.equals(policy)) {
      return NetworkAccess.DENY_ALL;
    }
    return NetworkAccessPolicy.ALLOW_PRIVATE.equals(policy)
        ? NetworkAccess.ALLOW_PRIVATE
        : NetworkAccess.ALLOW_ALL;
  }

  /** What a restore would send to make it again. */
  private static String model(JsonSerializable<?> resource, String id) {
    try {
      return resource.toJsonString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the model of " + id, e);
    }
  }
}
