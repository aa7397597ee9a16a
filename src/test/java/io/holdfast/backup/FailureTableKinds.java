package io.holdfast.backup;

import static io.holdfast.backup.FailureTableChecks.completed;
import static io.holdfast.backup.FailureTableChecks.demands;
import static io.holdfast.backup.FailureTableChecks.failed;
import static io.holdfast.backup.FailureTableChecks.frozen;
import static io.holdfast.backup.FailureTableChecks.warned;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.SimulatedWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Rows of kinds of disks and VMs that not every snapshot can hold. */
final class FailureTableKinds {
  static final String SHARED = ",\"maxShares\":2";

  private FailureTableKinds() {}

  static List<FailureRow> rows() {
    List<FailureRow> rows = new ArrayList<>();
    encryption(rows);
    disks(rows);
    machines(rows);
    exports(rows);
    return rows;
  }

  private static void encryption(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "the guest encrypts",
            "ciphertext is backed up, with a word on its keys",
            azure -> {
              SimulatedVm vm =
                  azure
                      .vm("web")
                      .special(
                          3,
                          "web-ade",
                          "Premium_LRS",
                          ",\"encryptionSettingsCollection\":{\"enabled\":true}")
                      .scribble("lun3", 0, 10_000);
              Job job = completed(azure, vm, azure.backUp(vm));
              assertThat(job.notes())
                  .extracting(Job.Warning::code)
                  .containsExactly("GuestEncrypted");
            }));
    Function<SimulatedWorld, SimulatedVm> encrypted =
        azure ->
            azure
                .vm("web")
                .special(
                    3,
                    "web-cmk",
                    "Premium_LRS",
                    """
                    ,"encryption":{"type":"EncryptionAtRestWithCustomerKey","diskEncryptionSetId":"%s"}"""
                        .formatted(io.holdfast.azure.SimulatedAzure.id("diskEncryptionSets/keys")))
                .scribble("lun3", 0, 10_000);
    rows.add(
        FailureRow.of(
            "customer-managed keys",
            "are no matter while they work",
            azure -> {
              SimulatedVm vm = encrypted.apply(azure);
              completed(azure, vm, azure.backUp(vm));
            }));
    rows.add(
        FailureRow.of(
            "customer-managed keys",
            "the key is disabled",
            azure -> {
              SimulatedVm vm = encrypted.apply(azure);
              azure.put("/_sim/diskEncryptionSets/keys", "{\"broken\":true}");
              failed(
                  azure.backUp(vm),
                  "SnapshotFailed",
                  "DiskRestorePointClientError",
                  "key of disk encryption set 'keys' is disabled");
            }));
  }

  static SimulatedVm withUltra(SimulatedWorld azure, String sku) {
    return azure.vm("web").special(3, "web-fast", sku, "").scribble("lun3", 0, 10_000);
  }

  private static void disks(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "shared disks",
            "get a snapshot of their own beside the restore point",
            azure -> {
              SimulatedVm vm =
                  azure
                      .vm("web")
                      .special(3, "web-both", "Premium_LRS", SHARED)
                      .scribble("lun3", 0, 10_000);
              Job job = warned(azure, vm, azure.backUp(vm, 2), "ConsistencyDegraded");
              single(job, "lun3");
              frozen(job, SnapshotMethod.RESTORE_POINT, Consistency.CRASH_CONSISTENT);
            }));
    rows.add(
        FailureRow.of(
            "shared disks",
            "of a VM that has no other data disk to freeze, by single snapshots",
            azure -> {
              SimulatedVm vm = azure.vm("web").special(3, "web-both", "Premium_LRS", SHARED).off();
              Job job = completed(azure, vm, azure.backUp(vm));
              single(job, "lun3");
            }));
    for (String sku : List.of("UltraSSD_LRS", "PremiumV2_LRS")) {
      rows.add(
          FailureRow.of(
              "Ultra or Premium SSD v2",
              sku + " in a consistent point, whose copy takes its time",
              azure -> {
                SimulatedVm vm = withUltra(azure, sku);
                Job job = completed(azure, vm, azure.backUp(vm));
                assertThat(job.snapshot().parts()).allMatch(DiskSnapshot::restorePoint);
              }));
      rows.add(
          FailureRow.of(
              "Ultra or Premium SSD v2",
              sku + " beside a crash-consistent point",
              azure -> {
                SimulatedVm vm = withUltra(azure, sku);
                Job job =
                    completed(azure, vm, azure.backUp(vm, demands(Consistency.CRASH_CONSISTENT)));
                single(job, "lun3");
              }));
    }
    rows.add(
        FailureRow.of(
            "write accelerator",
            "no crash-consistent point holds it",
            azure -> {
              SimulatedVm vm = azure.vm("web").osDisk("\"writeAcceleratorEnabled\":true,");
              completed(azure, vm, azure.backUp(vm));
              Job job =
                  completed(azure, vm, azure.backUp(vm, demands(Consistency.CRASH_CONSISTENT)));
              single(job, "os");
            }));
    rows.add(
        FailureRow.of(
            "ephemeral OS disk",
            "is left out with a warning",
            azure -> {
              SimulatedVm vm =
                  azure.vm("web").osDisk("\"diffDiskSettings\":{\"option\":\"Local\"},");
              Job job = warned(azure, vm, azure.backUp(vm), "DiskNotCaptured");
              assertThat(job.disks()).extracting(JobDisk::disk).containsExactly("lun0");
            }));
  }

  /** That disk alone is no part of the restore point. */
  static void single(Job job, String key) {
    assertThat(job.snapshot().parts())
        .filteredOn(part -> !part.restorePoint())
        .extracting(DiskSnapshot::disk)
        .containsExactly(key);
  }

  private static void machines(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "Trusted Launch",
            "its guest state is a disk of the point",
            azure -> {
              SimulatedVm vm =
                  azure
                      .vm("web")
                      .profile("\"securityProfile\":{\"securityType\":\"TrustedLaunch\"},");
              Job job = completed(azure, vm, azure.backUp(vm));
              assertThat(azure.world.restore(azure.world.pointOf(job), "guestState"))
                  .isEqualTo(azure.azure.guestState("web-os"));
            }));
    rows.add(
        FailureRow.of(
            "Confidential VM",
            "is refused with the reason",
            azure -> {
              SimulatedVm vm =
                  azure
                      .vm("web")
                      .profile("\"securityProfile\":{\"securityType\":\"ConfidentialVM\"},");
              failed(azure.backUp(vm), "ConfidentialVmUnsupported", "from inside the guest");
              nothingMade(azure);
            }));
    rows.add(
        FailureRow.of(
            "unmanaged disks",
            "are refused with the reason",
            azure -> {
              SimulatedVm vm = azure.vm("web").unmanaged(6, "web-old");
              failed(azure.backUp(vm), "UnmanagedDisks", "web-old", "Convert them");
              nothingMade(azure);
            }));
  }

  private static void nothingMade(SimulatedWorld azure) {
    assertThat(azure.asked("RestorePoints_Create")).isZero();
    assertThat(azure.asked("Snapshots_CreateOrUpdate")).isZero();
  }

  private static void exports(List<FailureRow> rows) {
    String row = "Entra-only or private-only export";
    rows.add(
        FailureRow.of(
            row,
            "no export at all",
            azure -> {
              SimulatedVm vm =
                  azure.vm("web").change("lun0", "\"networkAccessPolicy\":\"DenyAll\"");
              failed(azure.backUp(vm), "NetworkAccessDenied", "web-a", "DenyAll");
              nothingMade(azure);
            }));
    rows.add(
        FailureRow.of(
            row,
            "reads with an Entra token only",
            azure -> {
              SimulatedVm vm =
                  azure.vm("web").change("os", "\"dataAccessAuthMode\":\"AzureActiveDirectory\"");
              failed(
                  azure.backUp(vm), "EntraDataAccessUnsupported", "web-os", "dataAccessAuthMode");
              nothingMade(azure);
            }));
    for (boolean running : List.of(true, false)) {
      rows.add(
          FailureRow.of(
              row,
              "through a disk access, VM running: " + running,
              azure -> {
                SimulatedVm vm =
                    azure
                        .vm("web")
                        .change(
                            "lun0",
                            "\"networkAccessPolicy\":\"AllowPrivate\",\"diskAccessId\":\"%s\""
                                .formatted(io.holdfast.azure.SimulatedAzure.id("diskAccesses/da")));
                if (!running) {
                  vm.off();
                }
                completed(azure, vm, azure.backUp(vm));
              }));
    }
    rows.add(
        FailureRow.of(
            row,
            "it becomes private between two backups, and the network keeps the app out",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              completed(azure, vm, azure.backUp(vm));
              azure.fault(
                  "Blob_GetProperties",
                  100_000,
                  "{\"status\":403,\"code\":\"AuthorizationFailure\",\"message\":\"private only\"}");
              failed(azure.backUp(vm), "SnapshotAccessDenied", "networkAccessPolicy");
            }));
  }
}
