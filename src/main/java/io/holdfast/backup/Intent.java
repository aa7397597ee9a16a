package io.holdfast.backup;

import io.holdfast.catalogue.Guest;
import io.holdfast.catalogue.Job.ExcludedDisk;
import io.holdfast.catalogue.Job.GuestState;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.Protection;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.disk.VmFacts;
import io.holdfast.disk.VmFacts.Agent;
import io.holdfast.disk.VmFacts.Extension;
import io.holdfast.disk.VmFacts.Security;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a VM would be backed up, given what it is now: a pure decision that pre-checks show and a
 * start freezes.
 *
 * @param guest what the VM is
 * @param requested the consistency that is asked for
 * @param first the rung that is tried first; null when none can give what is demanded
 * @param skipped why a better rung is not tried, though it was asked for
 * @param disks the disks that are backed up
 * @param excluded the others
 * @param installs whether the snapshot extension is put into the guest, or awaited, first
 */
record Intent(
    GuestState guest,
    Consistency requested,
    SnapshotMethod first,
    List<Warning> skipped,
    List<VmDisk> disks,
    List<ExcludedDisk> excluded,
    boolean installs) {
  static final String AGENT = "GuestAgentNotReady";
  static final String FROZEN = "FreezeGuard";
  private static final String FORBIDDEN = "ExtensionForbidden";

  /**
   * @param memory what is remembered of the item's guest
   */
  static Intent of(Vm vm, Protection protection, Guest memory, Instant now) {
    List<VmDisk> disks = new ArrayList<>();
    List<ExcludedDisk> excluded = new ArrayList<>();
    for (VmDisk disk : vm.disks()) {
      Optional<String> why = whyNot(disk, protection);
      if (why.isPresent()) {
        excluded.add(new ExcludedDisk(disk.key(), disk.name(), disk.id(), disk.lun(), why.get()));
      } else {
        disks.add(disk);
      }
    }
    GuestState guest =
        !vm.running() ? GuestState.OFF : vm.windows() ? GuestState.WINDOWS : GuestState.LINUX;
    List<Warning> skipped = new ArrayList<>();
    Consistency requested =
        protection.consistency() == null ? vm.defaultConsistency() : protection.consistency();
    boolean freezes = vm.running() && requested != Consistency.CRASH_CONSISTENT;
    if (freezes) {
      skipped.addAll(againstFreezing(vm, protection, memory, now));
      if (forbidden(vm, protection) && protection.consistency() == null) {
        // Whoever forbids the extension asks for what can be had without it.
        requested = Consistency.CRASH_CONSISTENT;
        skipped.removeIf(each -> each.code().equals(FORBIDDEN));
        freezes = false;
      }
    }
    freezes &= skipped.isEmpty();
    List<SnapshotMethod> rungs =
        freezes ? SnapshotMethod.ladder(true) : SnapshotMethod.ladder(false);
    SnapshotMethod first =
        rungs.stream()
            .filter(rung -> rung == SnapshotMethod.DISK_SNAPSHOTS || anyFits(rung, disks))
            .filter(rung -> !protection.refuses(best(rung, guest)))
            .findFirst()
            .orElse(null);
    return new Intent(
        guest,
        requested,
        first,
        skipped,
        disks,
        excluded,
        first == SnapshotMethod.RESTORE_POINT && installs(vm, protection, memory));
  }

  private static Optional<String> whyNot(VmDisk disk, Protection protection) {
    if (!protection.disks().takes(disk)) {
      return Optional.of("the policy or request leaves it out");
    }
    if (disk.facts().ephemeral()) {
      return Optional.of(Precheck.EPHEMERAL);
    }
    return Optional.empty();
  }

  private static boolean anyFits(SnapshotMethod rung, List<VmDisk> disks) {
    return disks.stream().anyMatch(disk -> rung.holds(disk.facts().fit()));
  }

  /** The most that a rung can give. */
  static Consistency best(SnapshotMethod rung, GuestState guest) {
    if (rung == SnapshotMethod.RESTORE_POINT) {
      return Consistency.APPLICATION_CONSISTENT;
    }
    return guest == GuestState.OFF
        ? Consistency.FILE_SYSTEM_CONSISTENT
        : Consistency.CRASH_CONSISTENT;
  }

  private static List<Warning> againstFreezing(
      Vm vm, Protection protection, Guest memory, Instant now) {
    List<Warning> against = new ArrayList<>();
    Instant fallenUntil = memory.fallenUntil(now);
    if (fallenUntil != null) {
      against.add(
          new Warning(
              FROZEN,
              ("the last %d consistent snapshots in a row harmed or failed the guest (%s: %s), so"
                      + " that only crash-consistent ones are taken until %s")
                  .formatted(
                      memory.badFreezes(), memory.lastCode(), memory.lastMessage(), fallenUntil),
              "Mend what the text names, then reset with POST /api/v1/items/{itemId}:resetFreezeGuard;"
                  + " it ends by itself after "
                  + Guest.FALLEN.toDays()
                  + " days."));
    }
    if (vm.facts().agent() != Agent.READY) {
      against.add(
          new Warning(
              AGENT,
              "the guest agent is not ready (%s), so that the guest cannot be frozen"
                  .formatted(vm.facts().agentText()),
              "Install or restart the Azure VM agent; it has to reach 168.63.129.16 on ports 80,"
                  + " 443 and 32526."));
    }
    if (forbidden(vm, protection)) {
      against.add(
          new Warning(
              FORBIDDEN,
              "the guest has no snapshot extension, and the policy forbids to install it",
              "Set \"extension\": \"auto\" in the policy, or ask for CrashConsistent."));
    }
    return against;
  }

  private static boolean forbidden(Vm vm, Protection protection) {
    return !protection.extension() && vm.facts().snapshotHandler(vm.windows()).isEmpty();
  }

  /** It is asked for once an item: whoever removes it later does not get it back from us. */
  private static boolean installs(Vm vm, Protection protection, Guest memory) {
    Optional<Extension> handler = vm.facts().snapshotHandler(vm.windows());
    boolean underway = handler.filter(each -> each.state() == Extension.State.PENDING).isPresent();
    return protection.extension()
        && (underway || (handler.isEmpty() && memory.extensionAskedAt() == null));
  }

  /** The disks as a snapshot set takes them. */
  static List<SourceDisk> sources(List<VmDisk> disks, VmFacts vm) {
    return disks.stream()
        .map(
            disk ->
                new SourceDisk(
                    disk.key(),
                    disk.id(),
                    disk.uniqueId(),
                    disk.facts().fit(),
                    disk.key().equals("os") && vm.security() == Security.TRUSTED_LAUNCH,
                    disk.facts().diskAccess()))
        .toList();
  }
}
