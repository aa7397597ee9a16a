package io.holdfast.backup;

import static io.holdfast.backup.FailureTableChecks.completed;
import static io.holdfast.backup.FailureTableChecks.failed;
import static io.holdfast.backup.FailureTableChecks.warned;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.World;
import io.holdfast.work.Queues;
import io.holdfast.work.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Rows of calls that are refused, late, lost or repeated. */
final class FailureTableCalls {
  private static final String THROTTLED =
      "{\"status\":429,\"code\":\"SubscriptionRequestsThrottled\",\"message\":\"slow\",\"retryAfter\":40}";
  private static final String CONFLICT =
      "{\"status\":409,\"code\":\"OperationNotAllowed\",\"message\":\"another operation runs\"}";
  private static final String BUSY =
      "{\"status\":503,\"code\":\"ServerBusy\",\"message\":\"busy\",\"retryAfter\":1}";
  private static final String DENIED =
      "{\"status\":403,\"code\":\"AuthenticationFailed\",\"message\":\"expired\"}";

  private FailureTableCalls() {}

  static List<FailureRow> rows() {
    List<FailureRow> rows = new ArrayList<>();
    load(rows);
    accesses(rows);
    losses(rows);
    return rows;
  }

  private static void load(List<FailureRow> rows) {
    for (String operation :
        List.of(
            "VirtualMachines_Get",
            "RestorePoints_Create",
            "RestorePoints_Get",
            "DiskRestorePoint_GrantAccess",
            "DiskRestorePoint_RevokeAccess",
            "RestorePoints_Delete")) {
      rows.add(
          FailureRow.of(
              "ARM or Compute throttles",
              operation,
              azure -> {
                SimulatedVm vm = azure.vm("web");
                // The request itself looks at the VM before there is a job that could wait.
                azure.fault(
                    operation, operation.equals("VirtualMachines_Get") ? 1 : 0, 1, THROTTLED);
                Job job = completed(azure, vm, azure.backUp(vm));
                assertThat(azure.answers(operation, 429)).isEqualTo(1);
                assertThat(Duration.between(job.createdAt(), azure.world.clock.instant()))
                    .as("it waited by message as long as it was told")
                    .isGreaterThanOrEqualTo(Duration.ofSeconds(40));
              }));
    }
    rows.add(
        FailureRow.of(
            "ARM or Compute throttles",
            "a service that is busy for long is waited for",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.fault("RestorePoints_Get", 60, BUSY);
              completed(azure, vm, azure.backUp(vm));
              assertThat(azure.answers("RestorePoints_Get", 503)).isEqualTo(60);
            }));
    for (String operation :
        List.of(
            "DiskRestorePoint_GrantAccess",
            "DiskRestorePoint_RevokeAccess",
            "RestorePoints_Delete")) {
      rows.add(
          FailureRow.of(
              "another operation is in progress",
              operation,
              azure -> {
                SimulatedVm vm = azure.vm("web");
                azure.fault(operation, 2, CONFLICT);
                completed(azure, vm, azure.backUp(vm));
                assertThat(azure.answers(operation, 409)).isEqualTo(2);
              }));
    }
    rows.add(
        FailureRow.of(
            "another operation is in progress",
            "someone else's restore point of the VM is being made",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.fault("RestorePoints_Create", 1, CONFLICT);
              warned(azure, vm, azure.backUp(vm), Ladder.REFUSED);
            }));
    rows.add(
        FailureRow.of(
            "rate of restore points",
            "the fourth of an hour",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              for (int i = 0; i < 3; i++) {
                completed(azure, vm, azure.backUp(vm));
              }
              Job job = warned(azure, vm, azure.backUp(vm), Ladder.REFUSED);
              assertThat(job.warnings().get(0).message()).contains("free again at");
              assertThat(azure.answers("RestorePoints_Create", 429)).as("no blind tries").isOne();
            }));
    for (String operation : List.of("Blob_Download", "PageBlob_GetPageRanges")) {
      rows.add(
          FailureRow.of(
              "storage is busy",
              operation,
              azure -> {
                SimulatedVm vm = azure.vm("web");
                azure.fault(operation, 5, BUSY);
                completed(azure, vm, azure.backUp(vm));
                assertThat(azure.answers(operation, 503)).isEqualTo(5);
              }));
    }
  }

  private static List<DiskSnapshot> parts(io.holdfast.fake.SimulatedWorld azure, JobId id) {
    return azure.world.job(id).snapshot().parts();
  }

  private static void accesses(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "an access is open already",
            "someone reads the base",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              Job first = completed(azure, vm, azure.backUp(vm, 5));
              azure.open(first.snapshot().parts().get(0), Duration.ofHours(5));
              vm.scribble("os", 4096, 100).scribble("lun0", 0, 100);
              completed(azure, vm, azure.backUp(vm, 5));
            }));
    rows.add(
        FailureRow.of(
            "removal while an access is open",
            "the service says so",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.fault(
                  "RestorePoints_Delete",
                  2,
                  "{\"status\":409,\"code\":\"DiskRestorePointUsedByCustomer\",\"message\":\"in use\"}");
              completed(azure, vm, azure.backUp(vm));
              assertThat(azure.answers("RestorePoints_Delete", 409)).isEqualTo(2);
            }));
    rows.add(
        FailureRow.of(
            "removal while an access is open",
            "someone reads a kept snapshot when its days are over",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              Job first = completed(azure, vm, azure.backUp(vm, 1));
              azure.world.advance(Duration.ofDays(2));
              azure.open(first.snapshot().parts().get(0), Duration.ofDays(5));
              completed(azure, vm, azure.backUp(vm));
              assertThat(azure.azure.leftovers().path("restorePoints")).isEmpty();
            }));
    rows.add(
        FailureRow.of(
            "five accesses of a family",
            "others read five kept snapshots for ten minutes",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              List<DiskSnapshot> kept = new ArrayList<>();
              for (int i = 0; i < 6; i++) {
                Job job = completed(azure, vm, azure.backUp(vm, 5));
                job.snapshot().parts().stream()
                    .filter(part -> part.disk().equals("os"))
                    .forEach(kept::add);
                azure.world.advance(Duration.ofHours(1));
              }
              kept.subList(0, 5).forEach(part -> azure.open(part, Duration.ofMinutes(40)));
              vm.scribble("os", 4096, 100);
              completed(azure, vm, azure.backUp(vm, 5));
              kept.forEach(azure::revoke);
            }));
    rows.add(
        FailureRow.of(
            "an access ends in mid-transfer",
            "a read is denied",
            azure -> {
              SimulatedVm vm = azure.vm("web").scribble("os", 0, 2 << 20);
              azure.fault("Blob_Download", 3, 1, DENIED);
              completed(azure, vm, azure.backUp(vm));
              assertThat(azure.answers("Blob_Download", 403)).isPositive();
            }));
    rows.add(
        FailureRow.of(
            "an access ends in mid-transfer",
            "its time is over",
            azure -> {
              SimulatedVm vm = azure.vm("web").scribble("os", 0, 2 << 20);
              JobId id = azure.request(vm, 0);
              azure.world.runUntil(Task.Transfer.class::isInstance);
              azure.azure.advance(Duration.ofDays(3));
              azure.world.run();
              completed(azure, vm, azure.world.job(id));
              assertThat(azure.answers("PageBlob_GetPageRanges", 403)).isPositive();
            }));
    rows.add(
        FailureRow.of(
            "an access ends in mid-transfer",
            "someone ends it",
            azure -> {
              SimulatedVm vm = azure.vm("web").scribble("os", 0, 2 << 20);
              JobId id = azure.request(vm, 0);
              azure.world.runUntil(Task.Transfer.class::isInstance);
              parts(azure, id).forEach(azure::revoke);
              azure.world.run();
              completed(azure, vm, azure.world.job(id));
            }));
  }

  private static void losses(List<FailureRow> rows) {
    for (World.Duplicates mode :
        List.of(World.Duplicates.RUN_TWICE, World.Duplicates.RUN_AND_LOSE_FIRST)) {
      rows.add(
          FailureRow.of(
              "an instance is killed",
              "every message is delivered again: " + mode,
              azure -> {
                SimulatedVm vm = azure.vm("web");
                azure.world.duplicate(mode);
                completed(azure, vm, azure.backUp(vm, 1));
                vm.scribble("os", 4096, 100);
                completed(azure, vm, azure.backUp(vm, 1));
              }));
    }
    rows.add(
        FailureRow.of(
            "a poisoned message",
            "reads fail for good",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.fault(
                  "Blob_Download",
                  100_000,
                  "{\"status\":400,\"code\":\"InvalidInput\",\"message\":\"no\"}");
              Job job = azure.backUp(vm);
              assertThat(job.status()).isEqualTo(io.holdfast.catalogue.JobStatus.FAILED);
              assertThat(job.error().message()).contains("read");
              azure.mend();
              completed(azure, vm, azure.backUp(vm));
            }));
    rows.add(
        FailureRow.of(
            "a poisoned message",
            "a call fails for good",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              // Three tries in each of five deliveries; the first call is that of the creation.
              azure.fault(
                  "RestorePoints_Get",
                  1,
                  15,
                  "{\"status\":500,\"code\":\"InternalServerError\",\"message\":\"the moon is full\"}");
              failed(azure.backUp(vm), "StepFailed", Queues.SNAPSHOTS, "the moon is full");
            }));
  }
}
