package io.holdfast.retention;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.Lifecycle.State;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.Rebuild;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.RetentionRule;
import io.holdfast.catalogue.Stance;
import io.holdfast.catalogue.Upkeep;
import io.holdfast.catalogue.Versioned;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.schedule.Slots;
import io.holdfast.vault.Ledger;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.vault.LedgerEvent;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultKeys;
import io.holdfast.vault.VaultOpener;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Points come and go by the rule, and what persons do to them stays. Begins at 10:00 UTC. */
class RetainItemTest {
  private static final Duration SOFT_DELETE = Duration.ofDays(14);

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final PointActs acts =
      new PointActs(world.catalogue, world.vault, SOFT_DELETE, world.clock);

  @BeforeEach
  void aPolicyOfThreeDays() {
    put(new RetentionRule(0, 0, 3, 0, 0, 0));
  }

  @AfterEach
  void theWorldIsInOrderAndTheLedgerKnowsAllOfIt() {
    world.blobs.before((method, name) -> {});
    look();
    for (RecoveryPoint point : Rebuild.from(vault()).points()) {
      assertThat(row(point.id()).lifecycle())
          .as("what was done to point %s, as the ledger tells it", point.id())
          .isEqualTo(point.lifecycle());
    }
    world.close();
  }

  private void put(RetentionRule rule) {
    Policy policy =
        new Policy(
            "three",
            new Policy.Selector(List.of(vm.id()), Map.of(), List.of()),
            new Policy.Schedule("0 12 * * *", "UTC"),
            Policy.Rank.DEFAULT,
            Protection.DEFAULT,
            rule,
            0,
            world.clock.instant());
    Optional<String> etag = world.catalogue.policies().find("three").map(Versioned::etag);
    assertThat(world.catalogue.policies().put(policy, etag)).isTrue();
  }

  private Vault vault() {
    return Vault.open(world.blobs, VaultKeys.none());
  }

  /** A backup on each of so many days; ids of the points, oldest first. */
  private List<String> days(int days) {
    List<String> ids = new ArrayList<>();
    for (int day = 0; day < days; day++) {
      ids.add(world.backUp(vm, 0).id().pointId());
      world.advance(Duration.ofDays(1));
    }
    return ids;
  }

  private void look() {
    world.bag.accept(Next.now(new Task.Retain(vm.itemId())));
    world.run();
  }

  private RecoveryPoint row(String pointId) {
    return world.catalogue.points().find(pointId).orElseThrow().value();
  }

  private State state(String pointId) {
    return row(pointId).lifecycle().state();
  }

  private List<LedgerEntry> ledger(LedgerEvent event) {
    List<LedgerEntry> entries = new ArrayList<>();
    Ledger.open(world.blobs).read(LocalDate.EPOCH, line -> entries.add(line.entry()));
    return entries.stream().filter(entry -> entry.event() == event).toList();
  }

  // ---- points come and go

  @Test
  void a_point_expires_when_the_backup_that_pushes_it_out_is_there() {
    List<String> ids = days(3);
    assertThat(ids).extracting(this::state).containsOnly(State.AVAILABLE);

    String newest = world.backUp(vm, 0).id().pointId();

    RecoveryPoint gone = row(ids.get(0));
    assertThat(gone.lifecycle().state()).isEqualTo(State.SOFT_DELETED);
    assertThat(gone.lifecycle().deletion().deleted().who()).isEqualTo("retention");
    assertThat(gone.lifecycle().deletion().deleted().why())
        .startsWith("policy three: ")
        .contains("older than the 3 newest days");
    assertThat(gone.lifecycle().deletion().purgeAfter())
        .isEqualTo(gone.lifecycle().deletion().deleted().at().plus(SOFT_DELETE));
    assertThat(List.of(ids.get(1), ids.get(2), newest))
        .extracting(this::state)
        .containsOnly(State.AVAILABLE);
    assertThat(ledger(LedgerEvent.POINT_MADE))
        .extracting(LedgerEntry::pointId)
        .containsExactly(ids.get(0), ids.get(1), ids.get(2), newest);
    assertThat(ledger(LedgerEvent.SOFT_DELETED))
        .extracting(LedgerEntry::pointId)
        .containsExactly(ids.get(0));
  }

  @Test
  void what_was_deleted_is_only_marked_for_purge_and_not_before_its_day() {
    String first = days(4).get(0);
    world.advance(SOFT_DELETE.minus(Duration.ofHours(25)));
    look();
    assertThat(state(first)).isEqualTo(State.SOFT_DELETED);

    world.advance(Duration.ofHours(1));
    look();

    assertThat(state(first)).isEqualTo(State.PURGE_MARKED);
    assertThat(vault().findPoint(first)).as("what collection removes").hasSize(1);
    assertThat(ledger(LedgerEvent.PURGE_MARKED)).hasSize(1);
    assertThatThrownBy(() -> acts.undelete(first, "ann", "oh no"))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("marked for purge")
        .hasMessageContaining("final");
    look();
    assertThat(ledger(LedgerEvent.PURGE_MARKED)).hasSize(1);
  }

  @Test
  void the_newest_good_point_stays_whatever_the_rule_says_and_nothing_is_purged_without_one() {
    put(new RetentionRule(1, 0, 0, 0, 0, 0));
    List<String> ids = days(2);
    assertThat(state(ids.get(0))).isEqualTo(State.SOFT_DELETED);
    world.catalogue.points().markUnusable(row(ids.get(1)).jobId(), "a chunk is gone");

    world.advance(Duration.ofDays(20));
    look();

    assertThat(state(ids.get(0))).as("the only good one").isEqualTo(State.SOFT_DELETED);
    assertThat(state(ids.get(1))).isEqualTo(State.AVAILABLE);
    acts.undelete(ids.get(0), "ann", "the other is damaged");
    look();
    assertThat(state(ids.get(0))).isEqualTo(State.AVAILABLE);
    assertThat(row(ids.get(0)).lifecycle().pin().why()).isEqualTo("the other is damaged");
  }

  @Test
  void the_rule_outlives_the_vm_and_its_policy_and_an_end_of_its_own_comes_on_its_day() {
    List<String> ids = days(3);
    Instant end = world.clock.instant().plus(Duration.ofDays(5));
    Job job = world.backUp(vm.id(), new Job.Request(null, null, 0, end));
    String onDemand = job.id().pointId();
    world.disks.delete(vm);
    String etag = world.catalogue.policies().find("three").orElseThrow().etag();
    assertThat(world.catalogue.policies().delete("three", etag)).isTrue();

    world.advance(Duration.ofDays(4));
    look();
    assertThat(ids).extracting(this::state).containsOnly(State.AVAILABLE);
    assertThat(state(onDemand)).isEqualTo(State.AVAILABLE);
    Upkeep upkeep = world.catalogue.upkeep().of(vm.itemId());
    assertThat(upkeep.policy()).isEqualTo("three");
    assertThat(upkeep.rule()).isEqualTo(new RetentionRule(0, 0, 3, 0, 0, 0));

    world.advance(Duration.ofDays(400));
    look();
    assertThat(state(onDemand)).as("the newest good one").isEqualTo(State.AVAILABLE);
    assertThat(ids).extracting(this::state).containsOnly(State.AVAILABLE);
  }

  @Test
  void a_vm_that_may_not_be_read_is_not_gone_and_its_rule_goes_on() {
    List<String> ids = days(2);
    world.disks.before(
        (action, id) -> {
          if (action.equals("vm")) {
            throw new Invalid("AccessDenied", "no right to read it");
          }
        });

    look();

    world.disks.before((action, id) -> {});
    assertThat(world.catalogue.upkeep().of(vm.itemId()).baseUntil()).isNull();
    assertThat(ids).extracting(this::state).containsOnly(State.AVAILABLE);
  }

  @ParameterizedTest
  @EnumSource(Stance.State.class)
  void what_a_person_decided_about_the_item_rules(Stance.State decided) {
    days(2);
    Stance stance = new Stance(decided, world.clock.instant(), null, "ann", "audit");
    world
        .catalogue
        .stances()
        .put(vm.itemId(), decided == Stance.State.PROTECTED ? Stance.PROTECTED : stance);
    put(new RetentionRule(1, 0, 0, 0, 0, 0));

    look();

    boolean expires = decided == Stance.State.PROTECTED || decided == Stance.State.SUSPENDED;
    assertThat(world.points(vm)).filteredOn(RecoveryPoint::available).hasSize(expires ? 1 : 2);
  }

  // ---- what persons do

  @Test
  void pins_and_legal_holds_exempt_a_point_until_they_are_taken_away() {
    List<String> ids = days(3);
    acts.pin(ids.get(0), "ann", "before the migration");
    acts.hold(ids.get(1), "bob", "case 17");
    put(new RetentionRule(1, 0, 0, 0, 0, 0));
    look();
    assertThat(ids).extracting(this::state).containsOnly(State.AVAILABLE);
    assertThatThrownBy(() -> acts.delete(ids.get(0), "ann", "space"))
        .hasMessageContaining("pinned by ann: before the migration");
    assertThatThrownBy(() -> acts.delete(ids.get(1), "ann", "space"))
        .hasMessageContaining("legal hold by bob: case 17");

    acts.unpin(ids.get(0), "ann", "it went well");
    look();
    assertThat(state(ids.get(0))).isEqualTo(State.SOFT_DELETED);
    assertThat(state(ids.get(1))).isEqualTo(State.AVAILABLE);
    acts.release(ids.get(1), "bob", "closed");
    look();
    assertThat(state(ids.get(1))).isEqualTo(State.SOFT_DELETED);
    assertThat(ledger(LedgerEvent.PINNED)).hasSize(1);
    assertThat(ledger(LedgerEvent.UNPINNED)).hasSize(1);
    assertThat(ledger(LedgerEvent.HELD_FOR_LAW)).hasSize(1);
    assertThat(ledger(LedgerEvent.LEGAL_HOLD_ENDED)).hasSize(1);
  }

  @Test
  void a_pin_that_comes_while_the_point_is_being_deleted_wins() {
    String first = days(3).get(0);
    put(new RetentionRule(1, 0, 0, 0, 0, 0));
    AtomicBoolean pinned = new AtomicBoolean();
    world.tables.before(
        (action, partition) -> {
          if (action.equals("commit") && partition.equals(vm.itemId()) && !pinned.getAndSet(true)) {
            acts.pin(first, "ann", "just in time");
          }
        });

    look();

    assertThat(pinned).isTrue();
    assertThat(state(first)).isEqualTo(State.AVAILABLE);
    assertThat(row(first).lifecycle().pin().who()).isEqualTo("ann");
  }

  @Test
  void a_pin_is_in_the_ledger_before_anybody_is_told_of_it() {
    String first = days(2).get(0);
    AtomicInteger left = new AtomicInteger(99);
    world.blobs.before(
        (method, name) -> {
          if (method.equals("append") && left.getAndDecrement() > 0) {
            throw new Unavailable("the network is gone");
          }
        });

    assertThatThrownBy(() -> acts.pin(first, "ann", "why")).isInstanceOf(Unavailable.class);

    assertThat(row(first).lifecycle().pin()).isNull();
    left.set(0);
    assertThat(acts.pin(first, "ann", "why").orElseThrow().lifecycle().pin().why())
        .isEqualTo("why");
  }

  @Test
  void what_takes_protection_away_is_told_later_when_the_ledger_does_not_answer() {
    String first = days(2).get(0);
    acts.pin(first, "ann", "why");
    world.blobs.before(
        (method, name) -> {
          if (method.equals("append")) {
            throw new Unavailable("the network is gone");
          }
        });

    assertThat(acts.unpin(first, "ann", "done").orElseThrow().lifecycle().pin()).isNull();

    assertThat(row(first).lifecycle().untold()).hasSize(1);
    world.blobs.before((method, name) -> {});
    look();
    assertThat(row(first).lifecycle().untold()).isEmpty();
    assertThat(ledger(LedgerEvent.UNPINNED)).hasSize(1);
  }

  @Test
  void a_damaged_ledger_stops_pins_and_purges_and_nothing_else() {
    List<String> ids = days(4);
    String first = ids.get(0);
    String file = ledgerFile();
    byte[] good = world.blobs.get(file).orElseThrow().bytes();
    world.blobs.damage(file, bytes -> java.util.Arrays.copyOf(bytes, bytes.length - 10));
    PointActs fresh = new PointActs(world.catalogue, restarted(), SOFT_DELETE, world.clock);

    assertThatThrownBy(() -> fresh.pin(ids.get(3), "ann", "why")).isInstanceOf(Corrupt.class);
    world.advance(Duration.ofDays(30));
    RetainItem look = retain(restarted(), Duration.ofMinutes(2));
    assertThat(look.run(new Task.Retain(vm.itemId()), Delivery.FIRST)).isEmpty();

    assertThat(state(first)).as("deleted, and in the ledger as such").isEqualTo(State.PURGE_MARKED);
    put(new RetentionRule(1, 0, 0, 0, 0, 0));
    assertThat(look.run(new Task.Retain(vm.itemId()), Delivery.FIRST)).isEmpty();
    world.advance(Duration.ofDays(30));
    assertThat(look.run(new Task.Retain(vm.itemId()), Delivery.FIRST)).isEmpty();
    assertThat(world.points(vm))
        .extracting(RecoveryPoint::lifecycle)
        .filteredOn(lifecycle -> lifecycle.state() == State.SOFT_DELETED)
        .as("deleted, and not in the ledger")
        .hasSize(2)
        .noneMatch(lifecycle -> lifecycle.untold().isEmpty());
    world.blobs.damage(file, bytes -> good);
  }

  /** The vault as a host knows it that was just started. */
  private OwnVault restarted() {
    return new OwnVault(world.blobs, VaultOpener.plain(), world.catalogue, world.clock);
  }

  private RetainItem retain(OwnVault vault, Duration visitMax) {
    return new RetainItem(
        world.catalogue,
        vault,
        world.disks,
        world.policies()::covering,
        Slots::next,
        new RetainItem.Times(SOFT_DELETE, visitMax),
        world.clock);
  }

  private String ledgerFile() {
    List<String> files =
        world.blobs.names().stream().filter(name -> name.startsWith("ledger/")).toList();
    return files.get(files.size() - 1);
  }

  @Test
  void what_is_done_twice_is_done_once() {
    String first = days(3).get(0);
    acts.pin(first, "ann", "why");
    acts.pin(first, "ann", "why");
    assertThat(ledger(LedgerEvent.PINNED)).hasSize(1);
    acts.pin(first, "bob", "another reason");
    assertThat(row(first).lifecycle().pin().who()).isEqualTo("bob");
    acts.unpin(first, "ann", "done");
    acts.unpin(first, "ann", "done");
    assertThat(ledger(LedgerEvent.UNPINNED)).hasSize(1);
    acts.delete(first, "ann", "space");
    acts.delete(first, "ann", "space");
    assertThat(ledger(LedgerEvent.SOFT_DELETED)).hasSize(1);
    world.advance(Duration.ofSeconds(1));
    acts.undelete(first, "ann", "oh no");
    acts.undelete(first, "ann", "oh no");
    assertThat(ledger(LedgerEvent.UNDELETED)).hasSize(1);
    assertThat(state(first)).isEqualTo(State.AVAILABLE);
    assertThat(acts.pin("no-such-point", "ann", "why")).isEmpty();
  }

  // ---- what goes wrong

  @Test
  void a_look_that_has_no_time_leaves_the_rest_to_the_next_message() {
    List<String> ids = days(3);
    put(new RetentionRule(1, 0, 0, 0, 0, 0));
    RetainItem hasty = retain(world.vault, Duration.ZERO);
    Task.Retain task = new Task.Retain(vm.itemId());

    assertThat(hasty.run(task, Delivery.FIRST)).containsExactly(Next.now(task));
    assertThat(ids).filteredOn(id -> state(id) == State.SOFT_DELETED).hasSize(1);
    assertThat(hasty.run(task, Delivery.FIRST)).containsExactly(Next.now(task));
    assertThat(hasty.run(task, Delivery.FIRST)).isEmpty();
    assertThat(ids).filteredOn(id -> state(id) == State.SOFT_DELETED).hasSize(2);
  }

  @Test
  void nothing_expires_in_a_vault_that_another_catalogue_has_taken() {
    days(2);
    put(new RetentionRule(1, 0, 0, 0, 0, 0));
    byte[] config = world.blobs.get("holdfast.json").orElseThrow().bytes();
    world.blobs.damage(
        "holdfast.json",
        bytes ->
            new String(bytes, UTF_8)
                .replace(world.catalogue.id(), "00000000-0000-4000-8000-000000000000")
                .getBytes(UTF_8));

    assertThatThrownBy(() -> world.retain.run(new Task.Retain(vm.itemId()), Delivery.FIRST))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("no longer");

    assertThat(world.points(vm)).allMatch(RecoveryPoint::available);
    world.blobs.put("holdfast.json", config);
  }

  @Test
  void a_deleted_point_is_no_base_and_its_snapshots_go() {
    Job first = world.backUp(vm, 5);
    world.advance(Duration.ofHours(1));
    Job second = world.backUp(vm, 5);
    assertThat(world.disks.left()).hasSize(2);

    acts.delete(first.id().pointId(), "ann", "space");
    for (int run = 0; run < 3; run++) {
      world.reconcile();
      world.run();
    }

    assertThat(world.disks.left()).hasSize(1);
    assertThat(row(first.id().pointId()).snapshot()).isNull();
    assertThatThrownBy(() -> acts.delete(second.id().pointId(), "ann", "space"))
        .hasMessageContaining("newest good one");
    Item item = world.catalogue.jobs().item(vm.itemId()).orElseThrow().value();
    assertThat(world.catalogue.points().base(item).orElseThrow().id())
        .isEqualTo(second.id().pointId());
    assertThat(world.tryRequest(vm, 0)).isInstanceOf(Requested.Open.class);
    world.run();
  }

  @Test
  void a_new_point_is_recorded_by_the_look_after_it() {
    String id = world.backUp(vm, 0).id().pointId();

    assertThat(row(id).lifecycle()).isEqualTo(new Lifecycle(null, null, null, true, List.of()));
  }
}
