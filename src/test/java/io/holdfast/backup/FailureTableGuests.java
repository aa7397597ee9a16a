package io.holdfast.backup;

import static io.holdfast.backup.FailureTableChecks.completed;
import static io.holdfast.backup.FailureTableChecks.demands;
import static io.holdfast.backup.FailureTableChecks.failed;
import static io.holdfast.backup.FailureTableChecks.frozen;
import static io.holdfast.backup.FailureTableChecks.taskFailed;
import static io.holdfast.backup.FailureTableChecks.warned;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Job;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.SimulatedWorld;
import java.util.ArrayList;
import java.util.List;

/** Rows of what guests do, and the ladder by power state. */
final class FailureTableGuests {
  private static final String DOWN =
      "{\"failOperation\":{\"code\":\"AllocationFailed\",\"message\":\"no room\"}}";
  private static final String BROKEN =
      "{\"failOperation\":{\"code\":\"DiskRestorePointClientError\",\"message\":\"not now\"}}";
  private static final String FREEZE =
      "{\"freeze\":{\"code\":\"VMRestorePointClientError\",\"message\":\"cannot freeze /data\"}}";

  private FailureTableGuests() {}

  static List<FailureRow> rows() {
    List<FailureRow> rows = new ArrayList<>();
    guests(rows);
    windows(rows);
    linux(rows);
    off(rows);
    return rows;
  }

  private static void guests(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "a silent downgrade",
            "VSS fails, Azure says that all is well",
            azure -> {
              SimulatedVm vm = azure.vm("web").windows().guest("{\"vss\":\"writerFailed\"}");
              Job job = warned(azure, vm, azure.backUp(vm), "ConsistencyDegraded");
              frozen(job, SnapshotMethod.RESTORE_POINT, Consistency.FILE_SYSTEM_CONSISTENT);
            }));
    rows.add(
        FailureRow.of(
            "a silent downgrade",
            "application consistency is demanded",
            azure -> {
              SimulatedVm vm = azure.vm("web").windows().guest("{\"vss\":\"writerFailed\"}");
              failed(
                  azure.backUp(vm, demands(Consistency.APPLICATION_CONSISTENT)),
                  "ConsistencyNotAchieved",
                  "FileSystemConsistent was achieved");
            }));
    rows.add(
        FailureRow.of(
            "guest faults",
            "the freeze fails twice, then the guest is spared",
            azure -> {
              SimulatedVm vm = azure.vm("web").guest(FREEZE);
              Job first = azure.backUp(vm);
              taskFailed(first, "VMRestorePointClientError", "cannot freeze /data");
              frozen(first, SnapshotMethod.CRASH_RESTORE_POINT, Consistency.CRASH_CONSISTENT);
              azure.world.advance(java.time.Duration.ofHours(6));
              azure.backUp(vm);
              azure.world.advance(java.time.Duration.ofHours(6));
              Job third = azure.backUp(vm);
              assertThat(third.warnings())
                  .anySatisfy(each -> assertThat(each.code()).isEqualTo("FreezeGuard"));
              azure.assertHolds(third, vm);
            }));
    rows.add(
        FailureRow.of(
            "guest faults",
            "a script fails",
            azure -> {
              SimulatedVm vm =
                  azure
                      .vm("web")
                      .guest("{\"scripts\":{\"outcome\":\"Pre-ScriptExecutionFailed\"}}");
              warned(azure, vm, azure.backUp(vm), "Pre-ScriptExecutionFailed");
            }));
    rows.add(
        FailureRow.of(
            "extension stuck or agent not ready",
            "the agent is not ready",
            azure -> {
              SimulatedVm vm = azure.vm("web").guest("{\"agent\":\"notReady\"}");
              Job job = warned(azure, vm, azure.backUp(vm), "GuestAgentNotReady");
              frozen(job, SnapshotMethod.CRASH_RESTORE_POINT, Consistency.CRASH_CONSISTENT);
              assertThat(azure.asked("VirtualMachineExtensions_CreateOrUpdate")).isZero();
            }));
    rows.add(
        FailureRow.of(
            "extension stuck or agent not ready",
            "the extension does not come up",
            azure -> {
              SimulatedVm vm = azure.vm("web").guest("{\"extension\":{\"install\":\"stuck\"}}");
              Job job = azure.backUp(vm);
              taskFailed(job, "ExtensionStuck", "");
              frozen(job, SnapshotMethod.CRASH_RESTORE_POINT, Consistency.CRASH_CONSISTENT);
              azure.assertHolds(job, vm);
              assertThat(azure.asked("VirtualMachineExtensions_Delete")).isZero();
            }));
    rows.add(
        FailureRow.of(
            "extension stuck or agent not ready",
            "the extension's installation fails",
            azure -> {
              SimulatedVm vm =
                  azure
                      .vm("web")
                      .guest("{\"extension\":{\"install\":\"failed\",\"message\":\"exit 7\"}}");
              Job job = azure.backUp(vm);
              taskFailed(job, "ExtensionFailed", "exit 7");
              azure.assertHolds(job, vm);
            }));
  }

  private static void windows(List<FailureRow> rows) {
    String row = "ladder: Windows, running";
    rows.add(
        FailureRow.of(
            row,
            "first rung",
            azure -> {
              SimulatedVm vm = azure.vm("web").windows();
              Job job = completed(azure, vm, azure.backUp(vm));
              frozen(job, SnapshotMethod.RESTORE_POINT, Consistency.APPLICATION_CONSISTENT);
            }));
    rows.add(FailureRow.of(row, "second rung", azure -> second(azure, azure.vm("web").windows())));
    rows.add(FailureRow.of(row, "third rung", azure -> third(azure, azure.vm("web").windows())));
  }

  private static void linux(List<FailureRow> rows) {
    String row = "ladder: Linux, running";
    rows.add(
        FailureRow.of(
            row,
            "first rung",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              Job job = completed(azure, vm, azure.backUp(vm));
              frozen(job, SnapshotMethod.RESTORE_POINT, Consistency.FILE_SYSTEM_CONSISTENT);
            }));
    rows.add(
        FailureRow.of(
            row,
            "first rung with scripts",
            azure -> {
              SimulatedVm vm = azure.vm("web").guest("{\"scripts\":{\"outcome\":\"ok\"}}");
              Job job =
                  completed(
                      azure, vm, azure.backUp(vm, demands(Consistency.APPLICATION_CONSISTENT)));
              frozen(job, SnapshotMethod.RESTORE_POINT, Consistency.APPLICATION_CONSISTENT);
            }));
    rows.add(FailureRow.of(row, "second rung", azure -> second(azure, azure.vm("web"))));
    rows.add(FailureRow.of(row, "third rung", azure -> third(azure, azure.vm("web"))));
    rows.add(
        FailureRow.of(
            row,
            "a fault of Azure's own is tried once more",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.fault("RestorePoints_Create", 1, DOWN);
              Job job = azure.backUp(vm);
              taskFailed(job, "AllocationFailed", "no room");
              frozen(job, SnapshotMethod.RESTORE_POINT, Consistency.FILE_SYSTEM_CONSISTENT);
              azure.assertHolds(job, vm);
            }));
    rows.add(
        FailureRow.of(
            row,
            "no rung holds",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              Job good = azure.backUp(vm);
              azure.azure.faults(
                  """
                  [{"match":{"operation":"RestorePoints_Create"},"times":100,"action":%s},
                   {"match":{"operation":"Snapshots_CreateOrUpdate"},"times":100,"action":%s}]"""
                      .formatted(BROKEN, BROKEN));
              failed(azure.backUp(vm), "SnapshotFailed", "by any method", "not now");
              assertThat(azure.world.pointOf(good).published()).isTrue();
            }));
  }

  private static void off(List<FailureRow> rows) {
    String row = "ladder: not running";
    for (String title : List.of(row, "the VM is off")) {
      rows.add(
          FailureRow.of(
              title,
              "first rung",
              azure -> {
                SimulatedVm vm = azure.vm("web").off();
                Job job = completed(azure, vm, azure.backUp(vm));
                frozen(job, SnapshotMethod.CRASH_RESTORE_POINT, Consistency.FILE_SYSTEM_CONSISTENT);
              }));
    }
    rows.add(
        FailureRow.of(
            row,
            "second rung",
            azure -> {
              SimulatedVm vm = azure.vm("web").windows().off();
              azure.fault("RestorePoints_Create", 100, BROKEN);
              Job job = azure.backUp(vm);
              frozen(job, SnapshotMethod.DISK_SNAPSHOTS, Consistency.FILE_SYSTEM_CONSISTENT);
              warned(azure, vm, job, Ladder.REFUSED);
            }));
  }

  private static void second(SimulatedWorld azure, SimulatedVm vm) {
    vm.guest(FREEZE);
    Job job = azure.backUp(vm);
    frozen(job, SnapshotMethod.CRASH_RESTORE_POINT, Consistency.CRASH_CONSISTENT);
    warned(azure, vm, job, Ladder.REFUSED);
    taskFailed(job, "VMRestorePointClientError", "cannot freeze /data");
  }

  private static void third(SimulatedWorld azure, SimulatedVm vm) {
    azure.fault("RestorePoints_Create", 100, BROKEN);
    Job job = azure.backUp(vm);
    frozen(job, SnapshotMethod.DISK_SNAPSHOTS, Consistency.CRASH_CONSISTENT);
    warned(azure, vm, job, Ladder.REFUSED, Ladder.REFUSED);
    assertThat(azure.asked("Snapshots_Delete")).isEqualTo(2);
  }
}
