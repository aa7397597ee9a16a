package io.holdfast.schedule;

import io.holdfast.catalogue.Policy;
import io.holdfast.disk.Vm;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Which policy a VM is under. Of several that select it one is effective: that of the highest
 * priority; of equal ones that which names the VM's id; of equal ones still the first by name,
 * which is a conflict, and is told. A VM is never left without a backup because of a conflict.
 *
 * @param effective the policy that it is under; empty: no policy selects it
 * @param selecting names of all that select it, the effective one first
 * @param why a sentence for a person
 * @param conflict what a person should settle; null when there is nothing
 */
public record Coverage(
    Optional<Policy> effective, List<String> selecting, String why, String conflict) {
  public Coverage {
    selecting = List.copyOf(selecting);
  }

  /**
   * Decides. Pure.
   *
   * @param policies all of them
   * @param reach subscriptions where VMs with tags are looked for, unless a policy says
   */
  public static Coverage of(Vm vm, List<Policy> policies, List<String> reach) {
    List<Policy> selecting =
        policies.stream()
            .filter(policy -> policy.selector().selects(vm, reach))
            .sorted(
                Comparator.comparing((Policy policy) -> -policy.rank().priority())
                    .thenComparing(policy -> !policy.selector().names(vm.id()))
                    .thenComparing(Policy::name))
            .toList();
    if (selecting.isEmpty()) {
      return new Coverage(
          Optional.empty(),
          List.of(),
          "no policy selects it: %s".formatted(nearest(vm, policies)),
          null);
    }
    Policy first = selecting.get(0);
    List<String> names = selecting.stream().map(Policy::name).toList();
    String how =
        first.selector().names(vm.id())
            ? "policy %s names its id".formatted(first.name())
            : "policy %s selects it by %s".formatted(first.name(), terms(first));
    if (selecting.size() == 1) {
      return new Coverage(Optional.of(first), names, how, null);
    }
    Policy second = selecting.get(1);
    boolean even =
        first.rank().priority() == second.rank().priority()
            && first.selector().names(vm.id()) == second.selector().names(vm.id());
    String why =
        "%s; of %s it %s"
            .formatted(
                how,
                String.join(", ", names),
                even
                    ? "is the first by name"
                    : first.rank().priority() > second.rank().priority()
                        ? "has the highest priority, %d".formatted(first.rank().priority())
                        : "alone names the id");
    return new Coverage(
        Optional.of(first),
        names,
        why,
        even
            ? "policies %s and %s both select it, with priority %d: give one of them a higher priority, or exclude the VM from one"
                .formatted(first.name(), second.name(), first.rank().priority())
            : null);
  }

  private static String terms(Policy policy) {
    String tags =
        policy.selector().tags().entrySet().stream()
            .sorted(java.util.Map.Entry.comparingByKey())
            .map(tag -> tag.getKey() + "=" + tag.getValue())
            .collect(Collectors.joining(", "));
    String groups = String.join(", ", policy.selector().resourceGroups());
    if (groups.isEmpty()) {
      return "tag " + tags;
    }
    return tags.isEmpty() ? "resource group " + groups : "tag %s in %s".formatted(tags, groups);
  }

  /** What a person may not have thought of. */
  private static String nearest(Vm vm, List<Policy> policies) {
    List<String> excluding =
        policies.stream()
            .filter(policy -> policy.selector().excludes(vm))
            .map(Policy::name)
            .sorted()
            .toList();
    if (!excluding.isEmpty()) {
      return "policy %s excludes it".formatted(excluding.get(0));
    }
    return policies.isEmpty()
        ? "there is none"
        : "of %d none has its id, or its tags in its subscription and resource group"
            .formatted(policies.size());
  }
}
