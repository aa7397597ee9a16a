package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.management.exception.ManagementException;
import com.azure.resourcemanager.compute.fluent.models.RestorePointInner;
import com.azure.resourcemanager.compute.models.AccessLevel;
import com.azure.resourcemanager.compute.models.ApiEntityReference;
import com.azure.resourcemanager.compute.models.ConsistencyModeTypes;
import com.azure.resourcemanager.compute.models.GrantAccessData;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LimitsTest {
  @TempDir Path data;
  private Bench bench;

  @BeforeEach
  void start() {
    bench = new Bench(data);
    bench.disk("os", Bench.MIB);
    bench.disk("data0", Bench.MIB);
    bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os", "data0");
    bench.collection("rpc1", "vm1");
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void threeRestorePointsAnHourPerModeAndTheClockFreesTheNext() {
    for (int i = 0; i < 3; i++) {
      bench.point("rpc1", "app" + i);
    }
    HttpResponse<String> fourth = putPoint("app3", "{}");
    assertThat(fourth.statusCode()).isEqualTo(429);
    assertThat(fourth.headers().firstValueAsLong("Retry-After").orElseThrow())
        .isBetween(3000L, 3601L);
    bench
        .compute
        .getRestorePoints()
        .create(
            Bench.RG,
            "rpc1",
            "crash0",
            new RestorePointInner().withConsistencyMode(ConsistencyModeTypes.CRASH_CONSISTENT));
    bench.advance("PT1H1S");
    assertThat(bench.point("rpc1", "app3").provisioningState()).isEqualTo("Succeeded");
  }

  @Test
  void oneRestorePointIsCreatedAtATime() {
    assertThat(putPoint("p1", "{}").statusCode()).isEqualTo(201);
    HttpResponse<String> second = putPoint("p2", "{}");
    assertThat(second.statusCode()).isEqualTo(409);
    assertThat(second.body()).contains("OperationNotAllowed");
    assertThat(putPoint("p1", "{}").statusCode()).as("the same PUT again").isEqualTo(201);
  }

  @Test
  void onlyCrashConsistentIsAcceptedAsAMode() {
    HttpResponse<String> answer =
        putPoint("p1", "{\"properties\":{\"consistencyMode\":\"ApplicationConsistent\"}}");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("consistencyMode");
  }

  @Test
  void aVmThatDoesNotRunHasNoApplicationConsistentPoint() {
    bench.compute.getVirtualMachines().deallocate(Bench.RG, "vm1");
    assertThat(putPoint("p1", "{}").statusCode()).isEqualTo(409);
    HttpResponse<String> crash =
        putPoint("p1", "{\"properties\":{\"consistencyMode\":\"CrashConsistent\"}}");
    assertThat(crash.statusCode()).isEqualTo(201);
    assertThat(crash.body()).contains("\"CrashConsistent\"");
  }

  @Test
  void anExcludedDiskIsNotInThePoint() {
    RestorePointInner point =
        bench
            .compute
            .getRestorePoints()
            .create(
                Bench.RG,
                "rpc1",
                "p1",
                new RestorePointInner()
                    .withExcludeDisks(
                        List.of(new ApiEntityReference().withId(Bench.id("disks/data0")))));
    assertThat(point.sourceMetadata().storageProfile().dataDisks()).isEmpty();
    assertThat(bench.compute.getDiskRestorePoints().listByRestorePoint(Bench.RG, "rpc1", "p1"))
        .hasSize(1);
  }

  @Test
  void sevenSnapshotsOfADiskInFiveMinutes() {
    for (int i = 0; i < 7; i++) {
      bench.snapshot("s" + i, "os");
    }
    bench.snapshot("s0", "os"); // the same again is no new one
    refused(429, "TooManyRequests", () -> bench.snapshot("s7", "os"));
    bench.advance("PT5M1S");
    bench.snapshot("s7", "os");
  }

  @Test
  void accessIsOpenOnAtMostFiveSnapshotsOfAFamily() {
    for (int i = 0; i < 6; i++) {
      bench.snapshot("s" + i, "os");
    }
    for (int i = 0; i < 5; i++) {
      bench.grantSnapshot("s" + i);
    }
    refused(409, "OperationNotAllowed", () -> bench.grantSnapshot("s5"));
    assertThat(bench.grantSnapshot("s0")).as("extending is no sixth").isNotEmpty();
    bench.compute.getSnapshots().revokeAccess(Bench.RG, "s0");
    bench.grantSnapshot("s5");
  }

  @Test
  void accessEndsWithItsDurationAndLastsSixtyDaysAtMost() {
    bench.snapshot("s", "os");
    GrantAccessData tooLong =
        new GrantAccessData().withAccess(AccessLevel.READ).withDurationInSeconds(5_184_001);
    refused(
        400,
        "InvalidParameter",
        () -> bench.compute.getSnapshots().grantAccess(Bench.RG, "s", tooLong));
    String sas = bench.grantSnapshot("s");
    assertThat(bench.call("GET", sas, "", "Range", "bytes=0-511").statusCode()).isEqualTo(206);
    assertThat(bench.json("GET", "/_sim/leftovers", "").get("grants")).hasSize(1);
    bench.advance("PT1H1S");
    HttpResponse<String> late = bench.call("GET", sas, "", "Range", "bytes=0-511");
    assertThat(late.statusCode()).isEqualTo(403);
    assertThat(late.body()).contains("<Code>AuthenticationFailed</Code>");
    assertThat(bench.json("GET", "/_sim/leftovers", "").get("grants")).isEmpty();
    assertThat(bench.grantSnapshot("s")).isNotEqualTo(sas);
  }

  @Test
  void aDeleteThatDoesNotWaitForTheRevokeIsRefused() {
    bench.snapshot("s", "os");
    bench.grantSnapshot("s");
    String path = Bench.id("snapshots/s");
    String query = "?api-version=2025-01-02";
    assertThat(bench.call("POST", path + "/endGetAccess" + query, "").statusCode()).isEqualTo(202);
    assertThat(bench.call("DELETE", path + query, "").statusCode()).isEqualTo(409);
    bench.call("GET", path + query, "");
    bench.call("GET", path + query, "");
    assertThat(bench.call("DELETE", path + query, "").statusCode()).isEqualTo(202);
  }

  @Test
  void anAttachedDiskIsNotDeletedAndNotAttachedTwice() {
    refused(409, "OperationNotAllowed", () -> bench.compute.getDisks().delete(Bench.RG, "data0"));
    refused(
        409,
        "AttachDiskWhileBeingUsed",
        () -> bench.vm("vm2", OperatingSystemTypes.LINUX, "data0"));
    assertThat(bench.call("DELETE", Bench.id("disks/no") + "?api-version=1", "").statusCode())
        .isEqualTo(204);
  }

  @Test
  void badInputIsRefusedWithItsField() {
    assertThat(
            putDisk(
                "{\"location\":\"x\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeBytes\":100}}"))
        .contains("diskSizeBytes");
    assertThat(
            putDisk(
                "{\"location\":\"x\",\"properties\":{\"creationData\":{\"createOption\":\"Import\"}}}"))
        .contains("createOption");
    assertThat(putDisk("not JSON")).contains("InvalidRequestContent");
    assertThat(bench.call("GET", Bench.id("disks/os"), "").body())
        .contains("MissingApiVersionParameter");
    assertThat(bench.call("GET", "/subscriptions/s/nothing?api-version=1", "").statusCode())
        .isEqualTo(404);
    assertThat(data.resolve("disks/bad.raw")).doesNotExist();
  }

  private String putDisk(String body) {
    HttpResponse<String> answer =
        bench.call("PUT", Bench.id("disks/bad") + "?api-version=2025-01-02", body);
    assertThat(answer.statusCode()).isEqualTo(400);
    return answer.body();
  }

  private HttpResponse<String> putPoint(String name, String body) {
    return bench.call(
        "PUT",
        Bench.id("restorePointCollections/rpc1/restorePoints/" + name) + "?api-version=2025-04-01",
        body);
  }

  /** Retries of the client would hide a 429 for minutes, so tests that expect one go around it. */
  private static void refused(int status, String code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ManagementException.class,
            e -> {
              assertThat(e.getResponse().getStatusCode()).isEqualTo(status);
              assertThat(e.getValue().getCode()).isEqualTo(code);
            });
  }
}
