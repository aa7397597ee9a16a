package io.holdfast.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Policy.Exclusion;
import io.holdfast.catalogue.Policy.Rank;
import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.catalogue.Policy.Selector;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.RetentionRule;
import io.holdfast.disk.Vm;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which policy a VM is under. */
class CoverageTest {
  private static final List<String> REACH = List.of(MemoryVm.SUBSCRIPTION);
  private static final Policy FALLBACK = DefaultPolicy.in("UTC");

  private final World world = new World();
  private final Vm vm = vmWith(Map.of("backup", "holdfast", "team", "a"));

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private Vm vmWith(Map<String, String> tags) {
    MemoryVm made = world.vm("vm1");
    tags.forEach(made::tag);
    return world.disks.vm(made.id()).orElseThrow();
  }

  private static Policy policy(String name, int priority, Selector selector) {
    return new Policy(
        name,
        selector,
        new Schedule("0 2 * * *", "UTC"),
        new Rank(priority, 0),
        Protection.DEFAULT,
        RetentionRule.DEFAULT,
        0,
        Instant.EPOCH);
  }

  private static Selector tags(String key, String value) {
    return new Selector(List.of(), Map.of(key, value), List.of());
  }

  private Selector ids() {
    return new Selector(List.of(vm.id().toUpperCase(java.util.Locale.ROOT)), Map.of(), List.of());
  }

  private static Selector groups(Exclusion exclude, String... names) {
    return new Selector(List.of(), Map.of(), List.of(names), List.of(), exclude);
  }

  private Coverage of(Policy... policies) {
    return Coverage.of(vm, List.of(policies), REACH);
  }

  private static String name(Coverage coverage) {
    return coverage.effective().map(Policy::name).orElse(null);
  }

  @Test
  void the_tag_is_all_that_a_vm_needs() {
    Coverage coverage = of(FALLBACK);

    assertThat(name(coverage)).isEqualTo("default");
    assertThat(coverage.why()).isEqualTo("policy default selects it by tag backup=holdfast");
    assertThat(coverage.conflict()).isNull();
  }

  @Test
  void any_policy_goes_before_the_default_one() {
    Coverage coverage = of(FALLBACK, policy("z-team", 0, tags("team", "a")));

    assertThat(name(coverage)).isEqualTo("z-team");
    assertThat(coverage.selecting()).containsExactly("z-team", "default");
    assertThat(coverage.conflict()).isNull();
    assertThat(coverage.why()).contains("has the highest priority, 0");
  }

  @Test
  void the_higher_priority_wins_over_the_id_and_the_id_over_tags() {
    Policy tagged = policy("a", 0, tags("team", "a"));
    Policy named = policy("b", 0, ids());
    Policy higher = policy("c", 5, tags("backup", "holdfast"));

    assertThat(name(of(tagged, named))).isEqualTo("b");
    assertThat(of(tagged, named).conflict()).isNull();
    assertThat(name(of(tagged, named, higher))).isEqualTo("c");
  }

  @Test
  void a_conflict_names_both_and_the_vm_is_backed_up_all_the_same() {
    Coverage coverage =
        of(policy("b", 0, tags("team", "a")), policy("a", 0, tags("backup", "holdfast")));

    assertThat(name(coverage)).isEqualTo("a");
    assertThat(coverage.conflict()).contains("policies a and b both select it");
  }

  @Test
  void what_is_excluded_is_not_selected_and_the_reason_is_told() {
    Policy byGroup = policy("g", 0, groups(Exclusion.NONE, "RG1"));
    Exclusion team = new Exclusion(List.of(), Map.of("team", "a"), List.of());
    Policy without = policy("g", 0, groups(team, "rg1"));

    assertThat(name(of(byGroup))).isEqualTo("g");
    assertThat(of(byGroup).why()).isEqualTo("policy g selects it by resource group RG1");
    assertThat(of(without).effective()).isEmpty();
    assertThat(of(without).why()).isEqualTo("no policy selects it: policy g excludes it");
    assertThat(name(of(policy("g", 0, groups(Exclusion.NONE, "rg2"))))).isNull();
  }

  @Test
  void tags_are_looked_for_where_the_settings_or_the_policy_say() {
    assertThat(Coverage.of(vm, List.of(FALLBACK), List.of()).effective()).isEmpty();
    Selector there = new Selector(List.of(), Map.of("team", "a"), List.of(MemoryVm.SUBSCRIPTION));
    assertThat(Coverage.of(vm, List.of(policy("p", 0, there)), List.of()).effective()).isPresent();
  }
}
