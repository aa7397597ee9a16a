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
          world.disks,
          List.of(MemoryVm.SUBSCRIPTION),
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
  void missed_slots_become_one_backup_of_the_newest() {
    put("hourly", ids(vm.id()), "0 * * * *");
    world.advance(Duration.ofHours(5).plusMinutes(20));

    tick.run();

    assertThat(tasks()).containsExactly(start(vm, "hourly", "2026-03-02T15:00:00Z"));
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
    world.advance(Duration.ofHours(1));

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
    put("a-tagged", new Selector(List.of(), Map.of("x", "y"), List.of()), "0 * * * *");
    put("b-plain", ids(vm.id()), "0 * * * *");
    AtomicInteger lists = new AtomicInteger();
    world.disks.before(
        (action, id) -> {
          if (action.equals("vms") && lists.incrementAndGet() == 1) {
            throw new Unavailable("cannot list");
          }
        });
    world.advance(Duration.ofHours(1));

    tick.run();

    assertThat(tasks()).containsExactly(start(vm, "b-plain", "2026-03-02T11:00:00Z"));
    vm.tag("x", "y");
    tick.run();
    assertThat(tasks())
        .as("the next tick makes up for it")
        .contains(start(vm, "a-tagged", "2026-03-02T11:00:00Z"));
  }

  @Test
  void a_tick_that_was_cut_off_is_repeated_and_opens_nothing_twice() {
    put("hourly", ids(vm.id()), "0 * * * *");
    world.advance(Duration.ofHours(1));
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
