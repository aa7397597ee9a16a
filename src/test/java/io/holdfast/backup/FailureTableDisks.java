package io.holdfast.backup;

import static io.holdfast.backup.FailureTableChecks.changes;
import static io.holdfast.backup.FailureTableChecks.completed;
import static io.holdfast.backup.FailureTableChecks.disk;
import static io.holdfast.backup.FailureTableChecks.failed;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.azure.SimulatedAzure;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.SimulatedWorld;
import io.holdfast.fake.World;
import java.util.ArrayList;
import java.util.List;

/** Rows of what happens to disks and VMs between two backups. */
final class FailureTableDisks {
  private static final String REFUSED =
      "{\"status\":409,\"code\":\"PreviousSnapshotOperationNotSupported\",\"message\":\"no diff\"}";

  private FailureTableDisks() {}

  /** What an owner does between two backups. */
  private interface Change {
    void to(SimulatedVm vm, SimulatedWorld azure);
  }

  /** What came of each disk; the point itself is compared byte for byte. */
  private interface Outcome {
    void of(Job job);
  }

  static List<FailureRow> rows() {
    List<FailureRow> rows = new ArrayList<>();
    lists(rows);
    disks(rows);
    machines(rows);
    return rows;
  }

  /** Two backups that keep their snapshots, and a change between them. */
  private static FailureRow between(String row, String what, Change change, Outcome outcome) {
    return FailureRow.of(
        row,
        what,
        azure -> {
          SimulatedVm vm = azure.vm("web");
          completed(azure, vm, azure.backUp(vm, 5));
          change.to(vm, azure);
          outcome.of(completed(azure, vm, azure.backUp(vm, 5)));
        });
  }

  private static void lists(List<FailureRow> rows) {
    for (int most : List.of(1, 2, 7)) {
      rows.add(
          FailureRow.inMemory(
              "a change list is cut",
              "an answer holds at most " + most,
              world -> {
                MemoryVm vm = world.vm("web");
                world.disks.ranges().answerMax(most);
                world.backUp(vm, 1);
                for (int at = 0; at < 100; at++) {
                  vm.get("os").write(at * 9 * World.CHUNK_BYTES, new byte[] {(byte) (at + 1)});
                }
                Job job = world.backUp(vm, 1);
                changes(job, "os", ChangeSource.SNAPSHOT_DIFF);
                assertThat(world.restore(world.pointOf(job), "os")).isEqualTo(vm.get("os").bytes());
              }));
    }
    rows.add(
        between(
            "no diff, or its base is gone",
            "Azure compares no more",
            (vm, azure) -> {
              vm.scribble("os", 4096, 100);
              azure.fault("PageBlob_GetPageRangesDiff", 1000, REFUSED);
            },
            job -> {
              changes(job, "os", ChangeSource.COMPARE);
              assertThat(disk(job, "os").result().reason())
                  .contains("PreviousSnapshotOperationNotSupported");
            }));
    rows.add(
        between(
            "no diff, or its base is gone",
            "someone deleted the kept snapshot",
            (vm, azure) -> {
              vm.scribble("os", 4096, 100);
              azure.deletePoints();
            },
            job -> changes(job, "os", ChangeSource.COMPARE)));
    rows.add(
        between(
            "cleared ranges",
            "the guest discards what it had written",
            (vm, azure) -> azure.azure.write("web-os", 0, new byte[8192]),
            job -> changes(job, "os", ChangeSource.SNAPSHOT_DIFF)));
    rows.add(
        FailureRow.of(
            "cleared ranges",
            "without a base to compare with",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              completed(azure, vm, azure.backUp(vm));
              azure.azure.write("web-os", 0, new byte[8192]);
              Job job = completed(azure, vm, azure.backUp(vm));
              changes(job, "os", ChangeSource.COMPARE);
            }));
  }

  private static void disks(List<FailureRow> rows) {
    rows.add(
        between(
            "a disk is resized",
            "it grows",
            (vm, azure) ->
                vm.change("lun0", "\"diskSizeBytes\":" + (2 << 20))
                    .scribble("lun0", (2 << 20) - 512, 512),
            job -> {
              changes(job, "os", ChangeSource.SNAPSHOT_DIFF);
              assertThat(disk(job, "lun0").sizeBytes()).isEqualTo(2 << 20);
            }));
    rows.add(
        between(
            "a disk is added",
            "beside those that are known",
            (vm, azure) -> vm.data(5, "web-new").put(),
            job -> {
              changes(job, "os", ChangeSource.SNAPSHOT_DIFF);
              changes(job, "lun0", ChangeSource.SNAPSHOT_DIFF);
              changes(job, "lun5", ChangeSource.FULL);
            }));
    rows.add(
        between(
            "a disk is removed, swapped or moved",
            "removed",
            (vm, azure) -> vm.detach(0),
            job -> assertThat(job.disks()).extracting(Job.JobDisk::disk).containsExactly("os")));
    rows.add(
        between(
            "a disk is removed, swapped or moved",
            "moved to another LUN",
            (vm, azure) -> vm.detach(0).attach(7, "web-a").scribble("lun7", 0, 100),
            job -> changes(job, "lun7", ChangeSource.SNAPSHOT_DIFF)));
    rows.add(
        FailureRow.of(
            "a disk is removed, swapped or moved",
            "two change places",
            azure -> {
              SimulatedVm vm = azure.vm("web").data(1, "web-b").put();
              completed(azure, vm, azure.backUp(vm, 5));
              vm.detach(0).detach(1).attach(1, "web-a").attach(0, "web-b");
              vm.scribble("lun0", 0, 100);
              Job job = completed(azure, vm, azure.backUp(vm, 5));
              changes(job, "lun0", ChangeSource.SNAPSHOT_DIFF);
              changes(job, "lun1", ChangeSource.SNAPSHOT_DIFF);
              assertThat(disk(job, "lun1").result().counts().read()).isZero();
            }));
    rows.add(
        between(
            "a disk is made again under its name",
            "at the same LUN",
            (vm, azure) -> {
              vm.detach(0).deleteDisk("web-a");
              vm.data(0, "web-a").put();
            },
            job -> {
              changes(job, "os", ChangeSource.SNAPSHOT_DIFF);
              changes(job, "lun0", ChangeSource.FULL);
            }));
  }

  private static void machines(List<FailureRow> rows) {
    String row = "the VM is deleted, moved, renamed or redeployed";
    rows.add(
        between(
            row,
            "renamed",
            (vm, azure) ->
                vm.moved(SimulatedAzure.id("virtualMachines/web2"), false).scribble("os", 0, 100),
            job -> assertThat(job.vmName()).isEqualTo("web2")));
    rows.add(
        between(
            row,
            "moved to another group with its disks",
            (vm, azure) -> vm.moved(vm.id().replace("/rg1/", "/rg2/"), true).scribble("os", 0, 100),
            job -> assertThat(job.vmId()).contains("/rg2/")));
    rows.add(
        between(
            row,
            "redeployed",
            (vm, azure) -> vm.act("redeploy").scribble("os", 0, 100),
            job -> changes(job, "os", ChangeSource.SNAPSHOT_DIFF)));
    rows.add(
        FailureRow.of(
            row,
            "deleted between two backups",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              Job job = completed(azure, vm, azure.backUp(vm));
              vm.delete();
              assertThat(azure.world.tryRequest(vm.id(), job.request()))
                  .isNotInstanceOf(StartBackup.Requested.Open.class);
              assertThat(azure.world.pointOf(job).published()).isTrue();
            }));
    rows.add(
        FailureRow.of(
            row,
            "deleted before its snapshot is taken",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              var id = azure.request(vm, 0);
              vm.delete();
              azure.world.run();
              failed(azure.world.job(id), "VirtualMachineNotFound", vm.id());
            }));
  }
}
