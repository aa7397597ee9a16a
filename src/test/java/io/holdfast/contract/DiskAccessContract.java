package io.holdfast.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.Vm;
import io.holdfast.failure.Unavailable;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The law of read access to a snapshot. */
public abstract class DiskAccessContract extends DiskReaderContract {
  private static final Duration WEEK = Duration.ofDays(7);

  private static void reads(DiskReader reader) {
    reader.read(0, ByteBuffer.allocate(4_096));
  }

  private static void denied(DiskReader reader) {
    Unavailable denial =
        catchThrowableOfType(Unavailable.class, () -> reader.read(0, ByteBuffer.allocate(4_096)));
    assertThat(denial).as("a reader without access").isNotNull();
    assertThat(denial.retryAfter()).contains(Duration.ofSeconds(1));
    assertThat(denial).hasMessageNotContaining("sig=");
  }

  @ParameterizedTest
  @EnumSource
  void access_is_asked_for_first_and_granted_later(SnapshotMethod method) {
    DiskSnapshot os = part(made(set(vm(), 1, method)), "os");

    assertThat(disks().open("job", os, HOUR)).isEmpty();
    DiskReader reader = open(disks(), "job", os);

    assertThat(reader.sizeBytes()).isEqualTo(OS_BYTES);
    assertThat(disks().open("job", os, HOUR)).as("from now on at once").containsSame(reader);
    assertThat(reader.toString()).doesNotContain("sig=");
    close(disks(), os);
  }

  @ParameterizedTest
  @EnumSource
  void one_access_serves_every_owner_and_every_process(SnapshotMethod method) {
    DiskSnapshot os = part(made(set(vm(), 1, method)), "os");
    DiskReader first = open(disks(), "job", os);

    DiskReader second = open(disks(), "another", os);
    DiskReader third = open(process(), "job", os);

    for (DiskReader reader : List.of(first, second, third)) {
      reads(reader);
    }
    close(process(), os);
    for (DiskReader reader : List.of(first, second, third)) {
      denied(reader);
    }
  }

  @ParameterizedTest
  @EnumSource
  void after_the_end_of_an_access_the_next_one_is_asked_for_anew(SnapshotMethod method) {
    DiskSnapshot os = part(made(set(vm(), 1, method)), "os");
    Disks other = process();
    DiskReader here = open(disks(), "job", os);
    DiskReader there = open(other, "job", os);
    close(disks(), os);

    DiskReader again = open(disks(), "job", os);

    reads(again);
    denied(here);
    // The other process has not noticed: it gives what it knows, until that is denied.
    assertThat(other.open("job", os, HOUR)).containsSame(there);
    denied(there);
    assertThat(other.open("job", os, HOUR)).as("it asks anew").isEmpty();
    DiskReader thereAgain = open(other, "job", os);
    reads(thereAgain);
    reads(open(disks(), "job", os));
    close(disks(), os);
    denied(thereAgain);
  }

  @Test
  void a_denied_read_is_forgotten_for_all_owners_of_the_process() {
    DiskSnapshot os = part(made(set(vm(), 1, SnapshotMethod.RESTORE_POINT)), "os");
    DiskReader mine = open(disks(), "job", os);
    DiskReader unused = open(disks(), "another", os);
    close(process(), os);
    denied(mine);

    assertThat(disks().open("another", os, HOUR)).isEmpty();
    reads(open(disks(), "another", os));
    close(disks(), os);
  }

  @Test
  void what_ended_while_it_was_asked_for_is_asked_for_again() {
    DiskSnapshot os = part(made(set(vm(), 1, SnapshotMethod.CRASH_RESTORE_POINT)), "os");
    assertThat(disks().open("job", os, HOUR)).isEmpty();
    machines().advance(A_WHILE);
    close(process(), os);

    DiskReader reader = null;
    for (int look = 0; look < LOOKS_MAX && reader == null; look++) {
      try {
        reader = disks().open("job", os, HOUR).orElse(null);
      } catch (Unavailable again) {
        assertThat(again.retryAfter()).contains(Duration.ofSeconds(1));
      }
    }

    assertThat(reader).isNotNull();
    reads(reader);
    close(disks(), os);
  }

  @ParameterizedTest
  @EnumSource
  void an_end_may_be_asked_for_again_and_of_what_never_was(SnapshotMethod method) {
    SetState.Ready ready = made(set(vm(), 1, method));
    close(disks(), part(ready, "os"));
    close(disks(), part(ready, "os"));
    DiskReader reader = open(disks(), "job", part(ready, "os"));

    close(disks(), part(ready, "os"));
    close(process(), part(ready, "os"));

    denied(reader);
    DiskReader other = open(disks(), "job", part(ready, "lun2"));
    close(disks(), part(ready, "os"));
    reads(other);
    close(disks(), part(ready, "lun2"));
  }

  @Test
  void an_end_that_was_begun_before_an_access_does_not_stand_for_its_end() {
    DiskSnapshot os = part(made(set(vm(), 1, SnapshotMethod.RESTORE_POINT)), "os");
    DiskReader first = open(disks(), "job", os);
    assertThat(disks().close("job", os)).as("the first step only").isFalse();
    close(process(), os);
    denied(first);
    machines().advance(A_WHILE);
    DiskReader second = open(disks(), "next job", os);
    reads(second);

    close(disks(), os);

    denied(second);
  }

  @Test
  void an_end_that_was_begun_for_another_job_does_not_stand_for_the_end_of_a_later_access() {
    DiskSnapshot os = part(made(set(vm(), 1, SnapshotMethod.RESTORE_POINT)), "os");
    assertThat(disks().close("earlier job", os)).isFalse();
    machines().advance(A_WHILE);
    DiskReader reader = open(process(), "next job", os);
    reads(reader);

    while (!disks().close("next job", os)) {
      machines().advance(A_WHILE);
    }

    denied(reader);
  }

  @Test
  void an_end_that_nobody_looks_at_comes_all_the_same() {
    DiskSnapshot os = part(made(set(vm(), 1, SnapshotMethod.RESTORE_POINT)), "os");
    DiskReader reader = open(disks(), "job", os);
    assertThat(process().close("job", os)).isFalse();

    machines().advance(A_WHILE);

    denied(reader);
  }

  @ParameterizedTest
  @EnumSource
  void an_access_whose_time_is_over_is_denied(SnapshotMethod method) {
    DiskSnapshot os = part(made(set(vm(), 1, method)), "os");
    DiskReader reader = open(disks(), "job", os);
    machines().advance(HOUR.minusMinutes(1));
    reads(reader);
    machines().advance(Duration.ofMinutes(2));

    denied(reader);

    DiskReader again = open(disks(), "job", os);
    reads(again);
    denied(reader);
    close(disks(), os);
  }

  @Test
  void who_asks_for_longer_access_extends_it_for_all_and_who_asks_for_less_does_not_cut_it() {
    DiskSnapshot os = part(made(set(vm(), 1, SnapshotMethod.RESTORE_POINT)), "os");
    DiskReader reader = open(disks(), "job", os, HOUR);
    DiskReader unused = open(process(), "another", os, WEEK);
    DiskReader unusedToo = open(process(), "third", os, Duration.ofMinutes(2));

    machines().advance(WEEK.minusHours(1));
    reads(reader);
    machines().advance(HOUR.multipliedBy(2));

    denied(reader);
  }

  @Test
  void access_is_given_for_a_minute_at_least_and_sixty_days_at_most() {
    SetState.Ready ready = made(set(vm(), 1, SnapshotMethod.RESTORE_POINT));
    DiskReader brief = open(disks(), "job", part(ready, "lun2"), Duration.ofHours(-1));
    DiskReader longest = open(disks(), "job", part(ready, "os"), Duration.ofDays(100));
    reads(brief);

    machines().advance(Duration.ofDays(59));
    denied(brief);
    reads(longest);
    machines().advance(Duration.ofDays(2));

    denied(longest);
  }

  @Test
  void of_one_family_five_are_open_at_a_time() {
    Vm vm = vm();
    List<DiskSnapshot> family = new ArrayList<>();
    for (int number = 1; number <= 6; number++) {
      family.add(part(made(set(vm, number, SnapshotMethod.DISK_SNAPSHOTS)), "os"));
    }
    DiskSnapshot sixth = family.remove(5);
    for (DiskSnapshot each : family) {
      reads(open(disks(), "job", each));
    }

    assertThatThrownBy(() -> open(disks(), "job", sixth)).isInstanceOf(Unavailable.class);

    close(disks(), family.get(2));
    reads(open(disks(), "job", sixth));
  }
}
