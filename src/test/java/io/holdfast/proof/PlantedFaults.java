package io.holdfast.proof;

import io.holdfast.proof.PlantedFault.TestCatch;
import java.util.List;

/**
 * The faults of {@code docs/proof.md}, in the order of the rules. Whoever changes a line that is
 * named here plants the fault in the new line.
 */
final class PlantedFaults {
  private static final String REPEATABLE = "1 repeatable";
  private static final String ONE_COMMIT = "2 one commit";
  private static final String PUBLISHED = "3 until points/ has it";
  private static final String PLANNING = "4 planning is open work";
  private static final String TOUCH = "5 create or touch";
  private static final String FENCE = "6 collection";
  private static final String BYTES = "7 bytes";
  private static final String NOTHING_LEFT = "8 nothing left behind";

  private PlantedFaults() {}

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
            new TestCatch(
                "backup.OrderingRulesTest",
                "when_the_point_is_committed_the_vault_has_all_that_it_names")),
        new PlantedFault(
            "points/ has the point before the commit",
            ONE_COMMIT,
            "backup/Commit.java",
            "boolean done =",
            "target.putPoint(new io.holdfast.vault.PointRef(1, target.config().vaultId(),"
                + " point.itemId(), point.id(), point.vmId(), point.time(), manifest.hex()));"
                + " boolean done =",
            new TestCatch(
                "backup.OrderingRulesTest", "a_commit_that_loses_leaves_nothing_in_points")),
        new PlantedFault(
            "A base may go while the commit is made",
            ONE_COMMIT,
            "backup/Commit.java",
            "bases.forEach(base -> changes.add(catalogue.points().assertExists(base)));",
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
            "RecoveryPoint point = publish(job.value());",
            "release.advance(job.value(), catalogue.points().find(job.value().id())"
                + ".map(Versioned::value)); RecoveryPoint point = publish(job.value());",
            new TestCatch(
                "backup.OrderingRulesTest",
                "no_snapshot_is_removed_before_the_vault_has_the_point")),
        new PlantedFault(
            "A point that the vault does not have yet counts as the newer one",
            PUBLISHED,
            "backup/KeptSnapshots.java",
            "noneMatch(RecoveryPoint::published)",
            "noneMatch(newer -> true)",
            new TestCatch(
                "backup.DecisionsTest",
                "a_snapshot_stays_until_its_day_and_the_newest_until_there_is_a_newer_point")),
        new PlantedFault(
            "A late writer brings a purged point back",
            PUBLISHED,
            "vault/Vault.java",
            "return blobs.putIfAbsent(point.name().objectName(), point.encode()).created();",
            "blobs.put(point.name().objectName(), point.encode()); return true;",
            new TestCatch("vault.VaultPointsTest", "neverBringsAPurgedPointBack")),
        // ---- 4
        new PlantedFault(
            "Planning does not count as open work once it has begun",
            PLANNING,
            "catalogue/WorkRows.java",
            "openRows(job).stream().map(row -> open(job, row))",
            "openRows(job).stream().filter(row -> row.values().get(\"access\") == null"
                + " || !row.key().row().contains(\"-open-plan-\")).map(row -> open(job, row))",
            new TestCatch("backup.OrderingRulesTest", "a_disk_that_is_planned_keeps_its_job_open")),
        new PlantedFault(
            "A lane is moved without a row that says it is open",
            PLANNING,
            "catalogue/WorkRows.java",
            "changes.add(new Change.Insert(movingKey(job, fresh), Map.of()));",
            "",
            new TestCatch("backup.OrderingRulesTest", "a_disk_that_is_planned_keeps_its_job_open")),
        new PlantedFault(
            "An empty page of a query is taken for its end",
            PLANNING,
            "catalogue/Rows.java",
            "rows.addAll(page.rows());",
            "if (page.rows().isEmpty()) { break; } rows.addAll(page.rows());",
            new TestCatch("backup.OrderingRulesTest", "an_empty_page_is_not_the_end_of_a_query")),
        new PlantedFault(
            "Whoever loses a lane's row goes on with the lane",
            PLANNING,
            "backup/TransferLane.java",
            "if (!owned) {",
            "if (false) {",
            new TestCatch(
                "backup.OrderingRulesTest", "of_two_runs_of_a_lane_only_the_first_one_goes_on")),
        new PlantedFault(
            "A lane's row is written whoever wrote it last",
            PLANNING,
            "catalogue/WorkRows.java",
            "laneKey(job, next), values(next), was.etag())",
            "laneKey(job, next), values(next), TableStore.ANY)",
            new TestCatch(
                "backup.OrderingRulesTest", "of_two_runs_of_a_lane_only_the_first_one_goes_on")),
        new PlantedFault(
            "A lane forks where a message comes late",
            PLANNING,
            "backup/TransferLane.java",
            "task.cursor() < lane.get().value().cursor()",
            "false",
            new TestCatch(
                "backup.RedeliveryTest",
                "a_message_behind_its_lane_s_cursor_is_dropped_at_first_and_sent_on_when_it_comes_again")),
        new PlantedFault(
            "A segment that was to be moved and has no result is taken for zeros",
            PLANNING,
            "backup/DiskAssembly.java",
            "lane.place() != own.length ||",
            "lane.place() > own.length && ",
            new TestCatch(
                "backup.DecisionsTest", "a_segment_that_had_to_be_moved_and_has_no_result_fails")),
        new PlantedFault(
            "A segment that was not moved is the base's also under Compare",
            PLANNING,
            "backup/DiskAssembly.java",
            "plan.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF",
            "base.isPresent()",
            new TestCatch(
                "backup.DecisionsTest", "otherwise_a_segment_that_was_not_moved_is_zeros")),
        new PlantedFault(
            "What is not allocated is the base's under Compare",
            PLANNING,
            "backup/SegmentMover.java",
            "segment.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF",
            "segment.decision().changeSource() != ChangeSource.FULL",
            new TestCatch("backup.BackupTest", "full_compare_and_diff_hold_the_same")),
        // ---- 5
        new PlantedFault(
            "An object that is there is written over",
            TOUCH,
            "azure/AzureBlobs.java",
            "new BlobRequestConditions().setIfNoneMatch(\"*\")",
            "new BlobRequestConditions()",
            new TestCatch("azure.AzureBlobsTest", "putIfAbsentLeavesWhatIsThere")),
        new PlantedFault(
            "An old object that is there is not touched",
            TOUCH,
            "vault/Vault.java",
            "blobs.touch(name, put.serviceTime().minus(SAFE_AGE)) != BlobStore.Touch.ABSENT",
            "blobs.exists(name)",
            new TestCatch("vault.VaultTest", "renewsAnOldChunk")),
        new PlantedFault(
            "A chunk that an earlier run sent is looked for and not touched",
            TOUCH,
            "vault/Vault.java",
            "blobs.touch(ObjectKind.CHUNK.objectName(id), BlobStore.WHATEVER_ITS_AGE)"
                + " != BlobStore.Touch.ABSENT",
            "blobs.exists(ObjectKind.CHUNK.objectName(id))",
            new TestCatch("vault.VaultTest", "keepsAChunkInOneRequestIfItIsThere")),
        // ---- 6
        new PlantedFault(
            "A backup commits past its deadline",
            FENCE,
            "backup/FinalizeBackup.java",
            "clock.instant().isAfter(job.value().deadline())",
            "false",
            new TestCatch("backup.EndingsTest", "a_step_past_the_deadline_ends_its_job_itself")),
        // ---- 7
        new PlantedFault(
            "Clear ranges of a diff are forgotten",
            BYTES,
            "backup/SegmentMover.java",
            "touched.cleared().stream()",
            "java.util.stream.IntStream.empty()",
            new TestCatch("backup.BackupTest", "full_compare_and_diff_hold_the_same")),
        new PlantedFault(
            "A chunk that was cleared in part is taken for zeros",
            BYTES,
            "backup/SegmentGrid.java",
            "clearBytes[chunk] == chunkLength(segment, chunk)",
            "clearBytes[chunk] > 0",
            new TestCatch("backup.BackupTest", "full_compare_and_diff_hold_the_same")),
        new PlantedFault(
            "A full page of a change list is taken for all of it",
            BYTES,
            "azure/SasDiskReader.java",
            "list.getPageRange().size() + list.getClearRange().size() >= ELEMENTS_MAX",
            "list.getPageRange().size() + list.getClearRange().size() > ELEMENTS_MAX",
            new TestCatch("azure.AzureDisksTest", "a_long_change_list_comes_whole_and_in_order")),
        new PlantedFault(
            "Order and bounds of a change list are not asserted",
            BYTES,
            "disk/Extent.java",
            "extent.offset() < reached || extent.end() > windowEnd",
            "false",
            new TestCatch("disk.ExtentTest", "a_list_that_breaks_the_rule_is_refused")),
        new PlantedFault(
            "A reader takes what it is given for what it asked for",
            BYTES,
            "vault/ObjectCodec.java",
            "!digester().digest(plaintext).equals(id)",
            "false",
            new TestCatch("vault.ObjectCodecTest", "refusesEveryFlippedBitOfARawObject")),
        new PlantedFault(
            "The last chunk of a disk is padded with what the buffer held",
            BYTES,
            "backup/SegmentMover.java",
            "Arrays.fill(bytes, length, bytes.length, (byte) 0);",
            "",
            new TestCatch(
                "backup.OrderingRulesTest", "the_last_chunk_of_a_disk_is_padded_with_zeros")),
        // ---- 8
        new PlantedFault(
            "A snapshot is asked for and is not on record",
            NOTHING_LEFT,
            "backup/StartBackup.java",
            "with.add(catalogue.held().made(id, set));",
            "",
            new TestCatch("backup.InstantRestoreTest", "by_default_a_snapshot_goes_with_its_job")),
        new PlantedFault(
            "An access is recorded for work that is no longer open",
            NOTHING_LEFT,
            "catalogue/HeldRows.java",
            "new Change.Merge(WorkRows.openKey(job, needs), Map.of(\"access\", true), TableStore.ANY),",
            "",
            new TestCatch(
                "backup.OrderingRulesTest",
                "no_access_is_on_record_for_a_job_that_has_been_released")),
        new PlantedFault(
            "An access that came while its job ended is kept",
            NOTHING_LEFT,
            "backup/Grants.java",
            "if (!catalogue.work().isOpen(job.id(), needs)) {",
            "if (false) {",
            new TestCatch(
                "backup.EndingsTest",
                "an_access_that_was_asked_for_while_the_job_ended_is_ended_too")),
        new PlantedFault(
            "An access outlives its job's deadline",
            NOTHING_LEFT,
            "backup/Deadlines.java",
            "Duration.between(now, job.deadline())",
            "Duration.between(now, job.deadline()).plusHours(1)",
            new TestCatch("backup.EndingsTest", "an_access_ends_no_later_than_the_deadline")),
        new PlantedFault(
            "The release forgets the accesses",
            NOTHING_LEFT,
            "backup/Release.java",
            "disks.close(snapshot)",
            "true",
            new TestCatch("backup.InstantRestoreTest", "by_default_a_snapshot_goes_with_its_job")),
        new PlantedFault(
            "The work of a job that has ended is not closed before its accesses are",
            NOTHING_LEFT,
            "backup/Release.java",
            "catalogue.work().closeAll(job.id());",
            "",
            new TestCatch("backup.EndingsTest", "a_job_that_ended_is_given_no_access")),
        new PlantedFault(
            "A snapshot is removed while someone has access to it",
            NOTHING_LEFT,
            "backup/Release.java",
            "if (!done) { return false; }",
            "",
            new TestCatch(
                "backup.OrderingRulesTest",
                "a_snapshot_is_removed_only_when_nobody_has_access_to_it")),
        new PlantedFault(
            "A removal that failed is forgotten",
            NOTHING_LEFT,
            "backup/FinalizeBackup.java",
            "trouble = Optional.of(notRemoved(refused.getMessage()));",
            "",
            new TestCatch(
                "backup.EndingsTest",
                "a_snapshot_that_cannot_be_removed_is_a_warning_and_is_removed_later")),
        new PlantedFault(
            "The sweep takes what a job under way has made",
            NOTHING_LEFT,
            "backup/Leaked.java",
            "job.isPresent() && !job.get().released()",
            "false",
            new TestCatch(
                "backup.OrderingRulesTest", "the_sweep_leaves_what_a_job_under_way_has_made")),
        new PlantedFault(
            "A job that is released once more is closed all the same",
            NOTHING_LEFT,
            "catalogue/JobRows.java",
            "if (!released) {",
            "if (false) {",
            new TestCatch(
                "backup.OrderingRulesTest",
                "a_job_of_which_something_turns_up_while_it_is_closed_stays_open")),
        new PlantedFault(
            "A snapshot that comes after its job's end is left behind",
            NOTHING_LEFT,
            "backup/Ladder.java",
            "return catalogue.jobs().reclaim(id, catalogue.held().madeAgain(id, set));",
            "return false;",
            new TestCatch(
                "backup.OrderingRulesTest",
                "a_snapshot_that_comes_after_its_job_s_end_is_removed")));
  }
}
