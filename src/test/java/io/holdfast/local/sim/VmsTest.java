package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.management.exception.ManagementException;
import com.azure.core.util.Context;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineExtensionInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineUpdateInner;
import com.azure.resourcemanager.compute.models.DataDisk;
import com.azure.resourcemanager.compute.models.DiskCreateOptionTypes;
import com.azure.resourcemanager.compute.models.DiskDeleteOptionTypes;
import com.azure.resourcemanager.compute.models.InstanceViewTypes;
import com.azure.resourcemanager.compute.models.ManagedDiskParameters;
import com.azure.resourcemanager.compute.models.OSDisk;
import com.azure.resourcemanager.compute.models.OSProfile;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.azure.resourcemanager.compute.models.StorageProfile;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmsTest {
  @TempDir Path data;
  private Bench bench;

  @BeforeEach
  void start() {
    bench = new Bench(data);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void aVmMakesItsOwnDisksAndDeletesThoseThatShallGoWithIt() {
    VirtualMachineInner vm =
        bench.compute.getVirtualMachines().createOrUpdate(Bench.RG, "vm1", own());
    String osDisk = vm.storageProfile().osDisk().name();
    assertThat(bench.raw(osDisk)).hasSize(5L << 30);
    assertThat(bench.raw("extra")).hasSize(1L << 30);
    assertThat(bench.getDisk("extra").managedBy()).isEqualTo(vm.id());
    assertThat(
            bench
                .call("GET", Bench.id("virtualMachines/vm1") + "?api-version=2025-04-01", "")
                .body())
        .doesNotContain("secret");

    VirtualMachineInner again =
        bench.compute.getVirtualMachines().createOrUpdate(Bench.RG, "vm1", own());
    assertThat(again.vmId()).isEqualTo(vm.vmId());
    assertThat(again.storageProfile().osDisk().name()).isEqualTo(osDisk);

    bench.compute.getVirtualMachines().delete(Bench.RG, "vm1");
    assertThat(bench.raw("extra")).doesNotExist();
    assertThat(bench.raw(osDisk)).exists();
    assertThat(bench.getDisk(osDisk).managedBy()).isNull();
  }

  private static VirtualMachineInner own() {
    VirtualMachineInner body = new VirtualMachineInner();
    body.withLocation(Bench.REGION);
    return body.withOsProfile(new OSProfile().withAdminPassword("secret").withComputerName("vm1"))
        .withStorageProfile(
            new StorageProfile()
                .withOsDisk(
                    new OSDisk()
                        .withOsType(OperatingSystemTypes.LINUX)
                        .withDiskSizeGB(5)
                        .withCreateOption(DiskCreateOptionTypes.FROM_IMAGE))
                .withDataDisks(
                    List.of(
                        new DataDisk()
                            .withLun(4)
                            .withName("extra")
                            .withDiskSizeGB(1)
                            .withDeleteOption(DiskDeleteOptionTypes.DELETE)
                            .withCreateOption(DiskCreateOptionTypes.EMPTY))));
  }

  @Test
  void disksAreDetachedByAPatchAndTheOsDiskIsSwappedOnlyWhenDeallocated() {
    bench.disk("os", Bench.MIB);
    bench.disk("os2", Bench.MIB);
    bench.disk("d0", Bench.MIB);
    bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os", "d0");
    patch(new StorageProfile().withDataDisks(List.of()));
    assertThat(bench.getDisk("d0").managedBy()).isNull();
    StorageProfile swap =
        new StorageProfile()
            .withOsDisk(
                new OSDisk()
                    .withCreateOption(DiskCreateOptionTypes.ATTACH)
                    .withName("os2")
                    .withManagedDisk(new ManagedDiskParameters().withId(Bench.id("disks/os2"))));
    assertThatThrownBy(() -> patch(swap)).isInstanceOf(ManagementException.class);
    assertThat(bench.getDisk("os2").managedBy()).isNull();
    bench.compute.getVirtualMachines().deallocate(Bench.RG, "vm1");
    VirtualMachineInner vm = patch(swap);
    assertThat(vm.storageProfile().osDisk().name()).isEqualTo("os2");
    assertThat(vm.storageProfile().osDisk().osType()).isEqualTo(OperatingSystemTypes.WINDOWS);
    assertThat(bench.getDisk("os").managedBy()).isNull();
    assertThat(bench.getDisk("os2").managedBy()).isEqualTo(vm.id());
  }

  private VirtualMachineInner patch(StorageProfile storage) {
    return bench
        .compute
        .getVirtualMachines()
        .update(Bench.RG, "vm1", new VirtualMachineUpdateInner().withStorageProfile(storage));
  }

  @Test
  void anExtensionIsListedAndSeenByTheAgent() {
    bench.disk("os", Bench.MIB);
    bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os");
    assertThat(bench.compute.getVirtualMachineExtensions().list(Bench.RG, "vm1").value()).isEmpty();
    VirtualMachineExtensionInner body = new VirtualMachineExtensionInner();
    body.withLocation(Bench.REGION);
    bench
        .compute
        .getVirtualMachineExtensions()
        .createOrUpdate(
            Bench.RG,
            "vm1",
            "VMSnapshot",
            body.withPublisher("Microsoft.Azure.RecoveryServices")
                .withTypePropertiesType("VMSnapshot")
                .withTypeHandlerVersion("1.9"));
    assertThat(bench.compute.getVirtualMachineExtensions().list(Bench.RG, "vm1").value())
        .singleElement()
        .satisfies(one -> assertThat(one.provisioningState()).isEqualTo("Succeeded"));
    VirtualMachineInner vm =
        bench
            .compute
            .getVirtualMachines()
            .getByResourceGroupWithResponse(
                Bench.RG, "vm1", InstanceViewTypes.INSTANCE_VIEW, Context.NONE)
            .getValue();
    assertThat(vm.instanceView().vmAgent().extensionHandlers())
        .singleElement()
        .satisfies(
            handler ->
                assertThat(handler.type())
                    .isEqualTo("Microsoft.Azure.RecoveryServices.VMSnapshot"));
  }
}
