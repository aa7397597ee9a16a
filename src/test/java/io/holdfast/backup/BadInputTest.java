package io.holdfast.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.ParkedRows.Parked;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.TableStore;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.Tables;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.Bag;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.vault.PointRef;
import io.holdfast.vault.VaultConfig;
import io.holdfast.work.Queues;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages and rows that are not ours: refused with the reason, and nothing is changed. */
class BadInputTest {
  private static final String OTHER = "0badc0de-0000-4000-8000-000000000000";

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");

  @AfterEach
  void theWorldIsInOrder() {
    world.close();
  }

  private String vaultId() {
    return world.vault.vault().config().vaultId();
  }

  /** Changes the text of a row behind everyone's back. */
  private void edit(String partition, String row, UnaryOperator<String> change) {
    Key key = new Key(partition, row);
    TableStore.Row was = world.tables.get(Tables.CATALOGUE, key).orElseThrow();
    Map<String, Object> values = new HashMap<>(was.values());
    values.replaceAll((name, value) -> value instanceof String text ? change.apply(text) : value);
    assertThat(values).as("the row was changed").isNotEqualTo(was.values());
    assertThat(
            world.tables.commit(
                Tables.CATALOGUE, List.of(new Change.Replace(key, values, was.etag()))))
        .isTrue();
  }

  private void editPoint(RecoveryPoint point, String from, String to) {
    edit(vm.itemId(), "point-" + point.jobId().key(), text -> text.replace(from, to));
  }

  /** All rows of the item but those of this job and those that say that it was active. */
  private Set<String> rowsBut(JobId job) {
    return world.tables.rowKeys(Tables.CATALOGUE, vm.itemId()).stream()
        .filter(row -> !row.contains(job.key()) && !row.equals("item"))
        .map(row -> row + world.tables.get(Tables.CATALOGUE, new Key(vm.itemId(), row)))
        .collect(Collectors.toSet());
  }

  private Job assertRefused(JobId id) {
    Job job = world.job(id);
    assertThat(job.status()).isEqualTo(JobStatus.FAILED);
    assertThat(job.error().code()).isEqualTo("VaultMismatch");
    return job;
  }

  // ---- messages

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"kind\":\"prune\",\"version\":1}|of kind \"prune\"",
        "{\"kind\":\"finalize\",\"version\":2,\"jobId\":\"j\",\"look\":0}|of version 2",
        "{\"version\":1}|of kind \"\"",
        "hello|cannot be read",
        "[]|no JSON object",
        "{\"kind\":\"finalize\",\"version\":1}|cannot be read",
        "{\"kind\":\"finalize\",\"version\":1,\"jobId\":\"j\",\"look\":0}|not a job's id"
      })
  void a_message_that_this_build_does_not_know_is_kept_with_the_reason(String body, String why) {
    for (String queue : Queues.ALL) {
      world.bag.back(new Bag.Message(7, queue, body, world.clock.instant(), 0), Duration.ZERO);
    }
    List<String> before = new ArrayList<>(world.tables.partitions(Tables.CATALOGUE));

    world.run();

    for (String queue : Queues.ALL) {
      assertThat(world.catalogue.parked().parked(queue))
          .as(queue)
          .singleElement()
          .satisfies(
              parked -> {
                assertThat(parked.body()).isEqualTo(body);
                assertThat(parked.reason()).contains(why);
              });
    }
    assertThat(world.tables.partitions(Tables.CATALOGUE)).isEqualTo(before);
  }

  @Test
  void a_message_of_the_wrong_queue_is_kept() {
    JobId id = world.request(vm, 0);
    String body = world.bag.all().get(0).body();
    world.bag.back(
        new Bag.Message(7, Queues.FINALIZE, body, world.clock.instant(), 0), Duration.ZERO);

    world.run();

    assertThat(world.catalogue.parked().parked(Queues.FINALIZE))
        .extracting(Parked::body)
        .containsExactly(body);
    assertThat(world.job(id).status().ended()).isTrue();
  }

  // ---- rows of another vault

  @ParameterizedTest
  @ValueSource(ints = {0, 5})
  void a_base_of_another_vault_is_refused_before_anything_is_read(int instantRestoreDays) {
    RecoveryPoint base = world.pointOf(world.backUp(vm, instantRestoreDays));
    assertThat(base.vaultId()).isEqualTo(vaultId());
    editPoint(base, vaultId(), OTHER);
    List<String> objects = world.blobs.names();
    JobId id = world.request(vm, instantRestoreDays);
    Set<String> rows = rowsBut(id);
    long read = world.disks.bytesRead();

    world.run();

    assertThat(assertRefused(id).error().message())
        .contains(base.id())
        .contains(vaultId())
        .contains(OTHER);
    assertThat(world.blobs.names()).isEqualTo(objects);
    assertThat(rowsBut(id)).isEqualTo(rows);
    assertThat(world.disks.bytesRead()).isEqualTo(read);
  }

  @Test
  void a_base_that_is_of_another_vault_by_the_commit_is_refused() {
    RecoveryPoint base = world.pointOf(world.backUp(vm, 5));
    JobId id = world.request(vm, 5);
    world.runUntil(task -> task instanceof Task.Finalize);
    editPoint(base, vaultId(), OTHER);
    Set<String> rows = rowsBut(id);

    world.run();

    assertThat(assertRefused(id).error().message()).contains(base.id()).contains(OTHER);
    assertThat(rowsBut(id)).isEqualTo(rows);
    assertThat(world.points(vm)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(classes = {Task.PlanDisk.class, Task.Finalize.class})
  void an_item_of_another_vault_is_refused(Class<? extends Task> before) {
    world.backUp(vm);
    vm.get("os").scribble(new Random(4), 0, 9_000);
    JobId id = world.request(vm, 0);
    world.runUntil(before::isInstance);
    edit(vm.itemId(), "item", text -> text.replace(vaultId(), OTHER));

    world.run();

    assertThat(assertRefused(id).error().message()).contains("the row of item").contains(OTHER);
    assertThat(world.points(vm)).hasSize(1);
  }

  @Test
  void rows_of_a_build_that_did_not_note_the_vault_are_ours() {
    RecoveryPoint base = world.pointOf(world.backUp(vm, 5));
    String noted = "\"vaultId\":\"" + vaultId() + "\"";
    editPoint(base, noted, "\"was\":1");
    edit(vm.itemId(), "item", text -> text.replace(noted, "\"was\":1"));
    vm.get("os").scribble(new Random(4), 0, 9_000);

    Job job = world.backUp(vm, 5);

    assertThat(job.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(job.disks().get(0).result().changeSource()).isEqualTo(ChangeSource.SNAPSHOT_DIFF);
    assertThat(world.catalogue.jobs().item(vm.itemId()).orElseThrow().value().vaultId())
        .isEqualTo(vaultId());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vaultId", "catalogueId"})
  void tables_that_belong_to_another_vault_get_no_commit(String property) {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    String was =
        world.tables.get(Tables.CATALOGUE, new Key("vault", "vault")).orElseThrow().text(property);
    edit("vault", "vault", text -> text.replace(was, OTHER));

    world.run();

    assertThat(assertRefused(id).error().message()).contains(OTHER).contains(vaultId());
    assertThat(world.points(vm)).isEmpty();
    assertThat(world.blobs.names()).noneMatch(name -> name.startsWith("points/"));
  }

  @Test
  void tables_whose_binding_is_gone_get_no_commit() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    world.tables.remove(Tables.CATALOGUE, new Key("vault", "vault"));

    world.run();

    assertThat(assertRefused(id).error().message()).contains("is gone").contains(vaultId());
  }

  @Test
  void a_vault_that_was_changed_for_another_gets_no_commit() {
    JobId id = world.request(vm, 0);
    world.runUntil(task -> task instanceof Task.Finalize);
    String ours = vaultId();
    world.blobs.damage(VaultConfig.NAME, json -> new String(json).replace(ours, OTHER).getBytes());

    world.run();

    assertThat(assertRefused(id).error().message()).contains(ours).contains(OTHER);
    assertThat(world.blobs.names()).noneMatch(name -> name.startsWith("points/"));
  }

  @Test
  void a_point_of_another_vault_is_not_published_and_its_job_says_why_it_waits() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }
    RecoveryPoint point = world.points(vm).get(0);
    editPoint(point, vaultId(), OTHER);
    List<String> snapshots = world.disks.left();

    world.run();

    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMMITTED);
    assertThat(world.job(id).warnings())
        .singleElement()
        .satisfies(warning -> assertThat(warning.message()).contains(OTHER).contains(vaultId()));
    assertThat(world.blobs.names()).noneMatch(name -> name.startsWith("points/"));
    assertThat(world.disks.left()).as("the snapshots stay").isEqualTo(snapshots);

    editPoint(point, OTHER, vaultId());
    world.advance(Reconcile.QUIET_MAX.plusMinutes(1));
    world.reconcile();
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED_WITH_WARNINGS);
    assertThat(world.job(id).warnings())
        .extracting(Warning::code)
        .containsExactly("PointNotPublished");
  }

  // ---- what a point is published with, and built on

  @Test
  void a_point_is_built_on_the_newest_one_that_the_vault_has() {
    Job first = world.backUp(vm, 5);
    JobId second = world.request(vm, 5);
    world.blobs.before(
        (action, name) -> {
          if (name.startsWith("points/") && name.contains(second.pointId())) {
            throw new Unavailable("the vault is away", Duration.ofMinutes(1), null);
          }
        });
    while (world.job(second).status() != JobStatus.COMMITTED) {
      world.step();
    }
    vm.get("os").scribble(new Random(4), 0, 9_000);
    JobId third = world.request(vm, 5);
    while (world.job(third).status() != JobStatus.COMPLETED) {
      world.step();
    }

    assertThat(world.pointOf(world.job(second)).published()).isFalse();
    assertThat(world.pointOf(world.job(third)).base()).isEqualTo(first.id().pointId());
    world.blobs.before((action, name) -> {});
    world.run();
    assertThat(world.job(second).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void the_day_of_a_point_s_end_is_in_the_vault() {
    Instant until = world.clock.instant().plus(Duration.ofDays(90));
    Requested requested =
        world
            .backup
            .start()
            .request(
                vm.id(),
                world.clock.instant(),
                "until",
                unused -> new Request(null, null, 0, until));
    Job job = ((Requested.Open) requested).job();
    world.bag.accept(StartBackup.next(job));
    world.run();

    assertThat(world.vault.vault().findPoint(job.id().pointId()))
        .singleElement()
        .satisfies(
            found ->
                assertThat(world.vault.vault().pointRef(found.name()).map(PointRef::retainUntil))
                    .contains(until));
  }
}
