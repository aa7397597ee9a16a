package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.Api.Answer;
import io.holdfast.work.Task;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code POST /jobs/{id}:cancel}. */
class CancelHttpTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Api api = new Api(world, true);

  @AfterEach
  void theWorldIsInOrder() {
    world.run();
    world.close();
  }

  private static List<String> ids(Answer list) {
    List<String> ids = new ArrayList<>();
    for (JsonNode job : list.body().path("value")) {
      ids.add(job.path("id").asText());
    }
    return ids;
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = {"", "  ", "{}"})
  void a_running_job_is_cancelled_with_its_body_and_where_to_look(String body) {
    String id = world.request(vm, 0).toString();
    world.runUntil(task -> task instanceof Task.Transfer);

    Answer answer = api.cancel(id, body);

    String url = Api.BASE + "/api/v1/jobs/" + id;
    assertThat(answer.status()).isEqualTo(202);
    assertThat(answer.header("Location")).isEqualTo(url);
    assertThat(answer.header("Operation-Location")).isEqualTo(url);
    assertThat(Integer.parseInt(answer.header("Retry-After"))).isPositive();
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
    assertThat(answer.body().path("id").asText()).isEqualTo(id);
    assertThat(answer.body().path("status").asText()).isEqualTo("Cancelling");
    assertThat(answer.body().path("error").isNull()).isTrue();
    world.run();
    JsonNode job = api.job(id).body();
    assertThat(job.path("status").asText()).isEqualTo("Cancelled");
    assertThat(job.path("endTime").isTextual()).isTrue();
    assertThat(job.path("recoveryPointId").isNull()).isTrue();
  }

  @Test
  void jobs_are_found_by_that_they_are_cancelling_and_cancelled() {
    String id = world.request(vm, 0).toString();
    world.runUntil(task -> task instanceof Task.Transfer);
    assertThat(api.cancel(id, null).status()).isEqualTo(202);

    assertThat(ids(api.jobs("?status=Cancelling"))).containsExactly(id);
    assertThat(ids(api.jobs("?status=InProgress"))).isEmpty();
    assertThat(ids(api.jobs("?status=Cancelled"))).isEmpty();
    assertThat(ids(api.jobs("?status=Cancelling&vmId=" + vm.id()))).containsExactly(id);
    world.run();

    assertThat(ids(api.jobs("?status=Cancelling"))).isEmpty();
    assertThat(ids(api.jobs("?status=Cancelled"))).containsExactly(id);
    assertThat(ids(api.jobs("?status=Cancelled&vmId=" + vm.id()))).containsExactly(id);
  }

  @Test
  void a_cancel_may_be_sent_again() {
    String id = world.request(vm, 0).toString();
    world.runUntil(task -> task instanceof Task.Transfer);

    Answer first = api.cancel(id, null);
    Answer second = api.cancel(id, null);
    world.run();
    Answer third = api.cancel(id, null);

    assertThat(second.status()).isEqualTo(202);
    assertThat(second.body()).isEqualTo(first.body());
    assertThat(third.status()).isEqualTo(200);
    assertThat(third.body().path("status").asText()).isEqualTo("Cancelled");
    assertThat(third.header("Retry-After")).as("there is nothing to wait for").isNull();
    assertThat(world.bag.isEmpty()).isTrue();
  }

  @Test
  void a_job_whose_point_is_written_is_409_and_goes_on() {
    JobId id = world.request(vm, 0);
    while (world.job(id).status() != JobStatus.COMMITTED) {
      world.step();
    }
    Job before = world.job(id);
    int messages = world.bag.size();

    Answer answer = api.cancel(id.toString(), null);

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.error().path("code").asText()).isEqualTo("JobAlreadyCommitted");
    assertThat(answer.header("x-ms-error-code")).isEqualTo("JobAlreadyCommitted");
    assertThat(answer.error().path("message").asText())
        .contains(id.toString())
        .contains("is written")
        .contains("ends as Completed")
        .contains("nothing was changed");
    assertThat(answer.header("Location")).isEqualTo(Api.BASE + "/api/v1/jobs/" + id);
    assertThat(world.job(id)).isEqualTo(before);
    assertThat(world.bag.size()).isEqualTo(messages);
    world.run();
    assertThat(world.job(id).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @ParameterizedTest
  @CsvSource({"COMPLETED, JobAlreadyCompleted", "FAILED, JobAlreadyFailed"})
  void a_job_that_ended_is_409_and_the_code_says_how(JobStatus end, String code) {
    JobId id = world.request(vm, 0);
    if (end == JobStatus.FAILED) {
      world.backup.jobEnd().fail(id, "Stopped", "by the test").forEach(world.bag);
    }
    world.run();
    Job before = world.job(id);
    assertThat(before.status()).isEqualTo(end);

    Answer answer = api.cancel(id.toString(), null);

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.error().path("code").asText()).isEqualTo(code);
    assertThat(world.job(id)).isEqualTo(before);
    assertThat(world.bag.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nobody", "a8282f87-25c0-32d0-b974-2ae778942970-j20260302100000000-000000"})
  void a_job_that_is_not_there_is_404(String id) {
    Answer answer = api.cancel(id, null);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.error().path("code").asText()).isEqualTo("JobNotFound");
    assertThat(answer.error().path("message").asText()).contains(id);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"{\"force\":true}|UnknownField", "[]|InvalidBody", "now|InvalidBody"})
  void a_body_that_says_something_is_400_and_nothing_is_cancelled(String body, String code) {
    JobId id = world.request(vm, 0);

    Answer answer = api.cancel(id.toString(), body);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("code").asText()).isEqualTo(code);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.QUEUED);
  }

  @Test
  void a_cancel_needs_the_operator_s_role() {
    JobId id = world.request(vm, 0);
    Api strict = new Api(world, false);

    assertThat(strict.cancel(id.toString(), null).status()).isEqualTo(401);
    String reader = Api.principal("Holdfast.Reader");
    assertThat(strict.cancel(id.toString(), null, "X-MS-CLIENT-PRINCIPAL", reader).status())
        .isEqualTo(403);
    assertThat(world.job(id).status()).isEqualTo(JobStatus.QUEUED);
    String operator = Api.principal("Holdfast.Operator");
    assertThat(strict.cancel(id.toString(), null, "X-MS-CLIENT-PRINCIPAL", operator).status())
        .isEqualTo(202);
  }

  @Test
  void a_cancel_that_tables_do_not_answer_is_503_and_may_be_sent_again() {
    JobId id = world.request(vm, 0);
    world.tables.before(
        (action, partition) -> {
          throw new Unavailable("the tables are away");
        });

    Answer answer = api.cancel(id.toString(), null);

    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isNotNull();
    world.tables.before((action, partition) -> {});
    assertThat(api.cancel(id.toString(), null).status()).isEqualTo(202);
  }
}
