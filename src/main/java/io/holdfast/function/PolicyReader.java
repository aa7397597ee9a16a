package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Policy.Rank;
import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.catalogue.Policy.Selector;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.RetentionRule;
import io.holdfast.disk.Consistency;
import io.holdfast.schedule.Floors;
import io.holdfast.schedule.Slots;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads a policy from a request and names all its faults at once. */
final class PolicyReader {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final int INSTANT_RESTORE_DAYS_MAX = 30;
  private static final Duration CONSISTENT_FLOOR = Duration.ofHours(3);
  private static final Duration CRASH_FLOOR = Duration.ofHours(1);
  private static final int PRIORITY_MAX = 1_000;
  private static final int CONCURRENT_MAX = 1_000;

  private final String zoneDefault;
  private final boolean subscriptionsSet;

  /**
   * @param zoneDefault zone of a schedule that names none
   * @param subscriptionsSet whether the settings say where VMs with tags are looked for
   */
  PolicyReader(String zoneDefault, boolean subscriptionsSet) {
    this.zoneDefault = zoneDefault;
    this.subscriptionsSet = subscriptionsSet;
  }

  /**
   * Reads.
   *
   * @param others all policies that there are
   */
  Policy read(String name, Optional<String> text, List<Policy> others, Instant now) {
    Faults faults = new Faults();
    if (!NAME.matcher(name).matches()) {
      faults.add(
          "InvalidName",
          "name",
          "name is \"%s\", but must have 1 to 63 lower-case letters, digits and inner hyphens"
              .formatted(name));
    }
    ObjectNode body = Faults.body(text);
    Set<String> known = new HashSet<>(ProtectionReader.FIELDS);
    known.addAll(
        Set.of(
            "name",
            "selector",
            "schedule",
            "instantRestoreDays",
            "retention",
            "priority",
            "concurrentMax"));
    faults.onlyKnown(body, "", known);
    if (body.hasNonNull("name") && !name.equals(body.path("name").asText())) {
      faults.add(
          "InvalidField",
          "name",
          "field name is %s, but the URL says \"%s\"".formatted(body.path("name"), name));
    }
    Selector selector =
        faults
            .object(body, "", "selector", true)
            .map(object -> new SelectorReader(faults, subscriptionsSet).read(object))
            .orElse(new Selector(List.of(), Map.of(), List.of()));
    Schedule schedule =
        faults
            .object(body, "", "schedule", true)
            .map(object -> new ScheduleReader(faults, zoneDefault).read(object))
            .orElse(new Schedule("", zoneDefault));
    Rank rank =
        new Rank(
            faults.number(body, "", "priority", -PRIORITY_MAX, PRIORITY_MAX, 0),
            faults.number(body, "", "concurrentMax", 0, CONCURRENT_MAX, 0));
    int days = faults.number(body, "", "instantRestoreDays", 0, INSTANT_RESTORE_DAYS_MAX, 0);
    Protection protection = new ProtectionReader(faults).read(body, Protection.DEFAULT);
    RetentionRule retention =
        faults
            .object(body, "", "retention", false)
            .map(object -> retention(object, faults))
            .orElse(RetentionRule.DEFAULT);
    floor(schedule, protection, faults);
    Policy policy = new Policy(name, selector, schedule, rank, protection, retention, days, now);
    twin(policy, others, faults);
    faults.throwIfAny();
    return policy;
  }

  /** Azure makes no more restore points of a VM than that: azure-compute-docs, "Limitations". */
  private static void floor(Schedule schedule, Protection protection, Faults faults) {
    boolean crash =
        protection.consistency() == Consistency.CRASH_CONSISTENT || !protection.extension();
    Duration floor = crash ? CRASH_FLOOR : CONSISTENT_FLOOR;
    if (Slots.faultOfCron(schedule.cron()).isEmpty() && Floors.below(schedule.cron(), floor)) {
      faults.add(
          "ScheduleTooFrequent",
          "schedule",
          "field schedule has slots less than %d h apart, but Azure makes %s restore points of a VM at most every %d h%s"
              .formatted(
                  floor.toHours(),
                  crash ? "crash-consistent" : "consistent",
                  floor.toHours(),
                  crash ? "" : "; with consistency CrashConsistent it may be every hour"));
    }
  }

  /** Two policies that select the same, with one priority, are a mistake of the second. */
  private static void twin(Policy policy, List<Policy> others, Faults faults) {
    for (Policy other : others) {
      if (!other.name().equals(policy.name())
          && other.selector().equals(policy.selector())
          && other.rank().priority() == policy.rank().priority()
          && !(policy.selector().ids().isEmpty() && !policy.selector().searches())) {
        faults.add(
            "DuplicateSelector",
            "selector",
            "field selector is that of policy %s, with the same priority: change that policy, or give this one"
                    .formatted(other.name())
                + " another selector or priority");
      }
    }
  }

  private static RetentionRule retention(ObjectNode object, Faults faults) {
    List<String> names = List.of("latest", "hourly", "daily", "weekly", "monthly", "yearly");
    faults.onlyKnown(object, "retention.", Set.copyOf(names));
    int[] counts =
        names.stream()
            .mapToInt(
                name -> faults.number(object, "retention.", name, 0, RetentionRule.COUNT_MAX, 0))
            .toArray();
    RetentionRule rule =
        new RetentionRule(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]);
    rule.faults()
        .forEach(fault -> faults.add("KeepsNothing", "retention", "field retention: " + fault));
    return rule;
  }

  /** A rule as a field of a policy. */
  static void write(RetentionRule rule, ObjectNode policy) {
    policy
        .putObject("retention")
        .put("latest", rule.latest())
        .put("hourly", rule.hourly())
        .put("daily", rule.daily())
        .put("weekly", rule.weekly())
        .put("monthly", rule.monthly())
        .put("yearly", rule.yearly());
  }
}
