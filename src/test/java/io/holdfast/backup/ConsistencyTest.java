package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.holdfast.catalogue.Guest;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.JobTask;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskFacts;
import io.holdfast.disk.DiskFacts.NetworkAccess;
import io.holdfast.disk.DiskSelection;
import io.holdfast.disk.DiskSelection.DiskMatch;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.Surroundings.Lock;
import io.holdfast.disk.Surroundings.Missing;
import io.holdfast.disk.Surroundings.Nic;
import io.holdfast.disk.Surroundings.Site;
import io.holdfast.disk.VmFacts.Agent;
import io.holdfast.disk.VmFacts.Extension;
import io.holdfast.disk.VmFacts.Security;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultKeys;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How VMs are frozen, what is done when that fails, and that it leaves nothing: every test ends by
 * restoring every point and by looking for what is left.
 */
class ConsistencyTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("web");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private static Protection wants(Consistency consistency, boolean required) {
    return new Protection(consistency, required, true, DiskSelection.ALL);
  }

  private static List<String> codes(List<Warning> warnings) {
    return warnings.stream().map(Warning::code).toList();
  }

  private PointManifest manifestOf(Job job) {
    Vault opened = Vault.open(world.blobs, VaultKeys.none());
    return opened.loadPoint(opened.findPoint(job.id().pointId()).get(0).name());
  }

  // ---- the ladder

  @ParameterizedTest
  @CsvSource({
    // windows, running, rungs that fail -> method, achieved, status
    "true, true, 0, RESTORE_POINT, APPLICATION_CONSISTENT, COMPLETED",
    "false, true, 0, RESTORE_POINT, FILE_SYSTEM_CONSISTENT, COMPLETED",
    "true, true, 1, CRASH_RESTORE_POINT, CRASH_CONSISTENT, COMPLETED_WITH_WARNINGS",
    "false, true, 1, CRASH_RESTORE_POINT, CRASH_CONSISTENT, COMPLETED_WITH_WARNINGS",
    "true, true, 2, DISK_SNAPSHOTS, CRASH_CONSISTENT, COMPLETED_WITH_WARNINGS",
    "false, true, 2, DISK_SNAPSHOTS, CRASH_CONSISTENT, COMPLETED_WITH_WARNINGS",
    "true, false, 0, CRASH_RESTORE_POINT, FILE_SYSTEM_CONSISTENT, COMPLETED",
    "false, false, 2, DISK_SNAPSHOTS, FILE_SYSTEM_CONSISTENT, COMPLETED_WITH_WARNINGS",
  })
  void each_rung_of_the_ladder_is_taken_when_the_ones_above_it_fail(
      boolean windows,
      boolean running,
      int failing,
      SnapshotMethod method,
      Consistency achieved,
      JobStatus status) {
    if (windows) {
      vm.windows();
    }
    if (!running) {
      vm.off();
    }
    for (int i = 0; i < failing; i++) {
      world.disks.fail(SnapshotMethod.values()[i], "VMRestorePointClientError", "it went wrong");
    }

    Job job = world.backUp(vm);

    assertThat(job.snapshot().set().method()).isEqualTo(method);
    assertThat(job.snapshot().achieved()).isEqualTo(achieved);
    assertThat(job.status()).isEqualTo(status);
    List<JobTask> failed =
        job.tasks().stream().filter(task -> task.status().equals("Failed")).toList();
    assertThat(failed)
        .allSatisfy(
            task -> {
              assertThat(task.failure().code()).isEqualTo("VMRestorePointClientError");
              assertThat(task.failure().message()).contains("it went wrong");
              assertThat(task.failure().remedy()).isNotBlank();
            })
        .hasSize(running ? failing : Math.max(0, failing - 1));
  }

  @Test
  void a_fault_of_azure_s_own_is_tried_again_on_the_same_rung_before_the_next() {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointInternalError", "try later");

    Job job = world.backUp(vm);

    assertThat(job.tasks())
        .extracting(JobTask::name, JobTask::status)
        .startsWith(
            tuple("Take snapshot", "Failed"),
            tuple("Take snapshot (try 2)", "Failed"),
            tuple("Take crash-consistent snapshot", "Completed"));
    assertThat(world.catalogue.guests().find(vm.itemId())).isEmpty();
  }

  @Test
  void a_rung_that_is_busy_for_an_hour_is_left_out_and_the_warning_says_when_it_is_free() {
    world.disks.refuse(
        SnapshotMethod.RESTORE_POINT,
        new Refusal("TooManyRequests", "3 an hour", Duration.ofMinutes(40)));

    Job job = world.backUp(vm);

    assertThat(job.warnings())
        .anySatisfy(warning -> assertThat(warning.message()).contains("free again at"));
    // Nobody's fault but the clock's.
    assertThat(world.catalogue.guests().find(vm.itemId())).isEmpty();
  }

  // ---- what is demanded

  @Test
  void a_policy_that_demands_more_than_a_vm_that_is_off_can_give_fails_before_anything_is_made() {
    Job first = world.backUp(vm);
    vm.windows().off();

    Job job = world.backUp(vm, wants(Consistency.APPLICATION_CONSISTENT, true));

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo("ConsistencyNotPossible");
    assertThat(job.error().message()).contains("ApplicationConsistent").contains("does not run");
    assertThat(world.disks.setsMade()).isEqualTo(1);
    assertThat(world.points(vm)).singleElement().isEqualTo(world.pointOf(first));
  }

  @Test
  void a_guest_that_gives_less_than_is_demanded_fails_the_job_and_leaves_no_snapshot() {
    Job first = world.backUp(vm);

    Job job = world.backUp(vm, wants(Consistency.APPLICATION_CONSISTENT, true));

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo("ConsistencyNotAchieved");
    assertThat(job.error().message())
        .contains("ApplicationConsistent is demanded")
        .contains("FileSystemConsistent was achieved");
    assertThat(world.disks.setsMade()).isEqualTo(2);
    assertThat(world.disks.left()).isEmpty();
    assertThat(world.points(vm)).singleElement().isEqualTo(world.pointOf(first));
  }

  @Test
  void a_rung_that_cannot_give_what_is_demanded_is_not_tried() {
    vm.windows();
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "VSS is broken");

    Job job = world.backUp(vm, wants(Consistency.FILE_SYSTEM_CONSISTENT, true));

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().message())
        .contains("VSS is broken")
        .contains("no other method gives it");
    assertThat(world.disks.setsMade()).isEqualTo(1);
  }

  @Test
  void crash_consistency_that_is_asked_for_is_no_degradation() {
    Job job = world.backUp(vm, wants(Consistency.CRASH_CONSISTENT, true));

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.snapshot().set().method()).isEqualTo(SnapshotMethod.CRASH_RESTORE_POINT);
  }

  // ---- the extension

  @Test
  void the_extension_is_installed_as_a_task_before_the_first_consistent_snapshot_and_only_once() {
    vm.withoutExtension();

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.tasks())
        .extracting(JobTask::name, JobTask::status)
        .startsWith(
            tuple("Install snapshot extension", "Completed"), tuple("Take snapshot", "Completed"));
    assertThat(world.disks.surroundings().installed()).containsExactly("web 1.0");

    // Somebody takes it out again: it is not forced on them.
    vm.withoutExtension();
    Job second = world.backUp(vm);

    assertThat(second.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(world.disks.surroundings().installed()).hasSize(1);
  }

  @Test
  void a_policy_that_forbids_the_extension_gets_crash_consistent_points_without_a_warning() {
    vm.withoutExtension();

    Job job = world.backUp(vm, new Protection(null, false, false, DiskSelection.ALL));

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.snapshot().achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
    assertThat(world.disks.surroundings().installed()).isEmpty();
  }

  @Test
  void without_the_permission_to_install_it_azure_s_own_install_is_tried() {
    vm.withoutExtension();
    world.disks.surroundings().refuseInstall("AuthorizationFailed", "no extensions/write");

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.tasks().get(0).failure().code()).isEqualTo("AuthorizationFailed");
    assertThat(job.snapshot().set().method()).isEqualTo(SnapshotMethod.RESTORE_POINT);
  }

  @Test
  void an_extension_that_failed_does_not_keep_the_snapshot_from_being_tried() {
    vm.withoutExtension();
    world.disks.surroundings().installEndsAs(Extension.State.FAILED, "exit code 7");

    Job job = world.backUp(vm);

    assertThat(job.tasks().get(0).failure().code()).isEqualTo("ExtensionFailed");
    assertThat(job.tasks().get(0).failure().message()).contains("exit code 7");
    assertThat(job.snapshot().set().method()).isEqualTo(SnapshotMethod.RESTORE_POINT);
  }

  @Test
  void an_extension_that_is_stuck_degrades_after_ten_minutes_and_says_so() {
    vm.withoutExtension();
    world.disks.surroundings().installEndsAs(Extension.State.PENDING, "waiting for the lock");

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(job.snapshot().set().method()).isEqualTo(SnapshotMethod.CRASH_RESTORE_POINT);
    assertThat(job.tasks().get(0).failure().code()).isEqualTo("ExtensionStuck");
    assertThat(job.tasks().get(0).failure().message()).contains("waiting for the lock");
    assertThat(guest().badFreezes()).isEqualTo(1);
  }

  @Test
  void an_agent_that_is_not_ready_means_crash_consistent_and_no_install() {
    vm.withoutExtension().agent(Agent.NOT_READY);

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(codes(job.warnings())).containsExactly("GuestAgentNotReady");
    assertThat(job.snapshot().achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
    assertThat(world.disks.surroundings().installed()).isEmpty();
  }

  // ---- freeze guard

  private Guest guest() {
    return world.catalogue.guests().find(vm.itemId()).map(Versioned::value).orElse(Guest.UNKNOWN);
  }

  @Test
  void after_two_bad_freezes_in_a_row_the_guest_is_left_alone_for_seven_days() {
    world.disks.fail(
        SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "fsfreeze of /data failed");
    world.backUp(vm);
    world.advance(Duration.ofHours(6));
    world.backUp(vm);
    assertThat(guest().badFreezes()).isEqualTo(2);
    world.disks.mend();
    int sets = world.disks.setsMade();

    world.advance(Duration.ofDays(6));
    Job guarded = world.backUp(vm);

    assertThat(guarded.snapshot().set().method()).isEqualTo(SnapshotMethod.CRASH_RESTORE_POINT);
    assertThat(world.disks.setsMade()).isEqualTo(sets + 1);
    assertThat(guarded.warnings())
        .anySatisfy(
            warning -> {
              assertThat(warning.code()).isEqualTo("FreezeGuard");
              assertThat(warning.message()).contains("fsfreeze of /data failed");
              assertThat(warning.remedy()).contains(":resetFreezeGuard");
            });

    world.advance(Duration.ofDays(2));
    Job tried = world.backUp(vm);

    assertThat(tried.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(tried.snapshot().set().method()).isEqualTo(SnapshotMethod.RESTORE_POINT);
    assertThat(guest().badFreezes()).isZero();
  }

  @Test
  void a_guest_that_fails_again_after_seven_days_falls_at_once() {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "no");
    world.backUp(vm);
    world.backUp(vm);
    world.advance(Duration.ofDays(8));
    world.backUp(vm);
    int sets = world.disks.setsMade();

    world.advance(Duration.ofDays(1));
    Job job = world.backUp(vm);

    assertThat(codes(job.warnings())).contains("FreezeGuard");
    assertThat(world.disks.setsMade()).isEqualTo(sets + 1);
  }

  @Test
  void a_person_may_reset_the_guard_and_a_good_freeze_between_two_bad_ones_does_too() {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "no");
    world.backUp(vm);
    world.backUp(vm);
    assertThat(world.catalogue.guests().reset(vm.itemId())).isTrue();
    world.disks.mend();

    Job good = world.backUp(vm);
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "no");
    world.backUp(vm);

    assertThat(good.snapshot().set().method()).isEqualTo(SnapshotMethod.RESTORE_POINT);
    assertThat(guest().badFreezes()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "OperationNotAllowed, 0",
    "AllocationFailed, 0",
    "DiskRestorePointClientError, 0",
    "VMRestorePointClientError, 1",
    "VMAgentStatusCommunicationError, 1",
    "UserErrorFsFreezeFailed, 1",
    "Pre-ScriptExecutionFailed, 1",
  })
  void only_what_the_guest_is_the_cause_of_counts_as_a_bad_freeze(String code, int bad) {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, code, "it failed");

    world.backUp(vm);

    assertThat(guest().badFreezes()).isEqualTo(bad);
  }

  @Test
  void a_silent_fall_to_crash_consistent_counts_one_to_file_system_consistent_does_not() {
    vm.windows();
    world.disks.downgradeTo(Consistency.FILE_SYSTEM_CONSISTENT);
    Job lower = world.backUp(vm);
    int afterLower = guest().badFreezes();
    world.disks.downgradeTo(Consistency.CRASH_CONSISTENT);
    world.backUp(vm);

    assertThat(lower.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(codes(lower.warnings())).containsExactly("ConsistencyDegraded");
    assertThat(afterLower).isZero();
    assertThat(guest().badFreezes()).isEqualTo(1);
  }

  @Test
  void messages_that_come_twice_count_a_bad_freeze_once() {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "no");
    world.duplicate(World.Duplicates.RUN_TWICE);

    world.backUp(vm);

    assertThat(guest().badFreezes()).isEqualTo(1);
  }

  // ---- scripts

  @Test
  void a_script_that_fails_is_named_and_the_point_is_not_called_application_consistent() {
    world.disks.downgradeTo(Consistency.APPLICATION_CONSISTENT);
    vm.extensionSays("ComponentStatus/VMSnapshot: Pre-ScriptExecutionFailed: exit 3");

    Job job = world.backUp(vm);

    assertThat(job.snapshot().achieved()).isEqualTo(Consistency.FILE_SYSTEM_CONSISTENT);
    assertThat(job.warnings())
        .anySatisfy(
            warning -> {
              assertThat(warning.code()).isEqualTo("Pre-ScriptExecutionFailed");
              assertThat(warning.message()).contains("exit 3");
              assertThat(warning.remedy()).contains("by hand as root");
            });
  }

  @Test
  void scripts_that_work_make_a_linux_point_application_consistent() {
    world.disks.downgradeTo(Consistency.APPLICATION_CONSISTENT);

    Job job = world.backUp(vm, wants(Consistency.APPLICATION_CONSISTENT, true));

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.snapshot().achieved()).isEqualTo(Consistency.APPLICATION_CONSISTENT);
  }

  @Test
  void a_freeze_that_fails_tells_what_the_extension_says() {
    vm.extensionSays("ComponentStatus/VMSnapshot: could not freeze /mnt/nfs, errno 5");
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "snapshot failed");

    Job job = world.backUp(vm);

    assertThat(job.tasks().get(0).failure().message()).contains("/mnt/nfs, errno 5");
  }

  @Test
  void an_application_consistent_point_of_windows_notes_that_vss_was_full() {
    vm.windows();

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(manifestOf(job).warnings())
        .extracting(PointManifest.Warning::code)
        .contains("VssFullBackup");
  }

  // ---- pre-checks

  static Stream<Arguments> obstacles() {
    DiskFacts plain = DiskFacts.PLAIN;
    return Stream.of(
        obstacle(
            "ConfidentialVmUnsupported", (world, vm) -> vm.security(Security.CONFIDENTIAL, null)),
        obstacle("UnmanagedDisks", (world, vm) -> vm.unmanaged("old-disk")),
        obstacle(
            "SnapshotGroupMissing",
            (world, vm) ->
                world
                    .disks
                    .surroundings()
                    .site(new Site(false, List.of(), List.of(), true, List.of(), Map.of()))),
        obstacle(
            "SnapshotGroupLocked",
            (world, vm) ->
                world
                    .disks
                    .surroundings()
                    .site(
                        new Site(
                            true,
                            List.of(new Lock("/subscriptions/s/locks/keep", false)),
                            List.of(),
                            true,
                            List.of(),
                            Map.of()))),
        obstacle(
            "PermissionMissing",
            (world, vm) ->
                world
                    .disks
                    .surroundings()
                    .site(
                        new Site(
                            true,
                            List.of(),
                            List.of(
                                new Missing(
                                    "Microsoft.Compute/disks/beginGetAccess/action", vm.id())),
                            true,
                            List.of(),
                            Map.of()))),
        obstacle(
            "NetworkAccessDenied",
            (world, vm) ->
                vm.facts(
                    "lun0",
                    new DiskFacts(
                        "",
                        false,
                        false,
                        false,
                        NetworkAccess.DENY_ALL,
                        null,
                        false,
                        null,
                        false,
                        Map.of()))),
        obstacle(
            "EntraDataAccessUnsupported",
            (world, vm) ->
                vm.facts(
                    "os",
                    new DiskFacts(
                        "",
                        false,
                        false,
                        false,
                        plain.networkAccess(),
                        null,
                        true,
                        null,
                        false,
                        Map.of()))));
  }

  private static Arguments obstacle(String code, Obstacle obstacle) {
    return Arguments.of(code, obstacle);
  }

  interface Obstacle {
    void put(World world, MemoryVm vm);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("obstacles")
  void what_stands_in_the_way_is_found_before_anything_is_touched(String code, Obstacle obstacle) {
    obstacle.put(world, vm);

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo(code);
    assertThat(job.error().message()).hasSizeGreaterThan(60);
    assertThat(world.disks.setsMade()).isZero();
    assertThat(world.points(vm)).isEmpty();
  }

  @Test
  void all_faults_come_at_once_each_with_what_to_do() {
    vm.unmanaged("old-disk");
    world
        .disks
        .surroundings()
        .site(
            new Site(
                true,
                List.of(new Lock("/locks/a", true)),
                List.of(new Missing("Microsoft.Compute/snapshots/write", "/rg")),
                true,
                List.of(),
                Map.of()));

    Job job = world.backUp(vm);

    assertThat(job.error().message())
        .contains("old-disk", "Convert them", "/locks/a", "Remove the lock")
        .contains("Microsoft.Compute/snapshots/write", "at /rg", "Assign the role");
  }

  // ---- disks

  private static Protection disks(List<DiskMatch> include, List<DiskMatch> exclude) {
    return new Protection(null, false, true, new DiskSelection(include, exclude));
  }

  @Test
  void a_disk_that_is_excluded_is_not_snapshotted_and_is_listed_in_the_point() {
    Job job = world.backUp(vm, disks(List.of(), List.of(new DiskMatch("lun0", null, Map.of()))));

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.snapshot().parts()).hasSize(1);
    assertThat(world.pointOf(job).disks()).hasSize(1);
    assertThat(world.pointOf(job).excluded())
        .singleElement()
        .satisfies(disk -> assertThat(disk.disk()).isEqualTo("lun0"));
    assertThat(manifestOf(job).excludedDisks())
        .singleElement()
        .satisfies(disk -> assertThat(disk.reason()).contains("leaves it out"));

    // It comes back: it is new to the chain, the others are not.
    Job whole = world.backUp(vm);

    assertThat(whole.disks())
        .extracting(disk -> disk.disk(), disk -> disk.result().changeSource().text())
        .containsExactly(tuple("os", "Compare"), tuple("lun0", "Full"));
  }

  @Test
  void disks_are_chosen_by_name_and_tag_and_a_filter_without_a_match_is_told() {
    vm.facts(
        "lun0",
        new DiskFacts(
            "",
            false,
            false,
            false,
            NetworkAccess.ALLOW_ALL,
            null,
            false,
            null,
            false,
            Map.of("backup", "no")));

    Job job =
        world.backUp(
            vm,
            disks(
                List.of(new DiskMatch(null, "WEB-*", Map.of())),
                List.of(
                    new DiskMatch(null, null, Map.of("backup", "no")),
                    new DiskMatch("lun9", null, Map.of()))));

    assertThat(job.disks()).extracting(disk -> disk.disk()).containsExactly("os");
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(codes(job.warnings())).containsExactly("DiskFilterUnmatched");
  }

  @Test
  void filters_that_leave_nothing_fail_the_job_and_the_last_point_stays() {
    Job first = world.backUp(vm);

    Job job =
        world.backUp(vm, disks(List.of(new DiskMatch(null, "nothing*", Map.of())), List.of()));

    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo("NoDiskSelected");
    assertThat(job.error().message()).contains("os (web-os)", "lun0 (web-lun0)");
    assertThat(world.points(vm)).singleElement().isEqualTo(world.pointOf(first));
  }

  private static DiskFacts kind(String sku, boolean shared, boolean ephemeral) {
    return new DiskFacts(
        sku, shared, ephemeral, false, NetworkAccess.ALLOW_ALL, null, false, null, false, Map.of());
  }

  @Test
  void a_shared_disk_gets_a_snapshot_of_its_own_and_the_point_says_so() {
    vm.facts("lun0", kind("Premium_LRS", true, false));

    Job job = world.backUp(vm);

    assertThat(job.snapshot().set().method()).isEqualTo(SnapshotMethod.RESTORE_POINT);
    assertThat(job.snapshot().parts())
        .extracting(part -> part.disk(), part -> part.restorePoint())
        .containsExactlyInAnyOrder(tuple("os", true), tuple("lun0", false));
    assertThat(job.snapshot().achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
    assertThat(job.warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning.message()).contains("holds disk lun0"));
    assertThat(guest().badFreezes()).isZero();
  }

  @Test
  void an_ultra_disk_is_in_consistent_points_and_single_beside_crash_consistent_ones() {
    vm.facts("lun0", kind("UltraSSD_LRS", false, false));

    Job whole = world.backUp(vm);
    Job crash = world.backUp(vm, wants(Consistency.CRASH_CONSISTENT, false));

    assertThat(whole.snapshot().parts()).allMatch(part -> part.restorePoint());
    assertThat(crash.snapshot().set().method()).isEqualTo(SnapshotMethod.CRASH_RESTORE_POINT);
    assertThat(crash.snapshot().parts())
        .filteredOn(part -> !part.restorePoint())
        .extracting(part -> part.disk())
        .containsExactly("lun0");
  }

  @Test
  void an_ephemeral_os_disk_is_left_out_with_a_warning() {
    vm.facts("os", kind("", false, true));

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(codes(job.warnings())).containsExactly("DiskNotCaptured");
    assertThat(world.pointOf(job).disks()).extracting(disk -> disk.disk()).containsExactly("lun0");
  }

  @Test
  void a_mixed_set_whose_kept_snapshots_are_over_leaves_nothing() {
    vm.facts("lun0", kind("Premium_LRS", true, false));
    world.backUp(vm, 1);
    vm.get("lun0").scribble(new Random(3), 4096, 512);
    world.advance(Duration.ofDays(2));

    Job job = world.backUp(vm, 0);

    assertThat(job.disks())
        .allSatisfy(
            disk -> assertThat(disk.result().changeSource().text()).isEqualTo("SnapshotDiff"));
    assertThat(world.disks.left()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("changesOfDisks")
  void disks_may_change_in_any_way_between_backups(String what, Consumer<MemoryVm> change) {
    world.backUp(vm, 5);
    change.accept(vm);

    Job job = world.backUp(vm, 5);

    assertThat(job.status()).as(what).isEqualTo(JobStatus.COMPLETED);
    for (Job.JobDisk disk : job.disks()) {
      assertThat(world.restore(world.pointOf(job), disk.disk()))
          .isEqualTo(vm.get(disk.disk()).bytes());
    }
  }

  static Stream<Arguments> changesOfDisks() {
    Random random = new Random(7);
    return Stream.of(
        change("added", vm -> fill(vm.attach("lun5", new MemoryDisk("new-id", 9 * 4096)), random)),
        change("removed", vm -> vm.detach("lun0")),
        change("moved to another LUN", vm -> move(vm, "lun0", "lun7")),
        change(
            "recreated under its name",
            vm -> fill(vm.attach("lun0", new MemoryDisk("again-id", 3 * 4096)), random)),
        change(
            "swapped with another",
            vm -> {
              fill(vm.attach("lun1", new MemoryDisk("second-id", 5 * 4096)), random);
              MemoryDisk first = vm.get("lun0");
              vm.attach("lun0", vm.get("lun1"));
              vm.attach("lun1", first);
            }));
  }

  private static void fill(MemoryDisk disk, Random random) {
    disk.scribble(random, 0, disk.sizeBytes() / 2);
  }

  private static void move(MemoryVm vm, String from, String to) {
    MemoryDisk disk = vm.get(from);
    vm.detach(from);
    vm.attach(to, disk);
  }

  private static Arguments change(String what, Consumer<MemoryVm> change) {
    return Arguments.of(what, change);
  }

  // ---- what is captured

  @Test
  void the_guest_state_of_a_trusted_launch_vm_is_a_disk_of_the_point() {
    MemoryDisk state = new MemoryDisk("state", 64 * 512);
    state.scribble(new Random(5), 0, 20_000);
    vm.security(Security.TRUSTED_LAUNCH, state);

    Job job = world.backUp(vm, 3);
    state.scribble(new Random(6), 512, 1024);
    Job second = world.backUp(vm, 3);

    assertThat(world.restore(world.pointOf(second), "guestState")).isEqualTo(state.bytes());
    assertThat(job.disks())
        .extracting(disk -> disk.disk())
        .containsExactly("os", "lun0", "guestState");
    assertThat(second.disks())
        .extracting(disk -> disk.result().changeSource().text())
        .containsExactly("SnapshotDiff", "SnapshotDiff", "Compare");
  }

  @Test
  void network_interfaces_are_captured_and_one_that_may_not_be_read_is_kept_by_id() {
    vm.nic("/nics/a").nic("/nics/b");
    world
        .disks
        .surroundings()
        .nic(new Nic("/nics/a", "{\"id\":\"/nics/a\",\"properties\":{\"subnet\":\"s1\"}}", null));
    world.disks.surroundings().nic(new Nic("/nics/b", null, "HTTP 403"));

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(codes(job.warnings())).containsExactly("NetworkInterfaceNotCaptured");
    assertThat(manifestOf(job).vm().at("/networkInterfaces/0/properties/subnet").asText())
        .isEqualTo("s1");
    assertThat(manifestOf(job).vm().at("/networkInterfaces/1/id").asText()).isEqualTo("/nics/b");
  }

  @Test
  void a_disk_that_the_guest_encrypts_is_backed_up_and_the_point_warns_of_its_keys() {
    vm.facts(
        "os",
        new DiskFacts(
            "", false, false, false, NetworkAccess.ALLOW_ALL, null, false, null, true, Map.of()));

    Job job = world.backUp(vm);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(codes(job.notes())).containsExactly("GuestEncrypted");
    assertThat(manifestOf(job).warnings())
        .anySatisfy(warning -> assertThat(warning.message()).contains("ciphertext"));
  }
}
