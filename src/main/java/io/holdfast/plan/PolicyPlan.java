package io.holdfast.plan;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.RetentionRule;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Vm;
import io.holdfast.plan.ItemPlan.PointChange;
import io.holdfast.retention.Forecast;
import io.holdfast.retention.Keeping;
import io.holdfast.retention.Verdict;
import io.holdfast.retention.Verdicts;
import io.holdfast.schedule.Coverage;
import io.holdfast.schedule.Fleet;
import io.holdfast.schedule.Fleet.Member;
import io.holdfast.schedule.Policies;
import io.holdfast.schedule.Slots;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a policy would do if it were put: to which VMs, to which of their points, and what backups
 * would move. It reads with the classes that act, and changes nothing.
 */
public final class PolicyPlan {
  /** Jobs of an item that are looked through for what a backup moves. */
  private static final int JOBS_MAX = 50;

  private static final Duration WEEK = Duration.ofDays(7);
  private static final double DAYS = 7;

  private final Catalogue catalogue;
  private final Policies policies;
  private final Fleet fleet;
  private final InstantSource clock;

  public PolicyPlan(Catalogue catalogue, Policies policies, Fleet fleet, InstantSource clock) {
    this.catalogue = catalogue;
    this.policies = policies;
    this.fleet = fleet;
    this.clock = clock;
  }

  /**
   * Some of the items that the change concerns, in the order of their ids.
   *
   * @param affected how many it concerns in all
   * @param gained how many of these would come to the policy
   * @param lost how many would leave it
   */
  public record Page(List<ItemPlan> items, int affected, int gained, int lost, boolean more) {
    public Page {
      items = List.copyOf(items);
    }
  }

  /** A VM whose policy is, or would be, the one in question. */
  private record Affected(Member member, Coverage before, Coverage after) {
    boolean gained(String name) {
      return !is(before, name) && is(after, name);
    }

    boolean lost(String name) {
      return is(before, name) && !is(after, name);
    }
  }

  private static boolean is(Coverage coverage, String name) {
    return coverage.effective().filter(policy -> policy.name().equals(name)).isPresent();
  }

  /**
   * Plans.
   *
   * @param proposed as it would be put
   * @param after only items behind this id; empty: from the first
   * @param itemsMax how many of them at most: each costs a read of all its points
   */
  public Page of(Policy proposed, String after, int itemsMax) {
    List<Policy> before = policies.all();
    List<Policy> next = new ArrayList<>(before);
    next.removeIf(policy -> policy.name().equals(proposed.name()));
    next.add(proposed);
    List<Affected> affected = new ArrayList<>();
    for (Member member :
        fleet.members("", Integer.MAX_VALUE, Optional.empty(), List.of(proposed))) {
      Optional<Vm> vm = member.vm();
      if (vm.isPresent()) {
        Affected one =
            new Affected(
                member,
                Coverage.of(vm.get(), before, policies.subscriptions()),
                Coverage.of(vm.get(), next, policies.subscriptions()));
        if (is(one.before(), proposed.name()) || is(one.after(), proposed.name())) {
          affected.add(one);
        }
      }
    }
    List<Affected> rest =
        affected.stream().filter(it -> it.member().itemId().compareTo(after) > 0).toList();
    return new Page(
        rest.stream().limit(itemsMax).map(this::item).toList(),
        affected.size(),
        count(affected, it -> it.gained(proposed.name())),
        count(affected, it -> it.lost(proposed.name())),
        rest.size() > itemsMax);
  }

  private static int count(List<Affected> all, Predicate<Affected> which) {
    return (int) all.stream().filter(which).count();
  }

  private ItemPlan item(Affected affected) {
    Instant now = clock.instant();
    Vm vm = affected.member().vm().orElseThrow();
    String itemId = Item.idOf(vm.guid());
    Optional<Policy> before = affected.before().effective();
    Optional<Policy> after = affected.after().effective();
    Keeping was = Keeping.read(catalogue, itemId, before);
    Keeping will = was.under(after);
    Map<String, Verdict> old = byId(was.verdicts(now));
    Map<String, Verdict> then = byId(will.verdicts(now));
    List<Job> jobs = catalogue.jobs().ofItem(itemId, JOBS_MAX, Optional.empty());
    List<PointChange> expiring = new ArrayList<>();
    List<PointChange> rescued = new ArrayList<>();
    for (Versioned<RecoveryPoint> row : was.points()) {
      String id = row.value().id();
      if (then.containsKey(id) && was.stance().expires(now)) {
        boolean stayed = old.get(id).kept();
        boolean stays = then.get(id).kept();
        if (stayed && !stays) {
          expiring.add(change(row.value(), then.get(id)));
        } else if (!stayed && stays) {
          rescued.add(change(row.value(), then.get(id)));
        }
      }
    }
    return new ItemPlan(
        itemId,
        vm.id(),
        vm.name(),
        before.map(Policy::name).orElse(null),
        after.map(Policy::name).orElse(null),
        affected.after().why(),
        expiring,
        rescued,
        (int) then.values().stream().filter(Verdict::kept).count(),
        after.flatMap(policy -> Slots.next(policy.schedule(), now)).orElse(null),
        will.forecast(now, Slots::next).next().map(Forecast.Deletion::time).orElse(null),
        after.map(policy -> perDay(policy, now)).orElse(0.0),
        after.map(Policy::instantRestoreDays).orElse(0),
        after.map(policy -> atMost(policy.retention())).orElse(0),
        Load.of(jobs));
  }

  private PointChange change(RecoveryPoint point, Verdict verdict) {
    Optional<Job> job = catalogue.jobs().find(point.jobId()).map(Versioned::value);
    return new PointChange(
        point.id(),
        point.time(),
        point.disks().stream().mapToLong(RecoveryPoint.PointDisk::sizeBytes).sum(),
        job.map(PolicyPlan::stored).orElse(null),
        verdict.text());
  }

  private static Long stored(Job job) {
    return job.disks().stream()
        .filter(disk -> disk.result() != null)
        .mapToLong(disk -> disk.result().counts().stored())
        .sum();
  }

  private static Map<String, Verdict> byId(Verdicts verdicts) {
    Map<String, Verdict> byId = new HashMap<>();
    verdicts.newestFirst().forEach(verdict -> byId.put(verdict.id(), verdict));
    return byId;
  }

  private static double perDay(Policy policy, Instant now) {
    return Slots.between(policy.schedule(), now, now.plus(WEEK)).size() / DAYS;
  }

  private static int atMost(RetentionRule rule) {
    return rule.latest()
        + rule.hourly()
        + rule.daily()
        + rule.weekly()
        + rule.monthly()
        + rule.yearly();
  }
}
