package io.holdfast.schedule;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Vm;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One look at the clock: turns the slots that are due into messages. It reads policies only. A
 * policy's cursor moves after its messages are sent, so a tick that is cut off is repeated; a job's
 * id derives from its slot, so the repetition opens nothing twice.
 */
public final class Tick {
  private static final Logger LOG = LoggerFactory.getLogger(Tick.class);

  private final Catalogue catalogue;
  private final Disks disks;
  private final List<String> subscriptions;
  private final InstantSource clock;
  private final Consumer<Next> queues;

  /**
   * @param subscriptions where VMs with a policy's tags are looked for, unless the policy says
   * @param queues sends a message
   */
  public Tick(
      Catalogue catalogue,
      Disks disks,
      List<String> subscriptions,
      InstantSource clock,
      Consumer<Next> queues) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.subscriptions = List.copyOf(subscriptions);
    this.clock = clock;
    this.queues = queues;
  }

  public void run() {
    Instant now = clock.instant();
    for (Policy policy : catalogue.policies().all()) {
      try {
        look(policy, now);
      } catch (RuntimeException e) {
        // One policy that cannot be served must not keep the others from their slots.
        LOG.error("policy {} could not be served; the next tick tries again", policy.name(), e);
      }
    }
  }

  private void look(Policy policy, Instant now) {
    Optional<Versioned<Instant>> cursor = catalogue.policies().cursor(policy.name());
    // Slots of before the policy was put are not made up for, but for the one of that very minute.
    Instant put = policy.updatedAt().truncatedTo(ChronoUnit.MINUTES).minusNanos(1);
    Instant since = cursor.map(Versioned::value).filter(put::isBefore).orElse(put);
    List<Instant> due = Slots.between(policy.schedule(), since, now);
    if (due.isEmpty()) {
      return;
    }
    Instant slot = due.get(due.size() - 1);
    if (due.size() > 1) {
      LOG.warn(
          "policy {}: {} slots before {} were missed; one backup makes up for them",
          policy.name(),
          due.size() - 1,
          slot);
    }
    List<String> vms = select(policy);
    for (String vm : vms) {
      queues.accept(
          Next.now(
              new Task.StartBackup(vm, null, policy.name(), slot, policy.instantRestoreDays())));
    }
    LOG.info("policy {}: slot {} asks for {} backups", policy.name(), slot, vms.size());
    catalogue.policies().moveCursor(policy.name(), cursor, slot);
  }

  /** The VMs of a policy, each once, however its id was spelt. */
  private List<String> select(Policy policy) {
    Map<String, String> vms = new LinkedHashMap<>();
    policy.selector().ids().forEach(id -> vms.putIfAbsent(ArmId.folded(id), id));
    if (!policy.selector().tags().isEmpty()) {
      List<String> where =
          policy.selector().subscriptions().isEmpty()
              ? subscriptions
              : policy.selector().subscriptions();
      for (String subscription : where) {
        for (Vm vm : disks.vms(subscription)) {
          if (vm.tags().entrySet().containsAll(policy.selector().tags().entrySet())) {
            vms.putIfAbsent(ArmId.folded(vm.id()), vm.id());
          }
        }
      }
    }
    return List.copyOf(vms.values());
  }
}
