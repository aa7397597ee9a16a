package io.holdfast.backup;

import static io.holdfast.backup.FailureTableChecks.changes;
import static io.holdfast.backup.FailureTableChecks.completed;
import static io.holdfast.backup.FailureTableChecks.demands;
import static io.holdfast.backup.FailureTableChecks.warned;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan.Decision;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.SimulatedWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What happens to disks happens to disks of mixed sets as well: a restore point and snapshots. */
final class FailureTableMixed {
  /** One page beyond what Azure compares with a smaller disk. */
  private static final long ACROSS = (4L << 40) + 512;

  private FailureTableMixed() {}

  static List<FailureRow> rows() {
    List<FailureRow> rows = new ArrayList<>();
    disks(rows);
    sizes(rows);
    return rows;
  }

  private static void disks(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "a disk is resized",
            "a shared disk beside others",
            azure -> {
              SimulatedVm vm =
                  azure.vm("web").special(3, "web-both", "Premium_LRS", FailureTableKinds.SHARED);
              azure.backUp(vm, 5);
              vm.change("lun3", "\"diskSizeBytes\":" + (3 << 20));
              vm.scribble("lun3", (3 << 20) - 512, 512).scribble("os", 0, 100);
              Job job = warned(azure, vm, azure.backUp(vm, 5), "ConsistencyDegraded");
              changes(job, "os", ChangeSource.SNAPSHOT_DIFF);
              changes(job, "lun3", ChangeSource.SNAPSHOT_DIFF);
            }));
    rows.add(
        FailureRow.of(
            "a disk is added",
            "an Ultra disk, when only crash consistency is wanted",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              completed(azure, vm, azure.backUp(vm, demands(Consistency.CRASH_CONSISTENT)));
              FailureTableKinds.withUltra(azure, "UltraSSD_LRS");
              Job job =
                  completed(azure, vm, azure.backUp(vm, demands(Consistency.CRASH_CONSISTENT)));
              changes(job, "lun3", ChangeSource.FULL);
              changes(job, "os", ChangeSource.COMPARE);
            }));
  }

  private static SimulatedVm withShared(SimulatedWorld azure) {
    return azure
        .vm("web")
        .special(3, "web-both", "Premium_LRS", FailureTableKinds.SHARED)
        .scribble("lun3", 0, 10_000);
  }

  private static void sizes(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "a disk is resized",
            "across 4 TiB, in a restore point and beside it: no diff is asked for",
            azure -> {
              SimulatedVm vm = withShared(azure);
              Job job = warned(azure, vm, azure.backUp(vm, 5), "ConsistencyDegraded");
              RecoveryPoint small = azure.world.pointOf(job);
              for (DiskSnapshot part : job.snapshot().parts()) {
                assertThat(choice(small, part, ACROSS).changeSource())
                    .isEqualTo(ChangeSource.COMPARE);
                assertThat(choice(small, part, ACROSS).reason()).contains("across 4 TiB");
                assertThat(choice(small, part, ACROSS - 512).changeSource())
                    .as("4 TiB is not beyond it")
                    .isEqualTo(ChangeSource.SNAPSHOT_DIFF);
              }
            }));
    rows.add(
        FailureRow.of(
            "a disk is resized",
            "across a boundary that only Azure knows: it refuses the diffs of a mixed set",
            azure -> {
              SimulatedVm vm = withShared(azure);
              warned(azure, vm, azure.backUp(vm, 5), "ConsistencyDegraded");
              vm.change("lun3", "\"diskSizeBytes\":" + (2 << 20))
                  .change("lun0", "\"diskSizeBytes\":" + (3 << 20))
                  .scribble("lun3", (2 << 20) - 512, 512)
                  .scribble("lun0", (3 << 20) - 512, 512);
              azure.fault(
                  "PageBlob_GetPageRangesDiff",
                  1000,
                  "{\"status\":409,\"code\":\"PreviousSnapshotOperationNotSupported\",\"message\":\"size\"}");
              Job job = warned(azure, vm, azure.backUp(vm, 5), "ConsistencyDegraded");
              for (JobDisk disk : job.disks()) {
                changes(job, disk.disk(), ChangeSource.COMPARE);
              }
              azure.mend();
              vm.scribble("lun3", 0, 512).scribble("lun0", 0, 512);
              Job next = warned(azure, vm, azure.backUp(vm, 5), "ConsistencyDegraded");
              for (JobDisk disk : next.disks()) {
                changes(next, disk.disk(), ChangeSource.SNAPSHOT_DIFF);
              }
            }));
  }

  private static Decision choice(RecoveryPoint base, DiskSnapshot now, long sizeBytes) {
    return ChangeChoice.choose(Optional.of(base), now, sizeBytes);
  }
}
