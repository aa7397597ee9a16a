package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.http.rest.Response;
import com.azure.core.management.exception.ManagementException;
import com.azure.core.management.polling.PollResult;
import com.azure.core.util.Context;
import com.azure.core.util.polling.LongRunningOperationStatus;
import com.azure.core.util.polling.SyncPoller;
import com.azure.resourcemanager.compute.fluent.models.DiskRestorePointInner;
import com.azure.resourcemanager.compute.fluent.models.RestorePointInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInner;
import com.azure.resourcemanager.compute.models.ConsistencyModeTypes;
import com.azure.resourcemanager.compute.models.DiskState;
import com.azure.resourcemanager.compute.models.InstanceViewTypes;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.azure.resourcemanager.compute.models.RestorePointExpandOptions;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.PageList;
import com.azure.storage.blob.models.PageRange;
import com.azure.storage.blob.specialized.PageBlobClient;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundTripTest {
  private static final long SIZE = 8 * Bench.MIB;

  @TempDir Path data;
  private Bench bench;

  @BeforeEach
  void start() {
    bench = new Bench(data);
    bench.disk("os", SIZE);
    bench.disk("data0", 2 * SIZE);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void aVmIsBackedUpByARestorePointReadAndForgotten() {
    byte[] first = random(1, 300_000);
    bench.write("os", Bench.MIB, first);
    VirtualMachineInner vm = bench.vm("vm1", OperatingSystemTypes.LINUX, "os", "data0");
    assertThat(vm.provisioningState()).isEqualTo("Succeeded");
    assertThat(vm.vmId()).matches("[0-9a-f-]{36}");
    assertThat(vm.storageProfile().dataDisks().get(0).name()).isEqualTo("data0");
    assertThat(bench.getDisk("os").managedBy()).isEqualTo(Bench.id("virtualMachines/vm1"));
    assertThat(bench.getDisk("os").diskState()).isEqualTo(DiskState.ATTACHED);
    bench.collection("rpc1", "vm1");

    RestorePointInner point = bench.point("rpc1", "p1");

    assertThat(point.provisioningState()).isEqualTo("Succeeded");
    assertThat(point.consistencyMode()).isEqualTo(ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT);
    assertThat(point.sourceMetadata().vmId()).isEqualTo(vm.vmId());
    String diskPoint = point.sourceMetadata().storageProfile().osDisk().diskRestorePoint().id();
    String diskPointName = diskPoint.substring(diskPoint.lastIndexOf('/') + 1);
    List<DiskRestorePointInner> disks =
        bench.compute.getDiskRestorePoints().listByRestorePoint(Bench.RG, "rpc1", "p1").stream()
            .toList();
    assertThat(disks).hasSize(2);
    assertThat(disks.get(1).sourceUniqueId()).isEqualTo(bench.getDisk("os").uniqueId());
    RestorePointInner expanded =
        bench
            .compute
            .getRestorePoints()
            .getWithResponse(
                Bench.RG, "rpc1", "p1", RestorePointExpandOptions.INSTANCE_VIEW, Context.NONE)
            .getValue();
    assertThat(expanded.instanceView().diskRestorePoints())
        .allMatch(disk -> disk.replicationStatus().completionPercent() == 100);

    String sas = grant(diskPointName);
    assertThat(grant(diskPointName)).as("a second grant gives the same URL").isEqualTo(sas);
    bench.write("os", Bench.MIB, random(2, 300_000)); // the guest goes on
    PageBlobClient blob = Bench.blob(sas);
    assertThat(blob.getProperties().getBlobSize()).isEqualTo(SIZE + 512);
    assertThat(Bench.download(blob, Bench.MIB, 300_000)).isEqualTo(first);
    assertThat(Bench.download(blob, 0, 4096)).isEqualTo(new byte[4096]);
    byte[] footer = Bench.download(blob, SIZE, 512);
    assertThat(new String(footer, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("conectix");
    assertThat(VhdFooter.isFooter(ByteBuffer.wrap(footer))).isTrue();
    PageRange range = blob.getPageRanges(new BlobRange(0)).getPageRange().get(0);
    assertThat(range.getStart()).isEqualTo(Bench.MIB);
    assertThat(range.getEnd()).isEqualTo(Bench.MIB + (300_000 + 4095) / 4096 * 4096 - 1);

    assertThatThrownBy(() -> bench.compute.getRestorePoints().delete(Bench.RG, "rpc1", "p1"))
        .isInstanceOfSatisfying(
            ManagementException.class,
            e -> {
              assertThat(e.getResponse().getStatusCode()).isEqualTo(409);
              assertThat(e.getValue().getCode()).isEqualTo("DiskRestorePointUsedByCustomer");
            });
    bench.compute.getDiskRestorePoints().revokeAccess(Bench.RG, "rpc1", "p1", diskPointName);
    assertThatThrownBy(() -> Bench.download(blob, 0, 512))
        .isInstanceOfSatisfying(
            BlobStorageException.class,
            e -> {
              assertThat(e.getStatusCode()).isEqualTo(403);
              assertThat(e.getErrorCode().toString()).isEqualTo("AuthenticationFailed");
            });
    bench.compute.getRestorePoints().delete(Bench.RG, "rpc1", "p1");
    bench.compute.getRestorePointCollections().delete(Bench.RG, "rpc1");
    assertThat(bench.json("GET", "/_sim/leftovers", "").toString())
        .isEqualTo("{\"snapshots\":[],\"restorePoints\":[],\"grants\":[]}");
    assertThat(data.resolve("snapshots")).isEmptyDirectory();
    bench.compute.getVirtualMachines().delete(Bench.RG, "vm1");
    assertThat(bench.getDisk("os").managedBy()).isNull();
    assertThatThrownBy(() -> bench.compute.getVirtualMachines().getByResourceGroup(Bench.RG, "vm1"))
        .isInstanceOfSatisfying(
            ManagementException.class,
            e -> assertThat(e.getValue().getCode()).isEqualTo("ResourceNotFound"));
  }

  private String grant(String diskPoint) {
    return bench
        .compute
        .getDiskRestorePoints()
        .grantAccess(Bench.RG, "rpc1", "p1", diskPoint, Bench.read())
        .accessSas();
  }

  @Test
  void twoSnapshotsOfADiskGiveTheirDifference() {
    bench.write("os", 0, random(1, 100_000));
    bench.snapshot("s1", "os");
    bench.write("os", 8192, random(2, 100));
    bench.write("os", 40960, new byte[4096]);
    bench.snapshot("s2", "os");
    String s1 = bench.grantSnapshot("s1");
    String s2 = bench.grantSnapshot("s2");

    PageList diff = Bench.blob(s2).getManagedDiskPageRangesDiff(new BlobRange(0), s1);

    assertThat(diff.getPageRange())
        .singleElement()
        .satisfies(range -> assertThat(range.getStart()).isEqualTo(8192))
        .satisfies(range -> assertThat(range.getEnd()).isEqualTo(12287));
    assertThat(diff.getClearRange())
        .singleElement()
        .satisfies(range -> assertThat(range.getStart()).isEqualTo(40960))
        .satisfies(range -> assertThat(range.getEnd()).isEqualTo(45055));
  }

  @Test
  void anOperationIsInProgressAtTheFirstLookAndDoneAtTheSecond() {
    bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os");
    bench.collection("rpc1", "vm1");
    SyncPoller<PollResult<RestorePointInner>, RestorePointInner> poller =
        bench
            .compute
            .getRestorePoints()
            .beginCreate(Bench.RG, "rpc1", "p1", new RestorePointInner());
    assertThat(poller.poll().getStatus()).isEqualTo(LongRunningOperationStatus.IN_PROGRESS);
    assertThat(poller.poll().getStatus())
        .isEqualTo(LongRunningOperationStatus.SUCCESSFULLY_COMPLETED);
    assertThat(poller.getFinalResult().consistencyMode())
        .isEqualTo(ConsistencyModeTypes.APPLICATION_CONSISTENT);

    String path = Bench.id("restorePointCollections/rpc1/restorePoints/p2");
    String query = "?api-version=2025-04-01";
    var created = bench.call("PUT", path + query, "{}");
    assertThat(created.statusCode()).isEqualTo(201);
    assertThat(created.headers().firstValue("Location")).isPresent();
    assertThat(created.headers().firstValue("Azure-AsyncOperation").orElseThrow())
        .startsWith(bench.simulator.baseUrl());
    assertThat(bench.json("GET", path + query, "").at("/properties/provisioningState").asText())
        .isEqualTo("Creating");
    assertThat(bench.json("GET", path + query, "").at("/properties/provisioningState").asText())
        .isEqualTo("Succeeded");
  }

  @Test
  void aVmIsReadyAfterItsPutAndStopsAndStarts() {
    bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os", "data0");
    assertThat(power()).isEqualTo("PowerState/running");
    VirtualMachineInner vm = expanded();
    assertThat(vm.instanceView().vmAgent().statuses().get(0).displayStatus()).isEqualTo("Ready");
    bench.compute.getVirtualMachines().deallocate(Bench.RG, "vm1");
    assertThat(power()).isEqualTo("PowerState/deallocated");
    assertThat(expanded().instanceView().vmAgent()).isNull();
    assertThat(bench.getDisk("os").diskState()).isEqualTo(DiskState.RESERVED);
    bench.compute.getVirtualMachines().start(Bench.RG, "vm1");
    bench.compute.getVirtualMachines().powerOff(Bench.RG, "vm1");
    assertThat(power()).isEqualTo("PowerState/stopped");
    bench.compute.getVirtualMachines().delete(Bench.RG, "vm1");
    assertThat(bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os").vmId()).isNotEqualTo(vm.vmId());
  }

  private String power() {
    return bench.compute.getVirtualMachines().instanceView(Bench.RG, "vm1").statuses().stream()
        .map(status -> status.code())
        .filter(code -> code.startsWith("PowerState/"))
        .findFirst()
        .orElseThrow();
  }

  private VirtualMachineInner expanded() {
    Response<VirtualMachineInner> response =
        bench
            .compute
            .getVirtualMachines()
            .getByResourceGroupWithResponse(
                Bench.RG, "vm1", InstanceViewTypes.INSTANCE_VIEW, Context.NONE);
    return response.getValue();
  }

  private static byte[] random(int seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return Arrays.copyOf(bytes, length);
  }
}
