package io.holdfast.proof;

import io.holdfast.proof.PlantedFault.SeedCatch;
import io.holdfast.proof.PlantedFault.TestCatch;
import java.util.List;

/**
 * Breaks of rules 1 to 3: what is decided once, the one commit, and what waits for {@code points/}.
 */
final class CommitFaults {
  private static final String REPEATABLE = "1 repeatable";
  private static final String ONE_COMMIT = "2 one commit";
  private static final String PUBLISHED = "3 until points/ has it";

  private CommitFaults() {}

  static List<PlantedFault> all() {
    return List.of(
        // ---- 1
        new PlantedFault(
            "A plan is decided twice, and the later decision wins",
            REPEATABLE,
            "catalogue/WorkRows.java",
            "planningKey(job, next.disk()), values(next), was.etag())",
            "planningKey(job, next.disk()), values(next), TableStore.ANY)",
            new TestCatch(
                "backup.OrderingRulesTest",
                "of_two_runs_that_decide_a_plan_only_the_first_one_counts")),
        new PlantedFault(
            "A step works for a plan of another number",
            REPEATABLE,
            "backup/PlanDisk.java",
            "plan.get().value().number() != task.plan()",
            "false",
            new TestCatch("backup.RedeliveryTest", "work_for_another_number_is_dropped")),
        new PlantedFault(
            "A step works for a snapshot set of another number",
            REPEATABLE,
            "backup/AwaitSnapshot.java",
            "job.value().setNumber() != task.set()",
            "false",
            new TestCatch("backup.RedeliveryTest", "work_for_another_number_is_dropped")),
        new PlantedFault(
            "Another change source goes on under the number of the plan before",
            REPEATABLE,
            "backup/PlanDisk.java",
            "before.number() + 1",
            "before.number()",
            new TestCatch(
                "backup.OrderingRulesTest", "another_change_source_is_a_plan_of_another_number")),
        // ---- 2
        new PlantedFault(
            "The commit does not wait for the point manifest",
            ONE_COMMIT,
            "vault/Vault.java",
            "return save(ObjectKind.POINT_MANIFEST, point.encode());",
            "return new Saved(digester().digest(point.encode()), true, 0);",
            new TestCatch(
                "backup.OrderingRulesTest",
                "when_the_point_is_committed_the_vault_has_all_that_it_names")),
        new PlantedFault(
            "The commit does not wait for the disk manifests",
            ONE_COMMIT,
            "vault/Vault.java",
            "return save(ObjectKind.DISK_MANIFEST, manifest.encode());",
            "return new Saved(digester().digest(manifest.encode()), true, 0);",
            new SeedCatch()),
        new PlantedFault(
            "points/ has the point before the commit",
            ONE_COMMIT,
            "backup/Commit.java",
            "boolean done =",
            "target.putPoint(new io.holdfast.vault.PointRef(1, target.config().vaultId(),"
                + " point.itemId(), point.id(), point.vmId(), point.time(), manifest.hex(), point.retainUntil()));"
                + " boolean done =",
            new TestCatch(
                "backup.OrderingRulesTest", "a_commit_that_loses_leaves_nothing_in_points")),
        new PlantedFault(
            "A base may go while the commit is made",
            ONE_COMMIT,
            "backup/Commit.java",
            "changes.add(catalogue.points().assertExists(base));",
            "",
            new TestCatch(
                "backup.EndingsTest", "a_base_that_is_purged_under_the_commit_fails_the_job")),
        new PlantedFault(
            "The commit brings back the row of a base that is gone",
            ONE_COMMIT,
            "catalogue/PointRows.java",
            "new Change.Merge(key(base), Map.of(\"base\", true), TableStore.ANY)",
            "new Change.Upsert(key(base), Map.of(\"base\", true))",
            new TestCatch(
                "backup.EndingsTest", "a_base_that_is_purged_under_the_commit_fails_the_job")),
        new PlantedFault(
            "Whoever loses the race for a job's end ends it all the same",
            ONE_COMMIT,
            "catalogue/JobRows.java",
            "values(next), was.etag())); changes.add( new Change.Replace(",
            "values(next), TableStore.ANY)); changes.add( new Change.Replace(",
            new TestCatch("backup.EndingsTest", "of_a_commit_and_an_end_exactly_one_wins")),
        new PlantedFault(
            "A late failure ends a job that has committed",
            ONE_COMMIT,
            "backup/JobEnd.java",
            "!job.get().value().status().active()",
            "false",
            new TestCatch("backup.EndingsTest", "poison_does_not_touch_a_job_that_has_committed")),
        new PlantedFault(
            "A cancel takes back a point that was committed",
            ONE_COMMIT,
            "backup/JobEnd.java",
            "if (!job.status().active()) {",
            "if (job.status().ended()) {",
            new TestCatch(
                "backup.CancelTest",
                "a_cancel_that_comes_after_the_commit_s_transaction_loses_and_changes_nothing")),
        new PlantedFault(
            "A job that has left stays its item's active backup",
            ONE_COMMIT,
            "catalogue/JobRows.java",
            "after = after.withActive(null);",
            "",
            new TestCatch(
                "backup.RedeliveryTest",
                "a_second_backup_of_a_vm_waits_for_nobody_but_is_told_of_the_first")),
        new PlantedFault(
            "Two backups of one item are open at a time",
            ONE_COMMIT,
            "catalogue/JobRows.java",
            "if (running.isPresent()) {",
            "if (false) {",
            new TestCatch(
                "backup.RedeliveryTest",
                "a_second_backup_of_a_vm_waits_for_nobody_but_is_told_of_the_first")),
        new PlantedFault(
            "A job opens without its row among the open ones",
            ONE_COMMIT,
            "catalogue/JobRows.java",
            "insertOpenRow(job.id()); if (store.commit(",
            "if (store.commit(",
            new TestCatch(
                "backup.RedeliveryTest",
                "a_start_that_was_lost_before_its_job_opened_is_closed_and_a_late_opening_loses")),
        new PlantedFault(
            "A start that was lost is closed and opens late",
            ONE_COMMIT,
            "backup/Reconcile.java",
            "boolean unused = catalogue.jobs().insertEnded(never);",
            "catalogue.jobs().close(id);",
            new TestCatch(
                "backup.RedeliveryTest",
                "a_start_that_was_lost_before_its_job_opened_is_closed_and_a_late_opening_loses")),
        new PlantedFault(
            "A catalogue commits to a vault that another one owns",
            ONE_COMMIT,
            "backup/Commit.java",
            "vault.assertOwned();",
            "",
            new TestCatch("backup.EndingsTest", "a_vault_that_changed_hands_gets_no_commit")),
        // ---- 3
        new PlantedFault(
            "The snapshots go before points/ has the point",
            PUBLISHED,
            "backup/FinalizeBackup.java",
            "point = publish(job.value());",
            "release.advance(job.value(), catalogue.points().find(job.value().id())"
                + ".map(Versioned::value)); point = publish(job.value());",
            new TestCatch(
                "backup.OrderingRulesTest",
                "no_snapshot_is_removed_before_the_vault_has_the_point")),
        new PlantedFault(
            "A point that the vault does not have yet counts as the newer one",
            PUBLISHED,
            "backup/KeptSnapshots.java",
            "noneMatch(RecoveryPoint::available)",
            "noneMatch(newer -> true)",
            new TestCatch(
                "backup.DecisionsTest",
                "a_snapshot_stays_until_its_day_and_the_newest_until_there_is_a_newer_point")),
        new PlantedFault(
            "A late writer brings a purged point back",
            PUBLISHED,
            "vault/Vault.java",
            "return blobs.putIfAbsent(point.name().objectName(), ByteBuffer.wrap(point.encode()))"
                + ".created();",
            "blobs.put(point.name().objectName(), point.encode()); return true;",
            new TestCatch("vault.VaultPointsTest", "neverBringsAPurgedPointBack")));
  }
}
