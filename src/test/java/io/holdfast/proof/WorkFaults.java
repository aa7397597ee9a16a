package io.holdfast.proof;

import io.holdfast.proof.PlantedFault.SeedCatch;
import io.holdfast.proof.PlantedFault.TestCatch;
import java.util.List;

/** Breaks of rule 4: what is open, and who goes on with it. */
final class WorkFaults {
  private static final String PLANNING = "4 planning is open work";

  private WorkFaults() {}

  static List<PlantedFault> all() {
    return List.of(
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
            new SeedCatch()),
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
            "transfer/SegmentMover.java",
            "if (segment.keepsBase()) {",
            "if (true) {",
            new TestCatch("backup.BackupTest", "full_compare_and_diff_hold_the_same")));
  }
}
