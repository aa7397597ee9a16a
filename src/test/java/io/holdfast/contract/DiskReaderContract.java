package io.holdfast.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Extent;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import io.holdfast.failure.Unavailable;
import io.holdfast.testing.ChangeLists;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The law of what is read from a snapshot, and of the differences between two. */
public abstract class DiskReaderContract extends DisksHarness {
  private static final int PAGE = Extent.PAGE_BYTES;
  private static final int BLOCK = 4_096;
  private final Random random = new Random(20_261_123);

  private byte[] noise(int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    return noise;
  }

  /** The guest writes and discards here and there. */
  private void use(String disk, int sizeBytes, int times) {
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(sizeBytes / PAGE) * PAGE;
      int length = Math.min(sizeBytes - at, (1 + random.nextInt(100)) * PAGE);
      machines().write(name, disk, at, noise(length));
      int block = random.nextInt(sizeBytes / BLOCK) * BLOCK;
      machines().discard(name, disk, block, Math.min(sizeBytes - block, 5 * BLOCK));
    }
    // The last bytes of a disk are where an end is forgotten.
    machines().write(name, disk, sizeBytes - PAGE, noise(PAGE));
  }

  private static void wellFormed(List<Extent> extents, long start, long end) {
    long reached = start;
    for (Extent each : extents) {
      assertThat(each.offset()).as("%s", extents).isGreaterThanOrEqualTo(reached);
      reached = each.end();
    }
    assertThat(reached).isLessThanOrEqualTo(end);
  }

  private static byte[] outside(byte[] bytes, List<Extent> extents) {
    byte[] rest = bytes.clone();
    extents.forEach(each -> Arrays.fill(rest, (int) each.offset(), (int) each.end(), (byte) 0));
    return rest;
  }

  @ParameterizedTest
  @EnumSource
  void a_reader_gives_what_the_disk_held_whatever_is_written_afterwards(SnapshotMethod method) {
    Vm vm = vm();
    for (String disk : List.of("os", "lun2", "lun5")) {
      use(disk, disk.equals("os") ? OS_BYTES : DATA_BYTES, 5);
    }
    Map<String, byte[]> held = new LinkedHashMap<>();
    vm.disks().forEach(disk -> held.put(disk.key(), machines().bytes(name, disk.key())));
    SnapshotSet set = set(vm, 1, method);
    assertThat(disks().begin(set)).isEmpty();
    for (String disk : held.keySet()) {
      machines().write(name, disk, 0, noise(100_000));
      machines().discard(name, disk, DATA_BYTES / 2, DATA_BYTES / 4);
    }

    SetState.Ready ready = ready(set);

    held.forEach(
        (disk, bytes) -> {
          DiskReader reader = open(disks(), "job", part(ready, disk));
          assertThat(reader.sizeBytes()).isEqualTo(bytes.length);
          assertThat(read(reader)).as(disk).isEqualTo(bytes);
          List<Extent> allocated = ChangeLists.allocated(reader, 0, bytes.length);
          wellFormed(allocated, 0, bytes.length);
          assertThat(allocated).noneMatch(Extent::clear);
          assertThat(outside(bytes, allocated)).as("what is not listed").containsOnly(0);
          close(disks(), part(ready, disk));
        });
  }

  @Test
  void a_read_gives_exactly_the_bytes_asked_for_to_the_last_one() {
    Vm vm = vm();
    use("lun2", DATA_BYTES, 10);
    byte[] held = machines().bytes(name, "lun2");
    DiskSnapshot snapshot = part(made(set(vm, 1, SnapshotMethod.RESTORE_POINT)), "lun2");
    DiskReader reader = open(disks(), "job", snapshot);
    byte[] target = new byte[70_000];
    int[][] ranges = {
      {0, 1},
      {511, 2},
      {4_095, 4_098},
      {65_535, 65_537},
      {DATA_BYTES - 512, 512},
      {DATA_BYTES - 1, 1},
      {DATA_BYTES - 70_000, 70_000}
    };
    for (int[] range : ranges) {
      Arrays.fill(target, (byte) 0x77);

      reader.read(range[0], ByteBuffer.wrap(target, 0, range[1]));

      assertThat(Arrays.copyOf(target, range[1]))
          .isEqualTo(Arrays.copyOfRange(held, range[0], range[0] + range[1]));
    }
    close(disks(), snapshot);
  }

  @ParameterizedTest
  @EnumSource
  void a_change_list_covers_every_difference_and_clear_ranges_are_zeros(SnapshotMethod method)
      throws DiffRefused {
    Vm vm = vm();
    use("os", OS_BYTES, 12);
    machines().write(name, "os", 3 << 20, noise(64 * BLOCK));
    SetState.Ready first = made(set(vm, 1, method));
    byte[] before = machines().bytes(name, "os");
    use("os", OS_BYTES, 12);
    machines().discard(name, "os", (3 << 20) + 4 * BLOCK, 8 * BLOCK);
    machines().write(name, "os", (3 << 20) + 20 * BLOCK, noise(BLOCK));
    byte[] after = machines().bytes(name, "os");
    SetState.Ready second = made(set(vm, 2, method));
    DiskReader base = open(disks(), "job", part(first, "os"));
    DiskReader now = open(disks(), "job", part(second, "os"));

    List<Extent> changed = ChangeLists.changed(now, base, 0, OS_BYTES);

    wellFormed(changed, 0, OS_BYTES);
    byte[] restored = before.clone();
    for (Extent each : changed) {
      if (each.clear()) {
        Arrays.fill(restored, (int) each.offset(), (int) each.end(), (byte) 0);
        assertThat(outside(after, List.of()))
            .satisfies(
                bytes ->
                    assertThat(Arrays.copyOfRange(bytes, (int) each.offset(), (int) each.end()))
                        .as("%s", each)
                        .containsOnly(0));
      } else {
        now.read(each.offset(), ByteBuffer.wrap(after.clone(), 0, 1));
        System.arraycopy(
            after, (int) each.offset(), restored, (int) each.offset(), (int) each.length());
      }
    }
    assertThat(restored).as("the base with the changes").isEqualTo(after);
    assertThat(read(now)).isEqualTo(after);
    assertThat(changed.stream().filter(Extent::clear).toList())
        .as("whole blocks that were discarded")
        .anyMatch(
            each -> each.offset() <= (3 << 20) + 4 * BLOCK && each.end() >= (3 << 20) + 12 * BLOCK);
    assertThat(ChangeLists.changed(now, now, 0, OS_BYTES)).isEmpty();
    windows(changed, window -> ChangeLists.changed(now, base, window[0], window[1]));
    List<Extent> allocated = ChangeLists.allocated(now, 0, OS_BYTES);
    windows(allocated, window -> ChangeLists.allocated(now, window[0], window[1]));
    close(disks(), part(first, "os"));
    close(disks(), part(second, "os"));
  }

  private interface Lists {
    List<Extent> in(long... window) throws DiffRefused;
  }

  /** A window's list is the part of the whole list that lies inside. */
  private static void windows(List<Extent> all, Lists lists) throws DiffRefused {
    long[][] windows = {
      {0, PAGE},
      {3 << 20, 6 * BLOCK},
      {(3 << 20) + 5 * BLOCK + PAGE, 2 * BLOCK},
      {PAGE, 3 << 20},
      {OS_BYTES - PAGE, PAGE},
      {1 << 20, 1 << 20},
    };
    for (long[] window : windows) {
      long end = window[0] + window[1];
      List<Extent> inside = lists.in(window);
      wellFormed(inside, window[0], end);
      assertThat(inside)
          .as("window %d+%d", window[0], window[1])
          .isEqualTo(ChangeLists.clipped(all, window[0], end));
    }
  }

  @Test
  void a_disk_that_grew_is_compared_to_its_new_end() throws DiffRefused {
    Vm vm = vm();
    use("lun5", DATA_BYTES, 5);
    SetState.Ready first = made(set(vm, 1, SnapshotMethod.CRASH_RESTORE_POINT));
    byte[] before = machines().bytes(name, "lun5");
    int grown = DATA_BYTES + 3 * BLOCK + PAGE;
    machines().grow(name, "lun5", grown);
    machines().write(name, "lun5", grown - PAGE, noise(PAGE));
    SetState.Ready second = made(set(vm, 2, SnapshotMethod.CRASH_RESTORE_POINT));
    DiskReader base = open(disks(), "job", part(first, "lun5"));
    DiskReader now = open(disks(), "job", part(second, "lun5"));

    assertThat(base.sizeBytes()).isEqualTo(DATA_BYTES);
    assertThat(now.sizeBytes()).isEqualTo(grown);
    byte[] after = read(now);
    List<Extent> changed = ChangeLists.changed(now, base, 0, grown);
    wellFormed(changed, 0, grown);
    assertThat(outside(after, changed))
        .as("outside of the changes")
        .isEqualTo(outside(Arrays.copyOf(before, grown), changed));
    assertThat(read(base)).isEqualTo(before);
    close(disks(), part(first, "lun5"));
    close(disks(), part(second, "lun5"));
  }

  @Test
  void what_cannot_be_compared_is_refused() {
    Vm vm = vm();
    SetState.Ready point = made(set(vm, 1, SnapshotMethod.RESTORE_POINT));
    SetState.Ready single = made(set(vm, 2, SnapshotMethod.DISK_SNAPSHOTS));
    SetState.Ready later = made(set(vm, 3, SnapshotMethod.CRASH_RESTORE_POINT));
    DiskReader os = open(disks(), "job", part(point, "os"));
    DiskReader ofSingle = open(disks(), "job", part(single, "os"));
    DiskReader data = open(disks(), "job", part(point, "lun2"));
    DiskReader newer = open(disks(), "job", part(later, "os"));

    refused("of two families", ofSingle, os);
    refused("of two families", newer, ofSingle);
    refused("of two disks", os, data);
    refused("with a newer one", os, newer);
    for (DiskSnapshot each :
        List.of(part(point, "os"), part(single, "os"), part(point, "lun2"), part(later, "os"))) {
      close(disks(), each);
    }
  }

  private static void refused(String what, DiskReader now, DiskReader base) {
    assertThatThrownBy(() -> ChangeLists.changed(now, base, 0, DATA_BYTES))
        .as(what)
        .isInstanceOf(DiffRefused.class)
        .hasMessageNotContaining("sig=");
  }

  @Test
  void with_a_base_whose_access_has_ended_nothing_is_compared_until_it_is_open_again()
      throws DiffRefused {
    Vm vm = vm();
    SetState.Ready first = made(set(vm, 1, SnapshotMethod.RESTORE_POINT));
    machines().write(name, "os", 0, noise(PAGE));
    SetState.Ready second = made(set(vm, 2, SnapshotMethod.RESTORE_POINT));
    DiskReader base = open(disks(), "job", part(first, "os"));
    DiskReader now = open(disks(), "job", part(second, "os"));
    close(process(), part(first, "os"));

    refused("without access to the base", now, base);

    DiskReader again = open(disks(), "job", part(first, "os"));
    assertThat(ChangeLists.changed(now, again, 0, OS_BYTES)).isNotEmpty();
    close(process(), part(second, "os"));
    assertThatThrownBy(() -> ChangeLists.changed(now, again, 0, OS_BYTES))
        .isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> ChangeLists.allocated(now, 0, OS_BYTES))
        .isInstanceOf(Unavailable.class);
    close(disks(), part(first, "os"));
  }
}
