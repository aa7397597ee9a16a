package io.holdfast.schedule;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Vm;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One look at the clock: turns the slots that are due into messages. It reads policies and, for
 * those that are due, lists of VMs: one list a subscription, whatever the number of policies. A
 * policy's cursor moves after its messages are sent, so a tick that is cut off is repeated; a job's
 * id derives from its slot, so the repetition opens nothing twice.
 */
public final class Tick {
  private static final Logger LOG = LoggerFactory.getLogger(Tick.class);

  private final Catalogue catalogue;
  private final Policies policies;
  private final Disks disks;
  private final InstantSource clock;
  private final Consumer<Next> queues;

  /**
   * @param queues sends a message
   */
  public Tick(
      Catalogue catalogue,
      Policies policies,
      Disks disks,
      InstantSource clock,
      Consumer<Next> queues) {
    this.catalogue = catalogue;
    this.policies = policies;
    this.disks = disks;
    this.clock = clock;
    this.queues = queues;
  }

  /** Sends what is due. A policy that cannot be served is logged, and waits for the next tick. */
  public void run() {
    Look look = new Look(clock.instant(), policies.all());
    look.all.stream()
        .sorted(
            Comparator.comparing((Policy policy) -> -policy.rank().priority())
                .thenComparing(Policy::name))
        .forEach(look::at);
  }

  /** What one look knows. */
  private final class Look {
    private final Instant now;
    private final List<Policy> all;
    private final Map<String, List<Vm>> lists = new HashMap<>();

    Look(Instant now, List<Policy> all) {
      this.now = now;
      this.all = all;
    }

    void at(Policy policy) {
      try {
        serve(policy);
      } catch (RuntimeException e) {
        // One policy that cannot be served must not keep the others from their slots.
        LOG.error("policy {} could not be served; the next tick tries again", policy.name(), e);
      }
    }

    private void serve(Policy policy) {
      Optional<Versioned<Instant>> cursor = catalogue.policies().cursor(policy.name());
      if (cursor.isEmpty() && policy.updatedAt().equals(Instant.EPOCH)) {
        // The default policy was made by nobody: its first slot is the first after this look.
        catalogue.policies().moveCursor(policy.name(), cursor, now);
        return;
      }
      // Slots of before the policy was put are not made up for, but for the one of that very
      // minute.
      Instant put = policy.updatedAt().truncatedTo(ChronoUnit.MINUTES).minusNanos(1);
      Instant since = cursor.map(Versioned::value).filter(put::isBefore).orElse(put);
      List<Instant> due = Slots.between(policy.schedule(), since, now);
      if (due.isEmpty()) {
        return;
      }
      Instant slot = due.get(due.size() - 1);
      int missed = due.size() - 1;
      Map<String, String> vms = select(policy);
      vms.forEach((key, id) -> send(policy, slot, missed, due, key, id));
      LOG.info("policy {}: slot {} asks for {} backups", policy.name(), slot, vms.size());
      catalogue.policies().moveCursor(policy.name(), cursor, slot);
    }

    private void send(
        Policy policy, Instant slot, int missed, List<Instant> due, String key, String id) {
      int days = policy.instantRestoreDays();
      if (missed > 0) {
        // One record of all that went by, and one backup that makes up for it.
        Instant last = due.get(missed - 1);
        queues.accept(Next.now(new Task.StartBackup(id, null, policy.name(), last, days, missed)));
      }
      Instant start = Spread.startOf(slot, key, policy.name(), policy.schedule().jitter());
      Task task = new Task.StartBackup(id, null, policy.name(), slot, days);
      queues.accept(Next.in(Duration.between(now, start), task));
    }

    /** The VMs that are under a policy, each once, however its id was spelt: folded id, id. */
    private Map<String, String> select(Policy policy) {
      Map<String, String> vms = new LinkedHashMap<>();
      Map<String, Vm> seen = new HashMap<>();
      if (policy.selector().searches()) {
        for (String subscription : reach(policy)) {
          for (Vm vm : list(subscription)) {
            seen.put(ArmId.folded(vm.id()), vm);
            if (Coverage.of(vm, all, policies.subscriptions())
                .effective()
                .filter(policy::equals)
                .isPresent()) {
              vms.putIfAbsent(ArmId.folded(vm.id()), vm.id());
            }
          }
        }
      }
      // A VM that is named is asked for whatever lists say: its backup tells what is wrong with it.
      policy.selector().ids().stream()
          .filter(id -> !seen.containsKey(ArmId.folded(id)))
          .forEach(id -> vms.putIfAbsent(ArmId.folded(id), id));
      return vms;
    }

    private List<String> reach(Policy policy) {
      return policy.selector().subscriptions().isEmpty()
          ? policies.subscriptions()
          : policy.selector().subscriptions();
    }

    private List<Vm> list(String subscription) {
      return lists.computeIfAbsent(
          subscription.toLowerCase(java.util.Locale.ROOT), key -> disks.vms(subscription));
    }
  }
}
