package io.holdfast.schedule;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Policy;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Vm;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * All VMs that the app may see, and all items whose VM is gone, in the order of their ids. VMs are
 * listed, a subscription at a time, never asked for one by one.
 */
public final class Fleet {
  private final Catalogue catalogue;
  private final Policies policies;
  private final Disks disks;

  public Fleet(Catalogue catalogue, Policies policies, Disks disks) {
    this.catalogue = catalogue;
    this.policies = policies;
    this.disks = disks;
  }

  /**
   * One of them.
   *
   * @param itemId the VM's GUID
   * @param vm as a list gives it; empty: it is gone
   * @param coverage which policy it is under; empty when the VM is gone
   * @param protectionState of the item, without what a person decided; null: it has no backup yet
   */
  public record Member(
      String itemId, Optional<Vm> vm, Optional<Coverage> coverage, String protectionState) {
    /** Whether a policy selects it. */
    public boolean covered() {
      return coverage.flatMap(Coverage::effective).isPresent();
    }
  }

  /**
   * Some of them.
   *
   * @param after only those behind this item id; empty: from the first
   * @param membersMax how many at most
   * @param covered only those that a policy selects, or only those that none selects; empty: all
   */
  public List<Member> members(String after, int membersMax, Optional<Boolean> covered) {
    return members(after, membersMax, covered, List.of());
  }

  /**
   * Some of them.
   *
   * @param proposed policies that nobody has put: their VMs are looked for too
   */
  public List<Member> members(
      String after, int membersMax, Optional<Boolean> covered, List<Policy> proposed) {
    List<Policy> all = policies.all();
    List<Policy> reaching = new ArrayList<>(all);
    reaching.addAll(proposed);
    Map<String, Member> members = new TreeMap<>();
    items()
        .forEach(
            (id, state) ->
                members.put(id, new Member(id, Optional.empty(), Optional.empty(), state)));
    for (String subscription : subscriptions(reaching)) {
      for (Vm vm : disks.vms(subscription)) {
        String id = Item.idOf(vm.guid());
        String state = members.containsKey(id) ? members.get(id).protectionState() : null;
        Coverage coverage = Coverage.of(vm, all, policies.subscriptions());
        members.put(id, new Member(id, Optional.of(vm), Optional.of(coverage), state));
      }
    }
    List<Member> page = new ArrayList<>();
    for (Member member : members.values()) {
      boolean asked =
          covered.isEmpty() || (member.vm().isPresent() && covered.get() == member.covered());
      if (asked && member.itemId().compareTo(after) > 0 && page.size() < membersMax) {
        page.add(member);
      }
    }
    return List.copyOf(page);
  }

  private Map<String, String> items() {
    Map<String, String> items = new TreeMap<>();
    for (String state : Item.PROTECTION_STATES) {
      catalogue.index().itemsIn(state).forEach(id -> items.put(id, state));
    }
    return items;
  }

  /** Where the settings and the policies say that VMs are. */
  private Set<String> subscriptions(List<Policy> all) {
    Set<String> subscriptions = new LinkedHashSet<>();
    policies
        .subscriptions()
        .forEach(id -> subscriptions.add(id.toLowerCase(java.util.Locale.ROOT)));
    for (Policy policy : all) {
      policy
          .selector()
          .subscriptions()
          .forEach(id -> subscriptions.add(id.toLowerCase(java.util.Locale.ROOT)));
      policy
          .selector()
          .ids()
          .forEach(
              id ->
                  subscriptions.add(
                      io.holdfast.disk.ArmId.subscriptionOf(id)
                          .toLowerCase(java.util.Locale.ROOT)));
    }
    return subscriptions;
  }
}
