package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Surroundings;
import io.holdfast.disk.Surroundings.Nic;
import io.holdfast.disk.Vm;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Asks Azure what the pre-checks need, and changes nothing. */
public final class Prechecks {
  private final Catalogue catalogue;
  private final Disks disks;
  private final Surroundings surroundings;
  private final FreezeGuard guard;
  private final SnapshotSite site;
  private final InstantSource clock;

  Prechecks(
      Catalogue catalogue,
      Disks disks,
      Surroundings surroundings,
      FreezeGuard guard,
      SnapshotSite site,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.surroundings = surroundings;
    this.guard = guard;
    this.site = site;
    this.clock = clock;
  }

  /** What would be done, and what was found. */
  record Prechecked(Intent intent, List<Check> checks) {}

  /** Checks a VM as a backup now would. */
  Prechecked of(Vm vm, Protection protection) {
    String itemId = Item.idOf(vm.guid());
    Instant now = clock.instant();
    Intent intent = Intent.of(vm, protection, guard.memory(itemId), now);
    Surroundings.Site around =
        surroundings.site(
            vm, site.group(), SnapshotNames.collection(itemId, vm.id(), catalogue.id()));
    return new Prechecked(intent, Precheck.of(vm, intent, protection, around, now));
  }

  /**
   * Checks an item as its next backup would be checked.
   *
   * @param protection of its VM as it is now
   * @return empty when there is no such item
   */
  public Optional<List<Check>> run(
      String itemId, java.util.function.Function<Vm, Protection> protection) {
    Optional<Item> item = catalogue.jobs().item(itemId).map(Versioned::value);
    if (item.isEmpty()) {
      return Optional.empty();
    }
    String vmId = item.get().vmId();
    Optional<Vm> vm = disks.vm(vmId).filter(found -> Item.idOf(found.guid()).equals(itemId));
    return Optional.of(
        vm.map(found -> of(found, protection.apply(found)).checks())
            .orElseGet(() -> List.of(gone(vmId, itemId))));
  }

  private Check gone(String vmId, String itemId) {
    Optional<String> moved = movedTo(vmId, itemId);
    return moved
        .map(
            id ->
                Check.required(
                    "virtualMachine",
                    "VirtualMachineMoved",
                    "VM %s was renamed or moved: it is %s now".formatted(vmId, id),
                    "Select it by its new id, or by tags; its next backup goes on with its points."))
        .orElseGet(
            () ->
                Check.required(
                    "virtualMachine",
                    "VirtualMachineNotFound",
                    "there is no VM %s any more, or another one has its name".formatted(vmId),
                    "Its recovery points are kept; restore from them, or remove it from its policy."));
  }

  /** Where an item's VM is now, within the subscription in which it was. */
  Optional<String> movedTo(String vmId, String itemId) {
    return disks.vms(ArmId.subscriptionOf(vmId)).stream()
        .filter(vm -> Item.idOf(vm.guid()).equals(itemId))
        .map(Vm::id)
        .findFirst();
  }

  String group() {
    return site.group();
  }

  List<Nic> nics(Vm vm) {
    return surroundings.nics(vm);
  }

  List<Change> asked(JobId job) {
    return guard.asked(job);
  }
}
