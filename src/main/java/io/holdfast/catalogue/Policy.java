package io.holdfast.catalogue;

import io.holdfast.disk.ArmId;
import io.holdfast.disk.Vm;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * A policy: which VMs, when, and how long their snapshots stay.
 *
 * @param name lower-case letters, digits and hyphens
 * @param selector which VMs
 * @param schedule when
 * @param instantRestoreDays 0 to 30
 * @param protection how they are snapshotted; null in rows of before there was a choice
 * @param updatedAt when its schedule was last changed: no slot before it is due
 */
public record Policy(
    String name,
    Selector selector,
    Schedule schedule,
    int instantRestoreDays,
    Protection protection,
    Instant updatedAt) {
  public Policy {
    protection = protection == null ? Protection.DEFAULT : protection;
  }

  /** A policy that takes the best snapshots of all disks. */
  public Policy(
      String name,
      Selector selector,
      Schedule schedule,
      int instantRestoreDays,
      Instant updatedAt) {
    this(name, selector, schedule, instantRestoreDays, Protection.DEFAULT, updatedAt);
  }

  /**
   * Whether it selects a VM.
   *
   * @param subscriptions where VMs with its tags are looked for, unless it says so itself
   */
  public boolean covers(Vm vm, List<String> subscriptions) {
    boolean byId =
        selector.ids().stream().anyMatch(id -> ArmId.folded(id).equals(ArmId.folded(vm.id())));
    List<String> where =
        selector.subscriptions().isEmpty() ? subscriptions : selector.subscriptions();
    boolean inReach =
        where.stream().anyMatch(id -> id.equalsIgnoreCase(ArmId.subscriptionOf(vm.id())));
    boolean byTags =
        !selector.tags().isEmpty()
            && inReach
            && vm.tags().entrySet().containsAll(selector.tags().entrySet());
    return byId || byTags;
  }

  /** This policy in the place of an earlier one: the same schedule goes on as it was. */
  public Policy after(Policy earlier) {
    return schedule.equals(earlier.schedule)
        ? new Policy(name, selector, schedule, instantRestoreDays, protection, earlier.updatedAt)
        : this;
  }

  /**
   * Which VMs: those of the ids, and those that carry all of the tags.
   *
   * @param subscriptions where VMs with the tags are looked for; empty: where the settings say
   */
  public record Selector(List<String> ids, Map<String, String> tags, List<String> subscriptions) {
    public Selector {
      ids = List.copyOf(ids);
      tags = Map.copyOf(tags);
      subscriptions = List.copyOf(subscriptions);
    }
  }

  /**
   * When.
   *
   * @param cron five fields, as in crontab
   * @param zone IANA name of the time zone
   */
  public record Schedule(String cron, String zone) {}
}
