package io.holdfast.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.catalogue.Policy.Selector;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The timer that turns due slots into messages. The world's clock starts at 10:00 UTC. */
class TickTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final List<Next> sent = new ArrayList<>();
  private final Tick tick =
      new Tick(
          world.catalogue,
          world.policies(),
          world.disks,
          world.clock,
          next -> {
            sent.add(next);
            world.bag.accept(next);
          });

  @AfterEach
  void theWorldIsInOrder() {
    world.run();
    world.close();
  }

  private void put(String name, Selector selector, String cron) {
    Optional<String> etag = world.catalogue.policies().find(name).map(found -> found.etag());
    Policy policy = new Policy(name, selector, new Schedule(cron, "UTC"), 1, world.clock.instant());
    assertThat(world.catalogue.policies().put(policy, etag)).isTrue();
  }

  private static Selector ids(String... ids) {
    return new Selector(List.of(ids), Map.of(), List.of());
  }

  private static Task.StartBackup start(MemoryVm vm, String policy, String slot) {
    return new Task.StartBackup(vm.id(), null, policy, Instant.parse(slot), 1);
  }

  private static Task.StartBackup missed(MemoryVm vm, String policy, String slot, int missed) {
    return new Task.StartBackup(vm.id(), null, policy, Instant.parse(slot), 1, missed);
  }

  private List<Task> tasks() {
    return sent.stream().map(Next::task).toList();
  }

  @Test
  void a_slot_becomes_a_message_for_each_vm_when_it_is_due() {
    world.advance(Duration.ofMinutes(1));
    put("hourly", ids(vm.id()), "0 * * * *");
    tick.run();
    world.advance(Duration.ofMinutes(58));
    tick.run();
    assertThat(sent).isEmpty();

    world.advance(Duration.ofMinutes(1));
    tick.run();
    tick.run();

    assertThat(sent).containsExactly(Next.now(start(vm, "hourly", "2026-03-02T11:00:00Z")));
    world.run();
    Job job = world.job(JobId.of(vm.itemId(), Instant.parse("2026-03-02T11:00:00Z"), "hourly"));
    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.request().policy()).isEqualTo("hourly");
    assertThat(job.deadline()).isEqualTo("2026-03-03T11:00:00Z");
    assertThat(world.pointOf(job).snapshot()).isNotNull();
  }

  @Test
  void missed_slots_become_one_backup_of_the_newest_and_one_record_of_the_others() {
    put("hourly", ids(vm.id()), "0 * * * *");
    tick.run();
    world.run();
    sent.clear();
    world.advance(Duration.ofHours(5).plusMinutes(20));

    tick.run();

    assertThat(tasks())
        .containsExactly(
            missed(vm, "hourly", "2026-03-02T14:00:00Z", 4),
            start(vm, "hourly", "2026-03-02T15:00:00Z"));
    world.run();
    Job record = world.job(JobId.of(vm.itemId(), Instant.parse("2026-03-02T14:00:00Z"), "hourly"));
    assertThat(record.status()).isEqualTo(JobStatus.FAILED);
    assertThat(record.error().code()).isEqualTo("WindowMissed");
    assertThat(record.error().message()).contains("4 slots up to that of 2026-03-02T14:00:00Z");
    assertThat(world.points(vm)).hasSize(2);
  }

  @Test
  void a_slot_whose_window_is_over_is_put_on_record_and_not_made_up_for() {
    Policy policy =
        new Policy(
            "windowed",
            ids(vm.id()),
            new Schedule("0 * * * *", "UTC", Duration.ofMinutes(5), Duration.ofMinutes(20)),
            1,
            world.clock.instant());
    assertThat(world.catalogue.policies().put(policy, Optional.empty())).isTrue();
    tick.run();
    world.advance(Duration.ofMinutes(6));
    world.run();
    assertThat(world.points(vm)).hasSize(1);
    world.advance(Duration.ofMinutes(75));

    tick.run();
    world.run();

    Job record =
        world.job(JobId.of(vm.itemId(), Instant.parse("2026-03-02T11:00:00Z"), "windowed"));
    assertThat(record.error().code()).isEqualTo("WindowMissed");
    assertThat(world.points(vm)).hasSize(1);
  }

  @Test
  void no_more_vms_than_a_policy_allows_are_backed_up_at_once() {
    List<MemoryVm> vms = new ArrayList<>(List.of(vm.tag("backup", "few")));
    for (int i = 2; i <= 5; i++) {
      vms.add(world.vm("vm" + i).tag("backup", "few"));
    }
    Policy policy =
        new Policy(
            "few",
            new Selector(List.of(), Map.of("backup", "few"), List.of()),
            new Schedule("0 10 * * *", "UTC"),
            new Policy.Rank(0, 2),
            io.holdfast.catalogue.Protection.DEFAULT,
            io.holdfast.catalogue.RetentionRule.DEFAULT,
            0,
            world.clock.instant());
    assertThat(world.catalogue.policies().put(policy, Optional.empty())).isTrue();
    tick.run();
    int most = 0;
    for (int i = 0; i < 1_000 && !world.bag.isEmpty(); i++) {
      world.step();
      long active =
          vms.stream()
              .flatMap(each -> world.catalogue.jobs().item(each.itemId()).stream())
              .filter(item -> item.value().activeBackup() != null)
              .count();
      most = Math.max(most, (int) active);
    }
    assertThat(most).isEqualTo(2);
    world.run();
    for (int i = 0; i < 10; i++) {
      world.advance(Duration.ofMinutes(2));
      world.run();
    }
    assertThat(vms).allSatisfy(each -> assertThat(world.points(each)).hasSize(1));
  }

  @Test
  void the_vms_of_a_slot_are_spread_over_its_jitter() {
    for (int i = 2; i <= 40; i++) {
      world.vm("vm" + i).tag("backup", "nightly");
    }
    Policy policy =
        new Policy(
            "spread",
            new Selector(List.of(), Map.of("backup", "nightly"), List.of()),
            new Schedule("0 * * * *", "UTC", Duration.ofMinutes(20), null),
            0,
            world.clock.instant());
    assertThat(world.catalogue.policies().put(policy, Optional.empty())).isTrue();

    tick.run();

    assertThat(sent)
        .hasSize(39)
        .allMatch(next -> next.delay().compareTo(Duration.ofMinutes(20)) < 0);
    assertThat(sent.stream().map(Next::delay).distinct()).hasSizeGreaterThan(30);
    world.advance(Duration.ofMinutes(20));
  }

  @Test
  void a_vm_that_another_policy_has_by_the_time_is_not_backed_up_for_the_first() {
    vm.tag("backup", "nightly");
    put("a-tagged", new Selector(List.of(), Map.of("backup", "nightly"), List.of()), "0 * * * *");
    tick.run();
    put("b-named", ids(vm.id()), "0 3 * * *");

    world.run();

    assertThat(world.points(vm)).isEmpty();
  }

  @Test
  void the_default_policy_begins_with_the_first_slot_after_the_first_look() {
    vm.tag("backup", "holdfast");
    tick.run();
    assertThat(sent).isEmpty();
    world.advance(Duration.ofHours(16));

    tick.run();

    assertThat(sent).hasSize(1);
    assertThat(((Task.StartBackup) sent.get(0).task()).slot()).isEqualTo("2026-03-03T02:00:00Z");
    assertThat(sent.get(0).delay()).isLessThan(Duration.ofMinutes(30));
    world.advance(Duration.ofMinutes(30));
  }

  @Test
  void tags_of_many_policies_are_looked_for_in_one_list() {
    AtomicInteger lists = new AtomicInteger();
    world.disks.before(
        (action, id) -> {
          if (action.equals("vms")) {
            lists.incrementAndGet();
          }
        });
    for (int i = 0; i < 10; i++) {
      put("p" + i, new Selector(List.of(), Map.of("backup", "p" + i), List.of()), "0 * * * *");
    }

    tick.run();

    assertThat(lists).hasValue(1);
  }

  @Test
  void slots_of_before_a_policy_was_put_are_not_made_up_for() {
    world.advance(Duration.ofMinutes(30));
    put("hourly", ids(vm.id()), "0 * * * *");
    tick.run();
    world.advance(Duration.ofHours(2));
    put("hourly", ids(vm.id()), "0 * * * *");

    tick.run();

    assertThat(sent).isEmpty();
  }

  @Test
  void vms_are_found_by_their_tags_and_each_is_named_once() {
    world.advance(Duration.ofMinutes(1));
    vm.tag("backup", "nightly").tag("team", "a");
    MemoryVm other = world.vm("vm2").tag("backup", "weekly");
    MemoryVm third = world.vm("vm3").tag("backup", "nightly");
    put(
        "tagged",
        new Selector(
            List.of(vm.id().toUpperCase(java.util.Locale.ROOT), other.id()),
            Map.of("backup", "nightly"),
            List.of()),
        "0 * * * *");
    world.advance(Duration.ofMinutes(59));

    tick.run();

    assertThat(tasks())
        .extracting(task -> ((Task.StartBackup) task).vmId().toLowerCase(java.util.Locale.ROOT))
        .containsExactlyInAnyOrder(
            vm.id().toLowerCase(java.util.Locale.ROOT),
            other.id().toLowerCase(java.util.Locale.ROOT),
            third.id().toLowerCase(java.util.Locale.ROOT));
  }

  @Test
  void a_policy_says_itself_where_its_tags_are_looked_for() {
    vm.tag("backup", "nightly");
    put(
        "elsewhere",
        new Selector(
            List.of(),
            Map.of("backup", "nightly"),
            List.of("00000000-0000-0000-0000-000000000002")),
        "0 * * * *");
    world.advance(Duration.ofHours(1));

    tick.run();

    assertThat(sent).isEmpty();
  }

  @Test
  void all_tags_have_to_match() {
    vm.tag("backup", "nightly");
    put(
        "both",
        new Selector(List.of(), Map.of("backup", "nightly", "team", "a"), List.of()),
        "0 * * * *");
    world.advance(Duration.ofHours(1));

    tick.run();

    assertThat(sent).isEmpty();
  }

  @Test
  void a_policy_that_cannot_be_served_does_not_keep_the_others_from_their_slots() {
    world.advance(Duration.ofMinutes(1));
    put("a-tagged", new Selector(List.of(), Map.of("x", "y"), List.of()), "0 * * * *");
    put("b-plain", ids(vm.id()), "0 * * * *");
    AtomicInteger lists = new AtomicInteger();
    world.disks.before(
        (action, id) -> {
          if (action.equals("vms") && lists.incrementAndGet() == 1) {
            throw new Unavailable("cannot list");
          }
        });
    world.advance(Duration.ofMinutes(59));

    tick.run();

    assertThat(tasks()).containsExactly(start(vm, "b-plain", "2026-03-02T11:00:00Z"));
    MemoryVm other = world.vm("vm2").tag("x", "y");
    tick.run();
    assertThat(tasks())
        .as("the next tick makes up for it")
        .contains(start(other, "a-tagged", "2026-03-02T11:00:00Z"));
  }

  @Test
  void a_tick_that_was_cut_off_is_repeated_and_opens_nothing_twice() {
    world.advance(Duration.ofMinutes(1));
    put("hourly", ids(vm.id()), "0 * * * *");
    world.advance(Duration.ofMinutes(59));
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit") && partition.equals("cursor")) {
            throw new Unavailable("the host died");
          }
        });
    tick.run();
    world.tables.before((action, partition) -> {});
    tick.run();
    tick.run();

    assertThat(sent).hasSize(2);
    world.run();
    assertThat(world.points(vm)).hasSize(1);
  }
}
