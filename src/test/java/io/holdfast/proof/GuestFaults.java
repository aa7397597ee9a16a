package io.holdfast.proof;

import io.holdfast.proof.PlantedFault.TestCatch;
import java.util.List;

/** Breaks of section 3: what a guest is spared, and what a snapshot is claimed to be. */
final class GuestFaults {
  private static final String NO_HARM = "3 no harm to the guest";
  private static final String CLAIM = "3 consistency as achieved";
  private static final String TEST = "backup.ConsistencyTest";

  private GuestFaults() {}

  static List<PlantedFault> all() {
    return List.of(
        new PlantedFault(
            "A bad freeze does not count",
            NO_HARM,
            "catalogue/Guest.java",
            "int bad = badFreezes + 1;",
            "int bad = badFreezes;",
            new TestCatch(
                TEST, "after_two_bad_freezes_in_a_row_the_guest_is_left_alone_for_seven_days")),
        new PlantedFault(
            "The guard is seen and the guest is frozen all the same",
            NO_HARM,
            "backup/Intent.java",
            "freezes &= skipped.isEmpty();",
            "",
            new TestCatch(
                TEST, "after_two_bad_freezes_in_a_row_the_guest_is_left_alone_for_seven_days")),
        new PlantedFault(
            "The extension is asked for again and again",
            NO_HARM,
            "backup/Intent.java",
            "(handler.isEmpty() && memory.extensionAskedAt() == null)",
            "handler.isEmpty()",
            new TestCatch(
                TEST,
                "the_extension_is_installed_as_a_task_before_the_first_consistent_snapshot_and_only_once")),
        new PlantedFault(
            "What stands in the way does not stop a backup",
            NO_HARM,
            "backup/StartBackup.java",
            "if (!stops.isEmpty()) {",
            "if (false) {",
            new TestCatch(TEST, "all_faults_come_at_once_each_with_what_to_do")),
        new PlantedFault(
            "An excluded disk is snapshotted",
            NO_HARM,
            "disk/SnapshotSet.java",
            "new ArrayList<>(excluded);",
            "new ArrayList<>();",
            new TestCatch(
                TEST, "a_disk_that_is_excluded_is_not_snapshotted_and_is_listed_in_the_point")),
        new PlantedFault(
            "Less than is demanded is a backup",
            CLAIM,
            "catalogue/Protection.java",
            "return required && consistency",
            "return false && consistency",
            new TestCatch(
                TEST,
                "a_guest_that_gives_less_than_is_demanded_fails_the_job_and_leaves_no_snapshot")),
        new PlantedFault(
            "A point is called application-consistent though a script failed",
            CLAIM,
            "backup/Reached.java",
            "!scripts.isEmpty() && ready.achieved()",
            "false && ready.achieved()",
            new TestCatch(
                TEST,
                "a_script_that_fails_is_named_and_the_point_is_not_called_application_consistent")),
        new PlantedFault(
            "A damaged object that is there already is referred to",
            "5 create or touch",
            "vault/Vault.java",
            "if (proving && !mended(kind, id, object)) {",
            "if (false) {",
            new TestCatch(
                "backup.UnusableBaseTest",
                "a_chunk_that_is_damaged_below_a_damaged_index_is_replaced_too")));
  }
}
