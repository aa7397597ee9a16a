package io.holdfast.catalogue;

import io.holdfast.disk.ArmId;
import io.holdfast.disk.Vm;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A policy: which VMs, when, how, and how long what comes of it stays.
 *
 * @param name lower-case letters, digits and hyphens
 * @param selector which VMs
 * @param schedule when
 * @param rank which policy wins where several select a VM, and how many of its VMs at once
 * @param protection how they are snapshotted; null in rows of before there was a choice
 * @param retention how many points stay; null in rows of before there was a choice
 * @param instantRestoreDays how long snapshots stay; 0 to 30
 * @param updatedAt when its schedule was last changed: no slot before it is due
 */
public record Policy(
    String name,
    Selector selector,
    Schedule schedule,
    Rank rank,
    Protection protection,
    RetentionRule retention,
    int instantRestoreDays,
    Instant updatedAt) {
  public Policy {
    rank = rank == null ? Rank.DEFAULT : rank;
    protection = protection == null ? Protection.DEFAULT : protection;
    retention = retention == null ? RetentionRule.DEFAULT : retention;
  }

  /** A policy that takes the best snapshots of all disks, and keeps points by the default rule. */
  public Policy(
      String name,
      Selector selector,
      Schedule schedule,
      int instantRestoreDays,
      Instant updatedAt) {
    this(
        name,
        selector,
        schedule,
        Rank.DEFAULT,
        Protection.DEFAULT,
        RetentionRule.DEFAULT,
        instantRestoreDays,
        updatedAt);
  }

  /** This policy in the place of an earlier one: the same schedule goes on as it was. */
  public Policy after(Policy earlier) {
    return schedule.sameTimes(earlier.schedule)
        ? new Policy(
            name,
            selector,
            schedule,
            rank,
            protection,
            retention,
            instantRestoreDays,
            earlier.updatedAt)
        : this;
  }

  /**
   * Which VMs: those of the ids, and those that carry all of the tags and stand in one of the
   * resource groups; but for those that are excluded.
   *
   * @param ids ARM ids of VMs
   * @param tags all of these; empty: any
   * @param resourceGroups names; empty: any, if there are tags
   * @param subscriptions where VMs with the tags are looked for; empty: where the settings say
   * @param exclude which VMs it does not select all the same; null in rows of before there was one
   */
  public record Selector(
      List<String> ids,
      Map<String, String> tags,
      List<String> resourceGroups,
      List<String> subscriptions,
      Exclusion exclude) {
    public Selector {
      ids = List.copyOf(ids);
      tags = Map.copyOf(tags);
      resourceGroups = resourceGroups == null ? List.of() : List.copyOf(resourceGroups);
      subscriptions = List.copyOf(subscriptions);
      exclude = exclude == null ? Exclusion.NONE : exclude;
    }

    /** A selector that excludes nothing. */
    public Selector(List<String> ids, Map<String, String> tags, List<String> subscriptions) {
      this(ids, tags, List.of(), subscriptions, Exclusion.NONE);
    }

    /** Whether it has to look through lists of VMs. */
    public boolean searches() {
      return !tags.isEmpty() || !resourceGroups.isEmpty();
    }

    /** Whether it names a VM by its id. */
    public boolean names(String vmId) {
      return ids.stream().anyMatch(id -> ArmId.folded(id).equals(ArmId.folded(vmId)));
    }

    /**
     * Whether it selects a VM.
     *
     * @param reach subscriptions where it looks, unless it says so itself
     */
    public boolean selects(Vm vm, List<String> reach) {
      return (names(vm.id()) || finds(vm, reach)) && !exclude.holds(vm);
    }

    /** Whether it leaves a VM out that it would select. */
    public boolean excludes(Vm vm) {
      return exclude.holds(vm);
    }

    private boolean finds(Vm vm, List<String> reach) {
      List<String> where = subscriptions.isEmpty() ? reach : subscriptions;
      return searches()
          && where.stream().anyMatch(id -> id.equalsIgnoreCase(ArmId.subscriptionOf(vm.id())))
          && (resourceGroups.isEmpty() || in(resourceGroups, vm))
          && vm.tags().entrySet().containsAll(tags.entrySet());
    }

    static boolean in(List<String> groups, Vm vm) {
      return groups.stream().anyMatch(name -> name.equalsIgnoreCase(ArmId.groupOf(vm.id())));
    }
  }

  /**
   * Which VMs a selector leaves out: those of the ids, those with any of the tags, those of the
   * groups.
   */
  public record Exclusion(List<String> ids, Map<String, String> tags, List<String> resourceGroups) {
    /** Leaves out nothing. */
    public static final Exclusion NONE = new Exclusion(List.of(), Map.of(), List.of());

    public Exclusion {
      ids = ids == null ? List.of() : List.copyOf(ids);
      tags = tags == null ? Map.of() : Map.copyOf(tags);
      resourceGroups = resourceGroups == null ? List.of() : List.copyOf(resourceGroups);
    }

    boolean holds(Vm vm) {
      Set<Map.Entry<String, String>> carried = vm.tags().entrySet();
      return ids.stream().anyMatch(id -> ArmId.folded(id).equals(ArmId.folded(vm.id())))
          || tags.entrySet().stream().anyMatch(carried::contains)
          || Selector.in(resourceGroups, vm);
    }
  }

  /**
   * When.
   *
   * @param cron five fields, as in crontab
   * @param zone IANA name of the time zone
   * @param jitter over how long the VMs of a slot are spread; null in rows of before there was one
   * @param window how long after its slot a backup may still begin; null: until the next slot
   */
  public record Schedule(String cron, String zone, Duration jitter, Duration window) {
    public Schedule {
      jitter = jitter == null ? Duration.ZERO : jitter;
    }

    /** A schedule whose VMs all begin at once. */
    public Schedule(String cron, String zone) {
      this(cron, zone, Duration.ZERO, null);
    }

    /** Whether another schedule has the same slots. */
    public boolean sameTimes(Schedule other) {
      return cron.equals(other.cron) && zone.equals(other.zone);
    }

    /** Whether a backup of a slot may begin at an instant. */
    public boolean open(Instant slot, Instant now) {
      return window == null || !now.isAfter(slot.plus(window));
    }
  }

  /**
   * Where a policy stands among others.
   *
   * @param priority of the policies that select a VM the one with the highest is its; -1,000 to
   *     1,000
   * @param concurrentMax how many of its VMs are backed up at once; 0: any number
   */
  public record Rank(int priority, int concurrentMax) {
    /** As every other policy. */
    public static final Rank DEFAULT = new Rank(0, 0);
  }
}
