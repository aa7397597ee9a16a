package io.holdfast.backup;

import static io.holdfast.backup.FailureTableChecks.completed;
import static io.holdfast.backup.FailureTableChecks.failed;
import static io.holdfast.backup.FailureTableChecks.warned;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.azure.SimulatedAzure;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.fake.SimulatedVm;
import io.holdfast.fake.SimulatedWorld;
import io.holdfast.work.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Rows of snapshots that are made twice, forgotten, or kept from being made or removed. */
final class FailureTableSnapshots {
  private static final Duration RUN = Duration.ofMinutes(15);
  private static final String SCOPE =
      "/subscriptions/" + SimulatedAzure.SUBSCRIPTION + "/resourceGroups/snapshots";
  private static final String LOCK =
      SCOPE + "/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01";
  private static final String DROP = "{\"dropAnswer\":true}";

  private FailureTableSnapshots() {}

  static List<FailureRow> rows() {
    List<FailureRow> rows = new ArrayList<>();
    duplicates(rows);
    orphans(rows);
    rights(rows);
    locks(rows);
    return rows;
  }

  private static void duplicates(List<FailureRow> rows) {
    rows.add(
        FailureRow.of(
            "duplicates after a retry",
            "the answer to a restore point's creation is lost",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.fault("RestorePoints_Create", 4, DROP);
              Job job = completed(azure, vm, azure.backUp(vm));
              assertThat(job.setNumber()).as("one set").isEqualTo(1);
              assertThat(azure.asked("RestorePoints_Create")).isGreaterThan(1);
            }));
    rows.add(
        FailureRow.of(
            "duplicates after a retry",
            "the answer to a single snapshot's creation is lost",
            azure -> {
              SimulatedVm vm =
                  azure.vm("web").special(3, "web-both", "Premium_LRS", ",\"maxShares\":2");
              azure.fault("Snapshots_CreateOrUpdate", 4, DROP);
              Job job = warned(azure, vm, azure.backUp(vm, 3), "ConsistencyDegraded");
              assertThat(job.setNumber()).as("one set").isEqualTo(1);
              assertThat(azure.azure.leftovers().path("snapshots")).hasSize(1);
            }));
  }

  private static void orphans(List<FailureRow> rows) {
    for (SnapshotMethod method : SnapshotMethod.values()) {
      rows.add(
          FailureRow.of(
              "orphans after a crash",
              method + " of a job that nobody knows",
              azure -> {
                SimulatedVm vm = azure.vm("web");
                Job job = completed(azure, vm, azure.backUp(vm));
                JobId lost =
                    JobId.of(
                        job.id().itemId(), azure.world.clock.instant(), "lost with its tables");
                SnapshotSet set =
                    SnapshotNames.set(
                        lost, 1, method, job.snapshot().set(), azure.world.catalogue.id());
                assertThat(azure.azure.disks.begin(set)).isEmpty();
                reconcile(azure, 2);
                assertThat(made(azure)).as("too young to be taken for an orphan").isNotEmpty();
                reconcile(azure, 10);
                assertThat(made(azure)).isEmpty();
              }));
    }
    rows.add(
        FailureRow.of(
            "orphans after a crash",
            "an access that nobody knows, to a snapshot that is kept",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              Job job = completed(azure, vm, azure.backUp(vm, 3));
              azure.open(job.snapshot().parts().get(0), Duration.ofDays(20));
              reconcile(azure, 4);
              assertThat(azure.azure.leftovers().path("grants")).isEmpty();
            }));
  }

  private static List<String> made(SimulatedWorld azure) {
    List<String> ids = new ArrayList<>();
    azure.azure.leftovers().forEach(kind -> kind.forEach(id -> ids.add(id.asText())));
    return ids;
  }

  private static void reconcile(SimulatedWorld azure, int runs) {
    for (int run = 0; run < runs; run++) {
      azure.world.reconcile();
      azure.world.run();
      azure.world.advance(RUN);
    }
  }

  private static void rights(List<FailureRow> rows) {
    String row = "a right is missing or denied";
    rows.add(
        FailureRow.of(
            row,
            "seen before anything is made",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.put(
                  "/_sim/permissions",
                  """
                  [{"scope":"/subscriptions/%s","actions":["*"],
                    "notActions":["Microsoft.Compute/disks/beginGetAccess/action"]}]"""
                      .formatted(SimulatedAzure.SUBSCRIPTION));
              failed(
                  azure.backUp(vm),
                  "PermissionMissing",
                  "Microsoft.Compute/disks/beginGetAccess/action",
                  "disks/web-os",
                  "Assign the role");
              assertThat(azure.asked("RestorePoints_Create")).isZero();
            }));
    for (String code : List.of("LinkedAuthorizationFailed", "DenyAssignmentAuthorizationFailed")) {
      rows.add(
          FailureRow.of(
              row,
              code + " at the creation",
              azure -> {
                SimulatedVm vm = azure.vm("web");
                azure.fault(
                    "RestorePoints_Create",
                    100,
                    "{\"status\":403,\"code\":\"%s\",\"message\":\"no disks/beginGetAccess/action over disks/web-os\"}"
                        .formatted(code));
                failed(
                    azure.backUp(vm),
                    "AccessDenied",
                    code,
                    "disks/beginGetAccess/action over disks/web-os");
                assertThat(azure.answers("RestorePoints_Create", 403)).as("no tries").isOne();
              }));
    }
  }

  private static void locks(List<FailureRow> rows) {
    String row = "locks and policies";
    for (String level : List.of("CanNotDelete", "ReadOnly")) {
      rows.add(
          FailureRow.of(
              row,
              level + " on the group of the snapshots",
              azure -> {
                SimulatedVm vm = azure.vm("web");
                lock(azure, level);
                failed(azure.backUp(vm), "SnapshotGroupLocked", "locks/keep", "Remove the lock");
                assertThat(azure.asked("RestorePoints_Create")).isZero();
              }));
    }
    rows.add(
        FailureRow.of(
            row,
            "a lock that comes when the snapshot is there",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              JobId id = azure.request(vm, 0);
              azure.world.runUntil(Task.Finalize.class::isInstance);
              lock(azure, "CanNotDelete");
              for (int step = 0; step < 40 && !azure.world.bag.isEmpty(); step++) {
                azure.world.step();
              }
              assertThat(made(azure)).isNotEmpty();
              var unused = azure.azure.call("DELETE", LOCK, "");
              azure.world.run();
              reconcile(azure, 4);
              azure.assertHolds(azure.world.job(id), vm);
              assertThat(made(azure)).isEmpty();
            }));
    rows.add(
        FailureRow.of(
            row,
            "a policy forbids the creation",
            azure -> {
              SimulatedVm vm = azure.vm("web");
              azure.fault(
                  "RestorePoints_Create",
                  100,
                  "{\"status\":403,\"code\":\"RequestDisallowedByPolicy\",\"message\":\"policy 'tags' says no\"}");
              failed(
                  azure.backUp(vm), "AccessDenied", "RequestDisallowedByPolicy", "policy 'tags'");
            }));
  }

  private static void lock(SimulatedWorld azure, String level) {
    azure.put(LOCK, "{\"properties\":{\"level\":\"%s\"}}".formatted(level));
  }
}
