package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Requests that are wrong: each error names field, value and rule, and nothing changes. */
class BadRequestsIT {
  private static final String NO_VM =
      "/subscriptions/00000000-0000-0000-0000-0000000000e2/resourceGroups/e2e/providers/Microsoft.Compute/virtualMachines/nobody";

  private Stack stack;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    stack = Stack.shared();
  }

  private Http.Answer backup(String body) throws IOException, InterruptedException {
    return Http.send("POST", stack.api() + "/backups", body);
  }

  private Http.Answer policy(String name, String body, String... headers)
      throws IOException, InterruptedException {
    return Http.send("PUT", stack.api() + "/policies/" + name, body, headers);
  }

  private static void assertRefused(
      Http.Answer answer, int status, String code, String... messageParts) {
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(status);
    assertThat(answer.code()).isEqualTo(code);
    assertThat(answer.header("x-ms-error-code")).isEqualTo(code);
    assertThat(answer.message()).contains(messageParts);
  }

  @Test
  void aBackupOfAVmThatIsNotThereIsRefusedAndMakesNoJob() throws Exception {
    assertRefused(
        backup("{\"vmId\":\"%s\"}".formatted(NO_VM)), 404, "VirtualMachineNotFound", NO_VM);
    assertThat(Http.get(stack.api() + "/jobs?vmId=" + NO_VM).path("value")).isEmpty();
  }

  @Test
  void aMalformedVmIdIsRefusedWithItsRule() throws Exception {
    Http.Answer answer = backup("{\"vmId\":\"vm-1\"}");
    assertRefused(answer, 400, "InvalidVmId", "vmId", "\"vm-1\"", "/virtualMachines/");
    assertThat(answer.body().at("/error/target").asText()).isEqualTo("vmId");
  }

  @Test
  void anUnknownFieldIsRefusedAndNothingIsBackedUp() throws Exception {
    Machine vm = Machine.create(stack, "unasked", Map.of("os", 8L << 20));
    ObjectNode body = Http.object().put("vmId", vm.id()).put("retention", "P1D");
    assertRefused(backup(body.toString()), 400, "UnknownField", "retention", "retainUntil", "vmId");
    assertThat(vm.jobs()).isEmpty();
  }

  @Test
  void aBodyThatIsNoJsonIsRefusedWithThePlace() throws Exception {
    assertRefused(backup("vmId=x"), 400, "InvalidBody", "no JSON", "line 1, column");
    assertRefused(backup(""), 400, "InvalidBody", "empty");
    assertRefused(backup("[1]"), 400, "InvalidBody", "JSON object");
  }

  @Test
  void twoFaultsAreToldAtOnce() throws Exception {
    Http.Answer answer = backup("{\"vmId\":7,\"force\":true}");
    assertRefused(answer, 400, "InvalidRequest", "vmId is 7", "must be text", "force", "not known");
    assertThat(answer.body().at("/error/details"))
        .extracting(detail -> detail.path("target").asText())
        .containsExactlyInAnyOrder("vmId", "force");
  }

  @Test
  void anUnknownQueryParameterIsRefused() throws Exception {
    Http.Answer answer = Http.send("GET", stack.api() + "/jobs?state=Failed", null);
    assertRefused(answer, 400, "UnknownParameter", "state", "status", "vmId");
    assertRefused(
        Http.send("GET", stack.api() + "/jobs?status=Done", null),
        400,
        "InvalidParameter",
        "\"Done\"",
        "Completed");
  }

  @Test
  void aPolicyWithSeveralFaultsIsRefusedWithAllOfThemAndIsNotStored() throws Exception {
    Http.Answer answer =
        policy(
            "faulty",
            """
            {"selector":{"ids":["x"]},"schedule":{"cron":"61 * * * *","zone":"Mars/Base"},
             "instantRestoreDays":31,"keep":1}
            """);
    assertRefused(
        answer, 400, "InvalidRequest", "\"x\"", "61 * * * *", "Mars/Base", "31", "0 to 30", "keep");
    assertThat(answer.body().at("/error/details"))
        .extracting(detail -> detail.path("target").asText())
        .containsExactlyInAnyOrder(
            "keep", "selector.ids", "schedule.cron", "schedule.zone", "instantRestoreDays");
    assertThat(Http.send("GET", stack.api() + "/policies/faulty", null).status()).isEqualTo(404);
  }

  @Test
  void aStaleIfMatchIsRefusedAndThePolicyStays() throws Exception {
    String body =
        """
        {"selector":{"ids":["%s"]},"schedule":{"cron":"0 3 * * *","zone":"UTC"},"instantRestoreDays":%d}
        """;
    Http.Answer made = policy("stale", body.formatted(NO_VM, 2));
    assertThat(made.status()).isEqualTo(201);
    String etag = made.header("ETag");
    assertThat(policy("stale", body.formatted(NO_VM, 3), "If-Match", etag).status()).isEqualTo(200);
    assertRefused(
        policy("stale", body.formatted(NO_VM, 4), "If-Match", etag),
        412,
        "PreconditionFailed",
        "stale",
        "read it again");
    JsonNode stored = Http.get(stack.api() + "/policies/stale");
    assertThat(stored.path("instantRestoreDays").asInt()).isEqualTo(3);
    assertThat(Http.send("DELETE", stack.api() + "/policies/stale", null).status()).isEqualTo(204);
  }

  @Test
  void whatIsNotThereIsNamed() throws Exception {
    assertRefused(
        Http.send("GET", stack.api() + "/jobs/nonsense", null), 404, "JobNotFound", "nonsense");
    assertRefused(
        Http.send("GET", stack.api() + "/recoveryPoints/nonsense", null),
        404,
        "RecoveryPointNotFound",
        "nonsense");
  }
}
