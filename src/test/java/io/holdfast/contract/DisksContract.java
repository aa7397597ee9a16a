package io.holdfast.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.testing.ChangeLists;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The law of the port to Azure Compute: VMs, snapshot sets, what is found of them and their
 * removal; with the laws of accesses and readers, from which it inherits. Each implementation has a
 * subclass.
 */
public abstract class DisksContract extends DiskAccessContract {
  // ---- VMs

  @Test
  void a_vm_is_read_with_its_disks_in_order() {
    Vm vm = vm();

    assertThat(vm.name()).isEqualTo(name);
    assertThat(vm.guid()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    assertThat(vm.running()).isTrue();
    assertThat(vm.windows()).isFalse();
    assertThat(vm.disks()).extracting(VmDisk::key).containsExactly("os", "lun2", "lun5");
    assertThat(vm.disks()).extracting(VmDisk::lun).containsExactly(-1, 2, 5);
    assertThat(vm.disks())
        .extracting(VmDisk::sizeBytes)
        .containsExactly((long) OS_BYTES, (long) DATA_BYTES, (long) DATA_BYTES);
    assertThat(vm.disks()).extracting(VmDisk::uniqueId).doesNotHaveDuplicates();
    assertThat(vm.disks()).extracting(VmDisk::id).doesNotHaveDuplicates();
    assertThat(vm.model()).isNotEmpty();
  }

  @Test
  void a_vm_is_found_whatever_the_case_of_its_id() {
    Vm vm = vm();

    assertThat(disks().vm(vm.id().toUpperCase().replace("/SUBSCRIPTIONS/", "/subscriptions/")))
        .map(Vm::guid)
        .contains(vm.guid());
  }

  @Test
  void a_vm_that_is_off_says_so_and_one_that_is_gone_is_none() {
    Vm vm = vm();
    machines().powerOff(name);
    assertThat(disks().vm(vm.id())).map(Vm::running).contains(false);

    machines().delete(name);

    assertThat(disks().vm(vm.id())).isEmpty();
    assertThat(disks().vms(subscription(vm))).extracting(Vm::guid).doesNotContain(vm.guid());
  }

  @Test
  void a_list_of_vms_has_their_tags_but_neither_disks_nor_model() {
    Vm vm = vm();

    assertThat(disks().vms(subscription(vm)))
        .filteredOn(each -> each.guid().equals(vm.guid()))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.id()).isEqualToIgnoringCase(vm.id());
              assertThat(each.name()).isEqualTo(vm.name());
              assertThat(each.tags()).containsEntry("backup", "nightly");
              assertThat(each.disks()).isEmpty();
              assertThat(each.model()).isEmpty();
            });
    assertThat(disks().vms("00000000-0000-0000-0000-000000000009")).isEmpty();
  }

  // ---- snapshot sets

  @ParameterizedTest
  @EnumSource
  void a_set_is_missing_then_pending_then_ready_with_the_instant_that_it_holds(
      SnapshotMethod method) {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, method);
    assertThat(disks().look(set)).isInstanceOf(SetState.Missing.class);
    Instant before = machines().now();
    assertThat(disks().begin(set)).isEmpty();
    Instant after = machines().now();
    machines().advance(Duration.ofSeconds(1));

    assertThat(disks().look(set)).isInstanceOf(SetState.Pending.class);
    SetState.Ready ready = ready(set);

    assertThat(ready.time()).isBetween(before, after);
    assertThat(process().look(set)).as("in another process").isEqualTo(ready);
    assertThat(ready.snapshots())
        .extracting(DiskSnapshot::disk)
        .containsExactlyInAnyOrder("os", "lun2", "lun5");
    for (VmDisk disk : vm.disks()) {
      DiskSnapshot part = part(ready, disk.key());
      assertThat(part.uniqueId()).isEqualTo(disk.uniqueId());
      assertThat(part.restorePoint()).isEqualTo(method != SnapshotMethod.DISK_SNAPSHOTS);
      assertThat(part.logicalSectorBytes()).isEqualTo(512);
    }
    assertThat(ready.snapshots()).extracting(DiskSnapshot::id).doesNotHaveDuplicates();
    assertThat(ready.snapshots()).extracting(DiskSnapshot::family).doesNotHaveDuplicates();
    assertThat(ready.achieved())
        .isEqualTo(
            method == SnapshotMethod.RESTORE_POINT
                ? Consistency.FILE_SYSTEM_CONSISTENT
                : Consistency.CRASH_CONSISTENT);
  }

  @ParameterizedTest
  @EnumSource
  void a_set_that_is_begun_twice_is_made_once(SnapshotMethod method) {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, method);
    SetState.Ready first = made(set);
    machines().advance(HOUR);

    assertThat(disks().begin(set)).isEmpty();
    assertThat(process().begin(set)).isEmpty();

    assertThat(ready(set)).isEqualTo(first);
    assertThat(found(vm)).hasSize(method == SnapshotMethod.DISK_SNAPSHOTS ? 3 : 1);
  }

  @ParameterizedTest
  @EnumSource
  void a_set_that_is_begun_again_after_its_removal_is_a_new_one(SnapshotMethod method) {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, method);
    SetState.Ready first = made(set);
    remove(set);
    assertThat(disks().look(set)).isInstanceOf(SetState.Missing.class);
    machines().write(name, "os", 0, new byte[] {1, 2, 3});

    SetState.Ready second = made(set);

    assertThat(second.time()).isAfter(first.time());
    assertThat(part(second, "os").family()).isEqualTo(part(first, "os").family());
    DiskReader reader = open(disks(), "job", part(second, "os"));
    assertThat(read(reader)).isEqualTo(machines().bytes(name, "os")).startsWith(1, 2, 3);
    close(disks(), part(second, "os"));
  }

  @Test
  void a_vm_that_is_off_has_no_restore_point_but_a_crash_consistent_one() {
    Vm vm = vm();
    machines().powerOff(name);
    SnapshotSet refused = set(vm, 1, SnapshotMethod.RESTORE_POINT);

    assertThat(disks().begin(refused))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.code()).isEqualTo("OperationNotAllowed");
              assertThat(refusal.retryAfter()).isNull();
            });

    assertThat(disks().look(refused)).isInstanceOf(SetState.Missing.class);
    assertThat(made(set(vm, 2, SnapshotMethod.CRASH_RESTORE_POINT)).achieved())
        .isEqualTo(Consistency.CRASH_CONSISTENT);
  }

  @Test
  void of_one_vm_one_restore_point_is_made_at_a_time() {
    Vm vm = vm();
    SnapshotSet first = set(vm, 1, SnapshotMethod.RESTORE_POINT);
    SnapshotSet second = set(vm, 2, SnapshotMethod.CRASH_RESTORE_POINT);
    assertThat(disks().begin(first)).isEmpty();

    assertThat(disks().begin(second)).map(Refusal::code).contains("OperationNotAllowed");

    assertThat(disks().look(second)).isInstanceOf(SetState.Missing.class);
    SetState.Ready unused = ready(first);
    SetState.Ready later = made(second);
    assertThat(later.snapshots()).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource
  void a_rung_that_is_refused_leaves_nothing(SnapshotMethod method) {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, method);
    machines().refuse(method);
    try {
      assertThat(disks().begin(set))
          .hasValueSatisfying(
              refusal -> {
                assertThat(refusal.code()).isNotEmpty();
                assertThat(refusal.message()).isNotEmpty();
              });
    } finally {
      machines().refuse(null);
    }
    assertThat(disks().look(set)).isInstanceOf(SetState.Missing.class);
    assertThat(found(vm)).isEmpty();
    assertThat(disks().remove(set)).isTrue();
  }

  @Test
  void of_a_vm_that_is_gone_no_restore_point_is_made_but_its_disks_are_still_there() {
    Vm vm = vm();
    SnapshotSet kept = set(vm, 1, SnapshotMethod.RESTORE_POINT);
    SetState.Ready ready = made(kept);
    machines().delete(name);

    assertThatThrownBy(() -> disks().begin(set(vm, 2, SnapshotMethod.RESTORE_POINT)))
        .isInstanceOf(Invalid.class);

    assertThat(ready(kept)).as("what was made before").isEqualTo(ready);
    assertThat(made(set(vm, 3, SnapshotMethod.DISK_SNAPSHOTS)).snapshots()).hasSize(3);
  }

  @Test
  void a_restore_point_of_other_disks_than_the_job_names_has_failed() {
    Vm vm = vm();
    SnapshotSet all = set(vm, 1, SnapshotMethod.RESTORE_POINT);
    SnapshotSet one =
        new SnapshotSet(
            all.number(),
            all.method(),
            all.vmId(),
            all.location(),
            all.group(),
            all.collection(),
            all.name(),
            all.owner(),
            all.disks().subList(0, 1));
    assertThat(disks().begin(one)).isEmpty();

    SetState state = disks().look(one);
    for (int look = 0; look < LOOKS_MAX && state instanceof SetState.Pending; look++) {
      state = disks().look(one);
    }

    assertThat(state)
        .isInstanceOfSatisfying(
            SetState.Failed.class,
            failed -> assertThat(failed.code()).isEqualTo("RestorePointIncomplete"));
  }

  @Test
  void single_snapshots_of_which_one_is_gone_are_missing_and_made_whole_again() {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, SnapshotMethod.DISK_SNAPSHOTS);
    SetState.Ready first = made(set);
    Disks.Found lost =
        found(vm).stream().filter(each -> each.name().endsWith("-lun2")).findFirst().orElseThrow();
    toItsEnd(() -> disks().remove(lost));
    assertThat(disks().look(set)).isInstanceOf(SetState.Missing.class);

    SetState.Ready second = made(set);

    assertThat(second.time()).isAfter(first.time());
    assertThat(part(second, "os")).isEqualTo(part(first, "os"));
    assertThat(found(vm)).hasSize(3);
  }

  @ParameterizedTest
  @EnumSource
  void a_removal_goes_to_its_end_in_any_process_and_may_be_repeated(SnapshotMethod method) {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, method);
    assertThat(disks().remove(set)).as("of what never was").isTrue();
    SetState.Ready ready = made(set);

    toItsEnd(() -> process().remove(set));

    assertThat(disks().remove(set)).isTrue();
    assertThat(disks().look(set)).isInstanceOf(SetState.Missing.class);
    assertThat(found(vm)).isEmpty();
    assertThatThrownBy(() -> open(disks(), "job", part(ready, "os")))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining(part(ready, "os").id());
    assertThat(disks().close("job", part(ready, "os"))).as("of what is gone").isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void a_set_that_is_being_removed_is_neither_ready_nor_opened(SnapshotMethod method) {
    SnapshotSet set = set(vm(), 1, method);
    DiskSnapshot os = part(made(set), "os");

    assertThat(disks().remove(set)).isFalse();

    assertThatThrownBy(() -> disks().open("job", os, HOUR)).isInstanceOf(Unavailable.class);
    assertThat(disks().look(set)).isInstanceOf(SetState.Pending.class);
    remove(set);
  }

  @ParameterizedTest
  @EnumSource
  void a_removal_ends_the_access_that_is_in_its_way(SnapshotMethod method) {
    SnapshotSet set = set(vm(), 1, method);
    DiskSnapshot os = part(made(set), "os");
    DiskReader reader = open(disks(), "job", os);
    Disks other = process();

    assertThat(other.remove(set)).isFalse();
    toItsEnd(() -> other.remove(set));

    assertThatThrownBy(() -> reader.read(0, ByteBuffer.allocate(512)))
        .isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> open(disks(), "job", os)).isInstanceOf(Invalid.class);
  }

  // ---- what is found

  /** All that Holdfast made in this test's group. */
  private List<Disks.Found> found(Vm vm) {
    String subscription = subscription(vm);
    List<Disks.Found> found = new ArrayList<>(disks().snapshots(subscription, group()));
    for (String collection : disks().collections(subscription, group())) {
      found.addAll(disks().restorePoints(subscription, group(), collection));
    }
    return found;
  }

  @Test
  void what_holdfast_made_is_found_with_owner_and_time_and_nothing_of_others() {
    Vm vm = vm();
    String subscription = subscription(vm);
    assertThat(disks().collections(subscription, group())).as("before").isEmpty();
    assertThat(disks().snapshots(subscription, group())).isEmpty();
    SnapshotSet point = set(vm, 1, SnapshotMethod.RESTORE_POINT);
    SetState.Ready ready = made(point);
    machines().advance(HOUR);
    SnapshotSet singles = set(vm, 2, SnapshotMethod.DISK_SNAPSHOTS);
    SetState.Ready later = made(singles);
    machines().foreign(name, group());
    Disks other = process();

    assertThat(other.collections(subscription, group())).containsExactly(point.collection());
    assertThat(other.restorePoints(subscription, group(), point.collection()))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.name()).isEqualTo(point.name());
              assertThat(part(ready, "os").id()).startsWithIgnoringCase(found.id() + "/");
              assertThat(found.owner()).isEqualTo(CATALOGUE);
              assertThat(found.timeCreated()).isEqualTo(ready.time());
            });
    List<Disks.Found> snapshots = other.snapshots(subscription, group());
    assertThat(snapshots)
        .extracting(Disks.Found::name)
        .containsExactly(
            singles.name() + "-lun2", singles.name() + "-lun5", singles.name() + "-os");
    assertThat(snapshots)
        .extracting(Disks.Found::id)
        .usingElementComparator(String::compareToIgnoreCase)
        .containsExactly(
            part(later, "lun2").id(), part(later, "lun5").id(), part(later, "os").id());
    assertThat(snapshots).extracting(Disks.Found::owner).containsOnly(CATALOGUE);
    assertThat(snapshots)
        .extracting(Disks.Found::timeCreated)
        .allMatch(time -> !time.isAfter(later.time()) && time.isAfter(ready.time()));
  }

  @Test
  void nothing_is_found_where_nothing_is() {
    Vm vm = vm();
    String subscription = subscription(vm);
    SetState.Ready unused = made(set(vm, 1, SnapshotMethod.CRASH_RESTORE_POINT));

    assertThat(disks().collections(subscription, "no-such-group")).isEmpty();
    assertThat(disks().snapshots(subscription, "no-such-group")).isEmpty();
    assertThat(disks().restorePoints(subscription, "no-such-group", "holdfast-" + name)).isEmpty();
    assertThat(disks().restorePoints(subscription, group(), "no-such-collection")).isEmpty();
    assertThat(disks().collections("00000000-0000-0000-0000-000000000009", group())).isEmpty();
    assertThat(disks().snapshots("00000000-0000-0000-0000-000000000009", group())).isEmpty();
    assertThat(disks().collections(subscription, group().toUpperCase()))
        .as("names are compared without regard to case")
        .hasSize(1);
  }

  @Test
  void a_collection_of_others_is_none_of_ours_also_by_its_name() {
    Vm vm = vm();
    machines().foreign(name, group());

    assertThat(disks().restorePoints(subscription(vm), group(), "someones")).isEmpty();
    assertThat(found(vm)).isEmpty();
  }

  @Test
  void a_collection_keeps_the_owner_that_it_has_and_one_without_an_owner_has_none() {
    Vm vm = vm();
    SetState.Ready unused = made(set(vm, 1, SnapshotMethod.RESTORE_POINT, null));
    SetState.Ready unusedToo = made(set(vm, 2, SnapshotMethod.RESTORE_POINT, "another"));
    SetState.Ready single = made(set(vm, 3, SnapshotMethod.DISK_SNAPSHOTS, null));
    assertThat(single.snapshots()).hasSize(3);

    assertThat(found(vm)).hasSize(5).extracting(Disks.Found::owner).containsOnlyNulls();
    assertThat(found(vm)).extracting(Disks.Found::name).doesNotHaveDuplicates();
  }

  @Test
  void restore_points_are_found_from_their_begin_to_the_end_of_their_removal() {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, SnapshotMethod.CRASH_RESTORE_POINT);
    assertThat(disks().begin(set)).isEmpty();
    assertThat(found(vm)).extracting(Disks.Found::name).containsExactly(set.name());
    SetState.Ready unused = ready(set);
    Disks.Found found = found(vm).get(0);

    toItsEnd(() -> process().remove(found));

    assertThat(found(vm)).isEmpty();
    assertThat(disks().look(set)).isInstanceOf(SetState.Missing.class);
    assertThat(disks().remove(found)).as("again").isTrue();
    assertThat(disks().collections(subscription(vm), group()))
        .as("the collection stays")
        .containsExactly(set.collection());
  }

  @ParameterizedTest
  @EnumSource
  void what_was_found_is_removed_also_while_there_is_access_to_it(SnapshotMethod method) {
    Vm vm = vm();
    SnapshotSet set = set(vm, 1, method);
    SetState.Ready ready = made(set);
    DiskReader reader = open(disks(), "job", part(ready, "os"));
    Disks reconciler = process();

    for (Disks.Found each : found(vm)) {
      toItsEnd(() -> reconciler.remove(each));
    }

    assertThat(found(vm)).isEmpty();
    assertThat(disks().look(set)).isInstanceOf(SetState.Missing.class);
    assertThatThrownBy(() -> reader.read(0, ByteBuffer.allocate(512)))
        .isInstanceOf(Unavailable.class);
  }

  @Test
  void the_removal_of_one_leaves_the_others() throws DiffRefused {
    Vm vm = vm();
    SetState.Ready gone = made(set(vm, 1, SnapshotMethod.CRASH_RESTORE_POINT));
    machines().advance(HOUR);
    SnapshotSet second = set(vm, 2, SnapshotMethod.CRASH_RESTORE_POINT);
    SetState.Ready kept = made(second);
    assertThat(gone.time()).isBefore(kept.time());

    Disks.Found first = found(vm).get(0);
    toItsEnd(() -> disks().remove(first));

    assertThat(found(vm)).extracting(Disks.Found::name).containsExactly(second.name());
    DiskReader reader = open(disks(), "job", part(kept, "lun5"));
    assertThat(ChangeLists.changed(reader, reader, 0, DATA_BYTES)).isEmpty();
    close(disks(), part(kept, "lun5"));
  }
}
