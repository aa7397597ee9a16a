package io.holdfast.backup;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.GuestState;
import io.holdfast.catalogue.Job.Snapshot;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import io.holdfast.disk.VmFacts.Extension;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a snapshot set reached.
 *
 * @param achieved the consistency
 * @param scripts what failed of a Linux guest's scripts, by name
 */
record Reached(Consistency achieved, List<Warning> scripts) {
  /** Code of a consistent snapshot that was taken without a freeze. */
  static final String NOT_FROZEN = "VmSnapshotNotFrozen";

  /** Said of every application-consistent point of Windows. */
  static final Warning FULL_VSS =
      new Warning(
          "VssFullBackup",
          "made by a full VSS backup: writers such as SQL Server truncated their logs",
          "docs/consistency.md has the guest's registry value for copy backups.");

  private static final int TEXTS_MAX = 5;

  /**
   * @param vm looks at the VM, where its state or its extension has to be known
   */
  static Reached of(Job job, SetState.Ready ready, Function<Job, Optional<Vm>> vm) {
    Snapshot snapshot = job.snapshot();
    if (snapshot.guest() == GuestState.OFF && ready.achieved() == Consistency.CRASH_CONSISTENT) {
      // Files of a VM that is off are whole, however its disks were frozen. It counts as off only
      // when it was off before and after the snapshot.
      boolean off = vm.apply(job).map(Vm::running).filter(running -> running).isEmpty();
      return new Reached(
          off ? Consistency.FILE_SYSTEM_CONSISTENT : Consistency.CRASH_CONSISTENT, List.of());
    }
    boolean scripted =
        snapshot.guest() == GuestState.LINUX
            && snapshot.set().method() == SnapshotMethod.RESTORE_POINT;
    List<Warning> scripts = scripted ? ScriptOutcome.failures(extension(vm.apply(job))) : List.of();
    boolean overstated =
        !scripts.isEmpty() && ready.achieved() == Consistency.APPLICATION_CONSISTENT;
    return new Reached(overstated ? Consistency.FILE_SYSTEM_CONSISTENT : ready.achieved(), scripts);
  }

  /** What the snapshot extension says. */
  static List<String> extension(Optional<Vm> vm) {
    return vm
        .flatMap(found -> found.facts().snapshotHandler(found.windows()))
        .map(Extension::texts)
        .orElse(List.of())
        .stream()
        .limit(TEXTS_MAX)
        .toList();
  }

  /** The warning that less was achieved than was asked for. */
  Warning degraded(Snapshot snapshot) {
    List<SourceDisk> singles =
        snapshot.set().pointDisks().isEmpty() ? List.of() : snapshot.set().singleDisks();
    String because =
        singles.isEmpty()
            ? ""
            : ": no restore point of this kind holds disk %s"
                .formatted(singles.stream().map(SourceDisk::key).collect(Collectors.joining(", ")));
    return new Warning(
        "ConsistencyDegraded",
        "%s was asked for, %s was achieved%s"
            .formatted(snapshot.requested().text(), achieved.text(), because),
        singles.isEmpty()
            ? "Look at the VM's guest agent and the snapshot extension's status;"
                + " Azure tries the better mode again by itself."
            : "Exclude these disks in the policy, or ask for CrashConsistent.");
  }
}
