package io.holdfast.proof;

import io.holdfast.proof.PlantedFault.TestCatch;
import java.util.List;

/** Breaks of rule 8: what is made or granted, and has to go. */
final class LeftoverFaults {
  private static final String NOTHING_LEFT = "8 nothing left behind";

  private LeftoverFaults() {}

  static List<PlantedFault> all() {
    return List.of(
        // ---- 8
        new PlantedFault(
            "A snapshot is asked for and is not on record",
            NOTHING_LEFT,
            "backup/StartBackup.java",
            "with.add(catalogue.held().made(job.id(), set));",
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
            "disks.close(job.id().toString(), snapshot)",
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
