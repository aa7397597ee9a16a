package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.Api.Answer;
import io.holdfast.work.Task;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backups, jobs and points over HTTP, with the fields and headers that are fixed for clients. */
class HttpApiTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Api api = new Api(world, true);

  @AfterEach
  void theWorldIsInOrder() {
    world.run();
    world.close();
  }

  private static String body(String vmId) {
    return "{\"vmId\":\"%s\"}".formatted(vmId);
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<String> texts(JsonNode array, String field) {
    List<String> texts = new ArrayList<>();
    array.forEach(element -> texts.add(element.path(field).asText()));
    return texts;
  }

  // ---- POST /backups

  @Test
  void a_backup_is_accepted_with_its_job_and_where_to_look() {
    Answer answer = api.postBackup(body(vm.id()));

    assertThat(answer.status()).isEqualTo(202);
    String url = Api.BASE + "/api/v1/jobs/" + answer.body().path("id").asText();
    assertThat(answer.header("Location")).isEqualTo(url);
    assertThat(answer.header("Operation-Location")).isEqualTo(url);
    assertThat(Integer.parseInt(answer.header("Retry-After"))).isPositive();
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.body().path("status").asText()).isEqualTo("Queued");
    assertThat(answer.body().path("vmId").asText()).isEqualTo(vm.id());
    assertThat(answer.body().path("itemId").asText()).isEqualTo(vm.itemId());
    assertThat(world.bag.all())
        .singleElement()
        .satisfies(message -> assertThat(message.task()).isInstanceOf(Task.StartBackup.class));
  }

  @Test
  void a_vm_that_is_not_there_is_404() {
    Answer answer = api.postBackup(body(MemoryVm.idOf("nobody")));

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.error().path("code").asText()).isEqualTo("VirtualMachineNotFound");
    assertThat(answer.header("x-ms-error-code")).isEqualTo("VirtualMachineNotFound");
    assertThat(answer.error().path("message").asText()).contains("nobody");
  }

  @Test
  void a_second_backup_is_409_with_the_running_job_s_url() {
    String running = api.postBackup(body(vm.id())).header("Location");

    Answer answer = api.postBackup(body(vm.id().toLowerCase(Locale.ROOT)));

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.header("Location")).isEqualTo(running);
    assertThat(answer.error().path("message").asText()).contains(running);
    assertThat(answer.header("x-ms-error-code")).isEqualTo("BackupAlreadyInProgress");
    assertThat(world.bag.size()).isEqualTo(1);
  }

  @Test
  void all_faults_of_a_request_are_named_at_once() {
    Answer answer =
        api.postBackup(
            "{\"vmId\":\"vm1\",\"retainUntil\":\"tomorrow\",\"speed\":11}",
            "Repeatability-Request-ID",
            "r1");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("code").asText()).isEqualTo("InvalidRequest");
    assertThat(texts(answer.error().path("details"), "target"))
        .containsExactlyInAnyOrder("speed", "vmId", "retainUntil", "Repeatability-First-Sent");
    assertThat(answer.error().path("message").asText()).contains("4 faults");
    assertThat(answer.header("x-ms-error-code")).isEqualTo("InvalidRequest");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "[]", "null", "\"x\"", "{\"vmId\":\"a\",\"vmId\":\"b\"}", "{} {}"})
  void a_body_that_is_no_object_is_400(String body) {
    Answer answer = api.postBackup(body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("code").asText()).isEqualTo("InvalidBody");
    assertThat(answer.error().path("target").asText()).isEqualTo("body");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|MissingField|vmId",
        "{\"vmId\":null}|MissingField|vmId",
        "{\"vmId\":7}|InvalidField|vmId",
        "{\"vmId\":\"/subscriptions/x\"}|InvalidVmId|vmId"
      })
  void a_single_fault_is_the_error(String body, String code, String target) {
    Answer answer = api.postBackup(body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("code").asText()).isEqualTo(code);
    assertThat(answer.error().path("target").asText()).isEqualTo(target);
  }

  @Test
  void a_time_of_retention_that_is_past_is_refused() {
    Answer answer =
        api.postBackup(
            "{\"vmId\":\"%s\",\"retainUntil\":\"2020-01-01T00:00:00Z\"}".formatted(vm.id()));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("message").asText()).contains("which is past");
  }

  @Test
  void a_point_of_an_on_demand_backup_lives_30_days_or_to_the_time_that_was_asked_for() {
    api.postBackup(body(vm.id()));
    world.run();
    api.postBackup("{\"vmId\":\"%s\",\"retainUntil\":\"2027-01-31T00:00:00Z\"}".formatted(vm.id()));
    world.run();

    assertThat(texts(api.points("").body().path("value"), "retainUntil"))
        .containsExactly("2027-01-31T00:00:00Z", "2026-04-01T10:00:00Z");
  }

  @Test
  void the_same_request_id_finds_the_same_job_while_it_runs_and_after() {
    String[] repeat = {
      "repeatability-request-id", "7f5c",
      "Repeatability-First-Sent", "Mon, 02 Mar 2026 09:59:58 GMT"
    };
    Answer first = api.postBackup(body(vm.id()), repeat);
    Answer again = api.postBackup(body(vm.id()), repeat);
    world.run();
    Answer after = api.postBackup(body(vm.id()), repeat);

    assertThat(first.status()).isEqualTo(202);
    assertThat(again.status()).isEqualTo(202);
    assertThat(again.header("Location")).isEqualTo(first.header("Location"));
    assertThat(after.header("Location")).isEqualTo(first.header("Location"));
    assertThat(after.body().path("status").asText()).isEqualTo("Completed");
    assertThat(world.points(vm)).hasSize(1);

    repeat[1] = "another";
    assertThat(api.postBackup(body(vm.id()), repeat).header("Location"))
        .isNotEqualTo(first.header("Location"));
  }

  @Test
  void a_date_of_a_repeated_request_that_is_none_is_400() {
    Answer answer =
        api.postBackup(
            body(vm.id()),
            "Repeatability-Request-ID",
            "r1",
            "Repeatability-First-Sent",
            "yesterday");

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("code").asText()).isEqualTo("InvalidHeader");
  }

  @Test
  void a_request_whose_message_was_lost_is_mended_by_its_repetition() {
    String[] repeat = {
      "Repeatability-Request-ID", "7f5c",
      "Repeatability-First-Sent", "Mon, 02 Mar 2026 09:59:58 GMT"
    };
    api.postBackup(body(vm.id()), repeat);
    world.bag.clear();

    api.postBackup(body(vm.id()), repeat);

    world.run();
    assertThat(world.points(vm)).hasSize(1);
  }

  // ---- who may

  @Test
  void without_a_principal_it_is_401() {
    Api guarded = new Api(world, false);

    assertThat(guarded.postBackup(body(vm.id())).status()).isEqualTo(401);
    assertThat(guarded.postBackup(body(vm.id()), "X-MS-CLIENT-PRINCIPAL", "%%%").status())
        .isEqualTo(401);
    assertThat(guarded.jobs("").status()).isEqualTo(401);
    assertThat(guarded.job("x").status()).isEqualTo(401);
    assertThat(guarded.points("").status()).isEqualTo(401);
    assertThat(guarded.listPolicies().status()).isEqualTo(401);
    assertThat(guarded.getPolicy("x").status()).isEqualTo(401);
    assertThat(guarded.putPolicy("x", "{}").status()).isEqualTo(401);
    assertThat(guarded.deletePolicy("x").header("x-ms-error-code")).isEqualTo("Unauthenticated");
    assertThat(world.bag.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "Holdfast.Reader, 403, 403",
    "Holdfast.Operator, 202, 403",
    "Holdfast.Admin, 202, 400",
    "Someone.Else, 403, 403"
  })
  void each_route_asks_for_its_role(String role, int backup, int policy) {
    Api guarded = new Api(world, false);
    String[] header = {"x-ms-client-principal", Api.principal(role)};

    Answer answer = guarded.postBackup(body(vm.id()), header);

    assertThat(answer.status()).isEqualTo(backup);
    assertThat(guarded.putPolicy("p", "{}", header).status()).isEqualTo(policy);
    if (backup == 403) {
      assertThat(answer.error().path("message").asText()).contains("Holdfast.Operator");
    }
  }

  // ---- GET /jobs/{id}

  @Test
  void a_job_has_the_fields_that_clients_know() {
    String id = api.postBackup(body(vm.id())).body().path("id").asText();
    world.run();

    JsonNode job = api.job(id).body();

    assertThat(names(job))
        .contains(
            "id",
            "operation",
            "status",
            "vmId",
            "itemId",
            "recoveryPointId",
            "snapshotTime",
            "consistency",
            "disks",
            "tasks",
            "warnings",
            "error");
    assertThat(job.path("operation").asText()).isEqualTo("Backup");
    assertThat(job.path("status").asText()).isEqualTo("Completed");
    assertThat(job.path("error").isNull()).isTrue();
    assertThat(job.path("warnings").isArray()).isTrue();
    assertThat(names(job.path("consistency"))).containsExactly("requested", "achieved");
    assertThat(texts(job.path("disks"), "disk")).containsExactly("os", "lun0");
    JsonNode os = job.path("disks").path(0);
    assertThat(names(os))
        .contains(
            "disk",
            "name",
            "changeSource",
            "reason",
            "sizeBytes",
            "bytesTotal",
            "bytesRead",
            "bytesTransferred",
            "bytesStored");
    assertThat(os.path("changeSource").asText()).isEqualTo("Full");
    assertThat(os.path("sizeBytes").asLong()).isEqualTo(vm.get("os").sizeBytes());
    assertThat(os.path("bytesRead").asLong()).isEqualTo(os.path("bytesTotal").asLong());
    assertThat(names(job.path("tasks").path(0)))
        .containsExactly("name", "status", "startTime", "endTime");
    assertThat(api.point(job.path("recoveryPointId").asText()).status()).isEqualTo(200);
  }

  @Test
  void a_running_job_counts_live_and_shows_the_time_of_its_snapshot() {
    String id = api.postBackup(body(vm.id())).body().path("id").asText();
    world.step();
    JsonNode early = api.job(id).body();
    assertThat(early.path("status").asText()).isEqualTo("InProgress");
    assertThat(early.path("snapshotTime").isNull()).isTrue();
    assertThat(early.path("recoveryPointId").isNull()).isTrue();
    assertThat(early.path("disks")).hasSize(2);
    assertThat(early.path("disks").path(0).path("bytesTotal").isNull()).isTrue();

    world.runUntil(task -> task instanceof Task.Transfer);
    JsonNode before = api.job(id).body();
    for (int i = 0; i < 3; i++) {
      world.step();
    }
    JsonNode after = api.job(id).body();
    assertThat(after.path("status").asText()).isEqualTo("InProgress");

    assertThat(before.path("snapshotTime").asText()).isNotEmpty();
    assertThat(before.path("disks").path(0).path("bytesTotal").asLong()).isPositive();
    assertThat(before.path("disks").path(0).path("changeSource").asText()).isEqualTo("Full");
    assertThat(after.path("disks").path(0).path("bytesRead").asLong())
        .isGreaterThan(before.path("disks").path(0).path("bytesRead").asLong());
  }

  @Test
  void a_committed_job_is_in_progress_to_its_users_and_has_its_point() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }

    JsonNode job = api.job(id.toString()).body();

    assertThat(job.path("status").asText()).isEqualTo("InProgress");
    assertThat(job.path("recoveryPointId").asText()).isEqualTo(id.pointId());
  }

  @Test
  void a_failed_job_has_azure_s_error_object() {
    JobId id = world.request(vm, 0);
    world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);
    world.run();

    JsonNode job = api.job(id.toString()).body();

    assertThat(job.path("status").asText()).isEqualTo("Failed");
    assertThat(job.path("error").path("code").asText()).isEqualTo("Stopped");
    assertThat(job.path("error").path("message").asText()).isEqualTo("by the test");
    assertThat(job.path("endTime").isNull()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"x", "a-j20260101000000000-abcdef", "../etc", "a-p20260101000000000-abcdef"})
  void a_job_that_is_not_there_is_404(String id) {
    assertThat(api.job(id).status()).isEqualTo(404);
    assertThat(api.job(id).header("x-ms-error-code")).isEqualTo("JobNotFound");
  }

  // ---- lists

  private List<String> follow(String first, boolean jobs) {
    List<String> ids = new ArrayList<>();
    String query = first;
    for (int pages = 0; query != null; pages++) {
      assertThat(pages).isLessThan(20);
      JsonNode page = (jobs ? api.jobs(query) : api.points(query)).body();
      ids.addAll(texts(page.path("value"), "id"));
      String next = page.path("nextLink").asText(null);
      if (next != null) {
        assertThat(next).startsWith(Api.BASE + "/api/v1/" + (jobs ? "jobs" : "recoveryPoints"));
      }
      query = next == null ? null : "?" + URI.create(next).getRawQuery();
    }
    return ids;
  }

  @Test
  void lists_come_in_pages_newest_first_by_any_filter() {
    MemoryVm other = world.vm("vm2");
    List<String> jobs = new ArrayList<>();
    List<String> ofVm = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      jobs.add(0, world.backUp(vm, 0).id().toString());
      ofVm.add(0, jobs.get(0));
      world.advance(Duration.ofMinutes(1));
      jobs.add(0, world.backUp(other, 0).id().toString());
      world.advance(Duration.ofMinutes(1));
    }
    String vmId = "vmId=" + vm.id().toUpperCase(Locale.ROOT);

    assertThat(follow("?maxpagesize=3", true)).isEqualTo(jobs);
    assertThat(follow("", true)).isEqualTo(jobs);
    assertThat(follow("?maxpagesize=2&status=Completed", true)).isEqualTo(jobs);
    assertThat(follow("?maxpagesize=2&" + vmId, true)).isEqualTo(ofVm);
    assertThat(follow("?maxpagesize=2&status=Completed&" + vmId, true)).isEqualTo(ofVm);
    assertThat(follow("?status=Failed&" + vmId, true)).isEmpty();
    assertThat(follow("?status=InProgress", true)).isEmpty();
    List<String> points = jobs.stream().map(id -> JobId.of(id).pointId()).toList();
    assertThat(follow("?maxpagesize=3", false)).isEqualTo(points);
    assertThat(follow("?maxpagesize=2&" + vmId, false))
        .isEqualTo(ofVm.stream().map(id -> JobId.of(id).pointId()).toList());
  }

  @Test
  void open_jobs_are_listed_by_their_status() {
    JobId first = world.request(vm, 0);
    world.advance(Duration.ofSeconds(1));
    JobId second = world.request(world.vm("vm2"), 0);
    assertThat(follow("?status=Queued&maxpagesize=1", true))
        .containsExactly(second.toString(), first.toString());

    world.step();

    assertThat(follow("?status=Queued", true)).hasSize(1);
    assertThat(follow("?status=InProgress", true)).hasSize(1);
  }

  @Test
  void points_of_a_vm_that_is_gone_are_listed_and_have_the_fields_that_clients_know() {
    world.backUp(vm);
    world.disks.delete(vm);

    JsonNode points = api.points("?vmId=" + vm.id()).body();

    assertThat(points.path("value")).hasSize(1);
    JsonNode point = points.path("value").path(0);
    assertThat(names(point))
        .contains("id", "itemId", "vmId", "time", "jobId", "consistency", "disks");
    assertThat(names(point.path("disks").path(0))).contains("disk", "name", "sizeBytes", "root");
    assertThat(point.path("disks").path(0).path("root").asText()).matches("[0-9a-f]{64}");
    assertThat(points.has("nextLink")).isFalse();
    assertThat(api.point("nothing").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "?status=Running, status",
    "?maxpagesize=0, maxpagesize",
    "?maxpagesize=1001, maxpagesize",
    "?maxpagesize=ten, maxpagesize",
    "?continuation=x, continuation",
    "?api-version=1, api-version"
  })
  void a_parameter_that_will_not_do_is_named(String query, String target) {
    Answer answer = api.jobs(query);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("target").asText()).isEqualTo(target);
  }

  // ---- what goes wrong inside

  @Test
  void a_service_that_is_busy_is_503_with_the_time_to_come_back() {
    world.disks.before(
        (action, id) -> {
          throw new Unavailable("Azure is busy", Duration.ofSeconds(17), null);
        });

    Answer answer = api.postBackup(body(vm.id()));

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isEqualTo("17");
    world.disks.before((action, id) -> {});
  }

  @Test
  void a_defect_is_500_and_keeps_its_words_to_itself() {
    world.disks.before(
        (action, id) -> {
          throw new IllegalStateException("sig=topsecret");
        });

    Answer answer = api.postBackup(body(vm.id()));

    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.text()).contains("invocation-1").doesNotContain("topsecret");
    world.disks.before((action, id) -> {});
  }
}
