package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.Extent;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.local.sim.ComputeSimulator.Seen;
import io.holdfast.testing.ChangeLists;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Azure Compute by the real SDK, over HTTPS with a token, against the simulator. */
class AzureDisksTest {
  private static final int LOOKS_MAX = 20;
  private static final Duration HOUR = Duration.ofHours(1);
  private static SimulatedAzure azure;
  private static int vms;

  private final Disks disks = azure.disks;
  private final Random random = new Random(5);

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    azure = SimulatedAzure.secure(folder);
  }

  @AfterAll
  static void everyRequestToArmHadATokenAndNoOtherDid() {
    try {
      assertThat(azure.tokens).hasValueGreaterThan(0);
      // Those of the tests themselves, which own the VMs, have none.
      List<Seen> ours =
          azure.simulator.requests().stream()
              .filter(seen -> !seen.path().startsWith("/_sim"))
              .filter(seen -> !isOfTheOwner(seen))
              .toList();
      assertThat(ours)
          .filteredOn(seen -> seen.path().startsWith("/md-"))
          .isNotEmpty()
          .noneMatch(Seen::hasAuthorization);
      assertThat(ours)
          .filteredOn(seen -> !seen.path().startsWith("/md-"))
          .hasSizeGreaterThan(50)
          .allMatch(Seen::hasAuthorization);
    } finally {
      azure.close();
    }
  }

  private static boolean isOfTheOwner(Seen seen) {
    return !seen.method().equals("GET")
        && (seen.operation().startsWith("Disks_")
            || seen.operation().startsWith("VirtualMachines_"));
  }

  private Vm vm() {
    return disks.vm(azure.vm("vm" + ++vms, "Linux")).orElseThrow();
  }

  private SetState.Ready ready(SnapshotSet set) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      SetState state = disks.look(set);
      if (state instanceof SetState.Ready ready) {
        return ready;
      }
      assertThat(state).isInstanceOf(SetState.Pending.class);
    }
    throw new AssertionError("it did not get ready");
  }

  private static DiskSnapshot part(SetState.Ready ready, String disk) {
    return ready.snapshots().stream()
        .filter(part -> part.disk().equals(disk))
        .findFirst()
        .orElseThrow();
  }

  private static DiskReader open(Disks disks, DiskSnapshot snapshot) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      Optional<DiskReader> reader = disks.open("job", snapshot, HOUR);
      if (reader.isPresent()) {
        return reader.get();
      }
    }
    throw new AssertionError("no access was granted");
  }

  private void close(DiskSnapshot snapshot) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      if (disks.close("job", snapshot)) {
        return;
      }
    }
    throw new AssertionError("the access did not end");
  }

  private void remove(SnapshotSet set) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      if (disks.remove(set)) {
        return;
      }
    }
    throw new AssertionError("it was not removed");
  }

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  // ---- VMs

  @Test
  void a_vm_is_read_with_its_disks_in_order_its_state_and_its_model() {
    String id = azure.vm("reader", "Linux");

    Vm vm = disks.vm(id).orElseThrow();

    assertThat(vm.id()).isEqualToIgnoringCase(id);
    assertThat(vm.guid()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    assertThat(vm.name()).isEqualTo("reader");
    assertThat(vm.location()).isEqualTo("westeurope");
    assertThat(vm.running()).isTrue();
    assertThat(vm.windows()).isFalse();
    assertThat(vm.tags()).containsEntry("backup", "nightly");
    assertThat(vm.disks())
        .extracting(VmDisk::key, VmDisk::name, VmDisk::lun, VmDisk::sizeBytes)
        .containsExactly(
            tuple("os", "reader-os", -1, 4L << 20),
            tuple("lun2", "reader-b", 2, 1L << 20),
            tuple("lun5", "reader-a", 5, 1L << 20));
    assertThat(vm.disks())
        .extracting(VmDisk::uniqueId)
        .doesNotHaveDuplicates()
        .doesNotContainNull();
    assertThat(vm.model()).contains("reader-os", "\"lun\":5", "\"backup\":\"nightly\"");
    assertThat(vm.disks().get(0).model()).contains("\"osType\":\"Linux\"", "westeurope");
  }

  @Test
  void a_vm_that_is_off_or_runs_windows_says_so() {
    String id = azure.vm("windows", "Windows");
    var unused = azure.call("POST", id + "/deallocate?api-version=2025-04-01", "");

    Optional<Vm> vm = disks.vm(id);
    for (int look = 0; look < LOOKS_MAX && vm.orElseThrow().running(); look++) {
      vm = disks.vm(id);
    }

    assertThat(vm.orElseThrow().windows()).isTrue();
    assertThat(vm.orElseThrow().running()).isFalse();
  }

  @Test
  void a_vm_that_is_not_there_is_none() {
    assertThat(disks.vm(SimulatedAzure.id("virtualMachines/nobody"))).isEmpty();
  }

  @Test
  void the_vms_of_a_subscription_are_listed_with_their_tags() {
    String id = azure.vm("listed", "Linux");

    assertThat(disks.vms(SimulatedAzure.SUBSCRIPTION))
        .filteredOn(vm -> vm.id().equalsIgnoreCase(id))
        .singleElement()
        .satisfies(vm -> assertThat(vm.tags()).containsEntry("backup", "nightly"));
    assertThat(disks.vms("00000000-0000-0000-0000-000000000009")).isEmpty();
  }

  @Test
  void whoever_may_not_read_is_told_by_name() {
    String id = azure.vm("secret", "Linux");
    azure.faults(
        """
        [{"match":{"operation":"VirtualMachines_Get"},
          "action":{"status":403,"code":"AuthorizationFailed","message":"no role"}}]""");

    assertThatThrownBy(() -> disks.vm(id))
        .isInstanceOfSatisfying(Invalid.class, e -> assertThat(e.code()).isEqualTo("AccessDenied"))
        .hasMessageContaining("AuthorizationFailed")
        .hasMessageContaining("secret")
        .hasMessageNotContaining(SimulatedAzure.TOKEN);
  }

  @Test
  void a_throttled_call_names_the_time_to_come_back() {
    String id = azure.vm("busy", "Linux");
    azure.faults(
        """
        [{"match":{"operation":"VirtualMachines_Get"},
          "action":{"status":429,"code":"TooManyRequests","message":"slow","retryAfter":7}}]""");

    assertThatThrownBy(() -> disks.vm(id))
        .isInstanceOfSatisfying(
            Unavailable.class, e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(7)));
  }

  // ---- snapshot sets

  @ParameterizedTest
  @EnumSource
  void a_set_is_made_read_and_removed_and_each_call_may_be_repeated(SnapshotMethod method)
      throws DiffRefused {
    Vm vm = vm();
    String os = vm.name() + "-os";
    azure.write(os, 0, noise(8_192));
    azure.write(os, 3 << 20, noise(100_000));
    byte[] before = azure.bytes(os);
    SnapshotSet first = SimulatedAzure.set(vm, 1, method);
    assertThat(disks.look(first)).isInstanceOf(SetState.Missing.class);
    assertThat(disks.begin(first)).isEmpty();
    assertThat(disks.begin(first)).isEmpty();
    azure.write(os, 0, new byte[4_096]);
    azure.write(os, 1 << 20, noise(4_096));

    SetState.Ready ready = ready(first);

    assertThat(ready.snapshots())
        .extracting(DiskSnapshot::disk)
        .containsExactlyInAnyOrder("os", "lun2", "lun5");
    assertThat(ready.snapshots())
        .allSatisfy(
            part -> {
              assertThat(part.restorePoint()).isEqualTo(method != SnapshotMethod.DISK_SNAPSHOTS);
              assertThat(part.family()).isNotEmpty();
              assertThat(part.logicalSectorBytes()).isIn(512, 4096);
            });
    assertThat(part(ready, "os").uniqueId()).isEqualTo(vm.disks().get(0).uniqueId());
    assertThat(ready.achieved())
        .isEqualTo(
            method == SnapshotMethod.RESTORE_POINT
                ? Consistency.FILE_SYSTEM_CONSISTENT
                : Consistency.CRASH_CONSISTENT);

    DiskReader reader = open(disks, part(ready, "os"));
    assertThat(reader.sizeBytes()).isEqualTo(4 << 20);
    assertThat(read(reader)).isEqualTo(before);
    List<Extent> allocated = ChangeLists.allocated(reader, 0, reader.sizeBytes());
    assertThat(allocated).noneMatch(Extent::clear);
    assertThat(outside(before, allocated)).as("what is not allocated").containsOnly(0);
    assertThat(allocated).allMatch(extent -> extent.end() <= 4 << 20);
    assertThat(reader.toString()).doesNotContain("sig=");

    SnapshotSet second = SimulatedAzure.set(vm, 2, method);
    assertThat(disks.begin(second)).isEmpty();
    SetState.Ready later = ready(second);
    assertThat(part(later, "os").family()).isEqualTo(part(ready, "os").family());
    DiskReader now = open(disks, part(later, "os"));
    List<Extent> changed = ChangeLists.changed(now, reader, 0, now.sizeBytes());
    assertThat(changed)
        .containsExactly(new Extent(0, 4_096, true), new Extent(1 << 20, 4_096, false));
    assertThat(ChangeLists.changed(now, reader, 2 << 20, 1 << 20)).isEmpty();

    close(part(ready, "os"));
    close(part(later, "os"));
    remove(first);
    remove(second);
    assertThat(disks.remove(first)).isTrue();
    assertThat(disks.look(first)).isInstanceOf(SetState.Missing.class);
    assertThat(leftOf(vm)).isEmpty();
  }

  /** Snapshots, restore points and accesses that are left of a VM. */
  private static List<String> leftOf(Vm vm) {
    List<String> left = new ArrayList<>();
    azure.leftovers().forEach(ids -> ids.forEach(id -> left.add(id.asText())));
    return left.stream().filter(id -> id.contains("/hf-" + vm.name() + "-")).toList();
  }

  private static byte[] read(DiskReader reader) {
    byte[] all = new byte[(int) reader.sizeBytes()];
    byte[] part = new byte[1 << 20];
    for (int at = 0; at < all.length; at += part.length) {
      reader.read(at, ByteBuffer.wrap(part));
      System.arraycopy(part, 0, all, at, part.length);
    }
    return all;
  }

  private static byte[] outside(byte[] bytes, List<Extent> extents) {
    byte[] rest = bytes.clone();
    extents.forEach(
        extent -> Arrays.fill(rest, (int) extent.offset(), (int) extent.end(), (byte) 0));
    return rest;
  }

  @Test
  void each_job_has_accesses_of_its_own_also_where_another_process_ended_the_last_one() {
    Vm vm = vm();
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(set)).isEmpty();
    DiskSnapshot os = part(ready(set), "os");
    AzureDisks lanes = azure.restarted();
    AzureDisks release = azure.restarted();

    for (String job : List.of("job1", "job2", "job3")) {
      Optional<DiskReader> reader = Optional.empty();
      for (int look = 0; look < LOOKS_MAX && reader.isEmpty(); look++) {
        reader = lanes.open(job, os, HOUR);
      }
      assertThat(read(reader.orElseThrow())).hasSize(4 << 20);
      boolean ended = false;
      for (int look = 0; look < LOOKS_MAX && !ended; look++) {
        ended = release.close("job", os);
      }
      assertThat(azure.leftovers().path("grants").toString()).doesNotContain(os.id());
    }
    remove(set);
    assertThat(leftOf(vm)).isEmpty();
  }

  @Test
  void a_snapshot_that_is_granted_but_never_readable_ends_with_the_reason() {
    Vm vm = vm();
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(set)).isEmpty();
    DiskSnapshot os = part(ready(set), "os");
    azure.faults(
        """
        [{"match":{"operation":"Blob_GetProperties"},"times":1000,
          "action":{"status":403,"code":"AuthorizationFailure","message":"private only"}}]""");
    try {
      assertThatThrownBy(
              () -> {
                for (int look = 0; look < LOOKS_MAX; look++) {
                  try {
                    var unused = disks.open("job", os, HOUR);
                  } catch (Unavailable again) {
                    assertThat(again.retryAfter()).isPresent();
                  }
                }
              })
          .isInstanceOf(Invalid.class)
          .hasMessageContaining("networkAccessPolicy")
          .hasMessageNotContaining("sig=");
    } finally {
      azure.faults("[]");
    }
    close(os);
    remove(set);
  }

  @Test
  void the_fourth_restore_point_of_an_hour_is_refused_with_the_time_when_it_is_free() {
    Vm vm = vm();
    for (int number = 1; number <= 3; number++) {
      SnapshotSet set = SimulatedAzure.set(vm, number, SnapshotMethod.RESTORE_POINT);
      assertThat(disks.begin(set)).isEmpty();
      ready(set);
      remove(set);
    }

    Optional<Refusal> refusal =
        disks.begin(SimulatedAzure.set(vm, 4, SnapshotMethod.RESTORE_POINT));

    assertThat(refusal)
        .hasValueSatisfying(
            refused -> {
              assertThat(refused.code()).isEqualTo("TooManyRequests");
              assertThat(refused.retryAfter()).isGreaterThan(Duration.ofMinutes(30));
            });
    SnapshotSet crash = SimulatedAzure.set(vm, 5, SnapshotMethod.CRASH_RESTORE_POINT);
    assertThat(disks.begin(crash)).as("the next rung").isEmpty();
    ready(crash);
    remove(crash);
  }

  @Test
  void a_restore_point_that_fails_says_why() {
    Vm vm = vm();
    azure.faults(
        """
        [{"match":{"operation":"RestorePoints_Create"},"action":{"failOperation":
          {"code":"VMRestorePointClientError","message":"VSS said no"}}}]""");
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(set)).isEmpty();

    SetState state = disks.look(set);
    for (int look = 0; look < LOOKS_MAX && state instanceof SetState.Pending; look++) {
      state = disks.look(set);
    }

    assertThat(state).isInstanceOf(SetState.Failed.class);
    remove(set);
  }

  @Test
  void what_azure_achieved_is_read_back() {
    Vm vm = vm();
    azure.faults(
        """
        [{"match":{"operation":"RestorePoints_Create"},
          "action":{"achieved":"CrashConsistent"}}]""");
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(set)).isEmpty();

    assertThat(ready(set).achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
    remove(set);
  }

  @Test
  void a_creation_whose_answer_was_lost_is_found_by_its_repetition() {
    Vm vm = vm();
    azure.faults(
        """
        [{"match":{"operation":"RestorePoints_Create"},"times":99,"action":{"dropAnswer":true}}]""");
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);

    assertThatThrownBy(() -> disks.begin(set)).isInstanceOf(Unavailable.class);

    azure.faults("[]");
    assertThat(disks.begin(set)).isEmpty();
    ready(set);
    remove(set);
  }

  // ---- what is found

  @Test
  void nothing_is_found_in_a_resource_group_that_azure_does_not_have() {
    azure.faults(
        """
        [{"match":{"pathPattern":"/resourceGroups/nowhere/"},"times":3,"action":
          {"status":404,"code":"ResourceGroupNotFound","message":"no such group"}}]""");

    assertThat(disks.collections(SimulatedAzure.SUBSCRIPTION, "nowhere")).isEmpty();
    assertThat(disks.snapshots(SimulatedAzure.SUBSCRIPTION, "nowhere")).isEmpty();
    assertThat(disks.restorePoints(SimulatedAzure.SUBSCRIPTION, "nowhere", "c")).isEmpty();
  }

  @Test
  void a_list_that_fails_is_no_empty_list() {
    azure.faults(
        """
        [{"match":{"operation":"RestorePointCollections_List"},
          "action":{"status":429,"code":"TooManyRequests","message":"slow","retryAfter":9}},
         {"match":{"operation":"Snapshots_ListByResourceGroup"},
          "action":{"status":403,"code":"AuthorizationFailed","message":"no role"}}]""");

    assertThatThrownBy(() -> disks.collections(SimulatedAzure.SUBSCRIPTION, "failing"))
        .isInstanceOfSatisfying(
            Unavailable.class, e -> assertThat(e.retryAfter()).contains(Duration.ofSeconds(9)))
        .hasMessageContaining("failing");
    assertThatThrownBy(() -> disks.snapshots(SimulatedAzure.SUBSCRIPTION, "failing"))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("failing");
  }

  // ---- accesses

  @Test
  void an_access_that_ended_is_asked_for_again_without_losing_a_delivery() {
    Vm vm = vm();
    azure.write(vm.name() + "-os", 0, noise(4_096));
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(set)).isEmpty();
    DiskSnapshot os = part(ready(set), "os");
    DiskReader reader = open(disks, os);
    // Another process ends it.
    Disks other = azure.restarted();
    while (!other.close("job", os)) {
      // Each look is one step.
    }

    assertThatThrownBy(() -> reader.read(0, ByteBuffer.allocate(512)))
        .isInstanceOfSatisfying(Unavailable.class, e -> assertThat(e.retryAfter()).isPresent())
        .hasMessageNotContaining("sig=");

    assertThat(read(open(disks, os))).isEqualTo(azure.bytes(vm.name() + "-os"));
    close(os);
    remove(set);
  }

  @Test
  void a_process_that_was_started_anew_finds_ends_and_removes_what_another_began() {
    Vm vm = vm();
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.DISK_SNAPSHOTS);
    assertThat(disks.begin(set)).isEmpty();
    DiskSnapshot os = part(ready(set), "os");
    DiskReader unused = open(disks, os);
    assertThat(leftOf(vm)).as("the check sees what is there").hasSizeGreaterThan(3);
    Disks other = azure.restarted();
    assertThat(other.look(set)).isInstanceOf(SetState.Ready.class);
    assertThat(open(other, os).sizeBytes()).isEqualTo(4 << 20);

    for (int look = 0; look < LOOKS_MAX && !other.remove(set); look++) {
      // The access is in the way first; each look is one step.
      assertThat(look).isLessThan(LOOKS_MAX - 1);
    }

    assertThat(leftOf(vm)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = "DISK_SNAPSHOTS", mode = EnumSource.Mode.EXCLUDE)
  void the_end_of_an_access_that_never_was_is_an_end(SnapshotMethod method) {
    Vm vm = vm();
    SnapshotSet set = SimulatedAzure.set(vm, 1, method);
    assertThat(disks.begin(set)).isEmpty();
    DiskSnapshot os = part(ready(set), "os");

    close(os);
    remove(set);
    close(os);
  }

  @Test
  void a_snapshot_that_is_gone_is_named() {
    Vm vm = vm();
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(set)).isEmpty();
    DiskSnapshot os = part(ready(set), "os");
    remove(set);

    assertThatThrownBy(() -> open(disks, os))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining(os.id());
  }

  @Test
  void snapshots_of_two_families_are_not_compared() {
    Vm vm = vm();
    SnapshotSet point = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    SnapshotSet single = SimulatedAzure.set(vm, 2, SnapshotMethod.DISK_SNAPSHOTS);
    assertThat(disks.begin(point)).isEmpty();
    DiskSnapshot before = part(ready(point), "os");
    assertThat(disks.begin(single)).isEmpty();
    DiskSnapshot after = part(ready(single), "os");
    DiskReader base = open(disks, before);
    DiskReader now = open(disks, after);

    assertThatThrownBy(() -> ChangeLists.changed(now, base, 0, 4 << 20))
        .isInstanceOf(DiffRefused.class)
        .hasMessageNotContaining("sig=");

    close(before);
    close(after);
    remove(point);
    remove(single);
  }

  @Test
  void a_busy_disk_names_the_time_to_come_back() {
    Vm vm = vm();
    SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(set)).isEmpty();
    DiskSnapshot os = part(ready(set), "os");
    DiskReader reader = open(disks, os);
    azure.faults(
        """
        [{"match":{"operation":"Blob_Download"},"times":9,"action":
          {"status":503,"code":"ServerBusy","message":"busy","retryAfter":1}}]""");

    assertThatThrownBy(() -> reader.read(0, ByteBuffer.allocate(512)))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining(os.id())
        .hasMessageNotContaining("sig=");

    azure.faults("[]");
    close(os);
    remove(set);
  }

  @Test
  void a_long_change_list_comes_whole_and_in_order() throws DiffRefused {
    String name = "fragmented";
    azure.disk(name + "-os", 128 << 20);
    var unused =
        azure.call(
            "PUT",
            SimulatedAzure.id("virtualMachines/" + name) + "?api-version=2025-04-01",
            """
            {"location":"westeurope","properties":{"storageProfile":{"osDisk":{
            "osType":"Linux","createOption":"Attach","managedDisk":{"id":"%s"}}}}}"""
                .formatted(SimulatedAzure.id("disks/" + name + "-os")));
    Vm vm = disks.vm(SimulatedAzure.id("virtualMachines/" + name)).orElseThrow();
    SnapshotSet first = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(first)).isEmpty();
    DiskSnapshot before = part(ready(first), "os");
    // Every second block of 4 KiB of 100 MiB: 12,800 ranges, more than one answer holds.
    byte[] stripe = new byte[100 << 20];
    for (int at = 0; at < stripe.length; at += 8_192) {
      stripe[at] = 1;
    }
    azure.write(name + "-os", 0, stripe);
    SnapshotSet second = SimulatedAzure.set(vm, 2, SnapshotMethod.RESTORE_POINT);
    assertThat(disks.begin(second)).isEmpty();
    DiskSnapshot after = part(ready(second), "os");
    DiskReader base = open(disks, before);
    DiskReader now = open(disks, after);

    List<Extent> changed = ChangeLists.changed(now, base, 0, now.sizeBytes());

    assertThat(changed).hasSize(12_800);
    assertThat(changed.get(12_799)).isEqualTo(new Extent((100 << 20) - 8_192, 4_096, false));
    close(before);
    close(after);
    remove(first);
    remove(second);
  }

  @Test
  void over_plain_http_on_this_machine_no_token_is_sent(@TempDir Path folder) throws Exception {
    try (SimulatedAzure plain = SimulatedAzure.plain(folder)) {
      Vm vm = plain.disks.vm(plain.vm("plain", "Linux")).orElseThrow();
      SnapshotSet set = SimulatedAzure.set(vm, 1, SnapshotMethod.RESTORE_POINT);
      assertThat(plain.disks.begin(set)).isEmpty();

      assertThat(plain.simulator.requests())
          .hasSizeGreaterThan(5)
          .noneMatch(Seen::hasAuthorization);
      assertThat(plain.tokens).hasValue(0);
    }
  }
}
