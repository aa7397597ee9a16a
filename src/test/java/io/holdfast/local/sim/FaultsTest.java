package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.management.exception.ManagementException;
import com.azure.resourcemanager.compute.models.ConsistencyModeTypes;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultsTest {
  private static final String QUERY = "?api-version=2025-04-01";

  @TempDir Path data;
  private Bench bench;

  @BeforeEach
  void start() {
    bench = new Bench(data);
    bench.disk("os", Bench.MIB);
    bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os");
    bench.collection("rpc1", "vm1");
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  void aRuleSkipsThenHitsThenIsUsedUp() {
    bench.faults(
        """
        [{"match":{"method":"GET","pathPattern":"/disks/os$"},"after":1,"times":2,
          "action":{"status":429,"code":"SubscriptionRequestsThrottled","message":"slow","retryAfter":7}}]""");
    assertThat(getDisk().statusCode()).isEqualTo(200);
    HttpResponse<String> hit = getDisk();
    assertThat(hit.statusCode()).isEqualTo(429);
    assertThat(hit.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(hit.body()).contains("SubscriptionRequestsThrottled");
    assertThat(getDisk().statusCode()).isEqualTo(429);
    assertThat(getDisk().statusCode()).isEqualTo(200);
    JsonNode rule = bench.json("GET", "/_sim/faults", "").get(0);
    assertThat(rule.get("remaining").asInt()).isZero();
    assertThat(rule.get("hits").asInt()).isEqualTo(2);
    assertThat(bench.call("DELETE", "/_sim/faults", "").statusCode()).isEqualTo(204);
    assertThat(bench.json("GET", "/_sim/faults", "")).isEmpty();
  }

  private HttpResponse<String> getDisk() {
    return bench.call("GET", Bench.id("disks/os") + QUERY, "");
  }

  @Test
  void aLostAnswerLeavesItsWorkDone() {
    bench.faults(
        "[{\"match\":{\"operation\":\"RestorePoints_Create\"},\"times\":1,\"action\":{\"dropAnswer\":true}}]");
    String path = Bench.id("restorePointCollections/rpc1/restorePoints/p1") + QUERY;
    HttpRequest put =
        HttpRequest.newBuilder(URI.create(bench.simulator.baseUrl() + path))
            .method("PUT", HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    assertThatThrownBy(() -> bench.http.send(put, HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(IOException.class);
    assertThat(bench.call("GET", path, "").statusCode()).isEqualTo(200);
  }

  @Test
  void anOperationFailsWhenToldTo() {
    bench.faults(
        """
        [{"match":{"operation":"RestorePoints_Create"},
          "action":{"failOperation":{"code":"VMRestorePointClientError","message":"VSS is in a bad state."}}}]""");
    assertThatThrownBy(() -> bench.point("rpc1", "p1"))
        .isInstanceOfSatisfying(
            ManagementException.class,
            e -> assertThat(e.getValue().getCode()).isEqualTo("VMRestorePointClientError"));
    assertThat(
            bench
                .json("GET", Bench.id("restorePointCollections/rpc1/restorePoints/p1") + QUERY, "")
                .at("/properties/provisioningState")
                .asText())
        .isEqualTo("Failed");
    bench.compute.getRestorePoints().delete(Bench.RG, "rpc1", "p1");
    assertThat(bench.json("GET", "/_sim/leftovers", "").get("restorePoints")).isEmpty();
  }

  @Test
  void aPointIsSilentlyDowngraded() {
    bench.faults(
        "[{\"match\":{\"operation\":\"RestorePoints_Create\"},\"action\":{\"achieved\":\"CrashConsistent\"}}]");
    assertThat(bench.point("rpc1", "p1").consistencyMode())
        .isEqualTo(ConsistencyModeTypes.CRASH_CONSISTENT);
  }

  @Test
  void readsCanBeRefusedDelayedCutAndLeftHanging() {
    bench.snapshot("s", "os");
    String sas = bench.grantSnapshot("s");
    bench.faults(
        """
        [{"match":{"operation":"Blob_Download"},"action":{"status":503,"code":"ServerBusy","message":"busy"}},
         {"match":{"operation":"Blob_Download"},"action":{"delay":"PT0.3S"}},
         {"match":{"operation":"Blob_Download"},"action":{"truncateAt":1000}},
         {"match":{"operation":"Blob_Download"},"action":{"hang":true}}]""");
    HttpResponse<String> busy = bench.call("GET", sas, "", "Range", "bytes=0-4095");
    assertThat(busy.statusCode()).isEqualTo(503);
    assertThat(busy.headers().firstValue("x-ms-error-code")).hasValue("ServerBusy");
    long startNanos = System.nanoTime();
    assertThat(bench.call("GET", sas, "", "Range", "bytes=0-4095").body()).hasSize(4096);
    assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
        .isGreaterThan(Duration.ofMillis(290));
    HttpRequest.Builder get =
        HttpRequest.newBuilder(URI.create(sas)).header("Range", "bytes=0-4095");
    assertThatThrownBy(() -> bench.http.send(get.build(), HttpResponse.BodyHandlers.ofByteArray()))
        .isInstanceOf(IOException.class);
    HttpRequest hanging = get.copy().timeout(Duration.ofMillis(300)).build();
    assertThatThrownBy(() -> bench.http.send(hanging, HttpResponse.BodyHandlers.ofByteArray()))
        .isInstanceOf(HttpTimeoutException.class);
    assertThat(bench.call("GET", sas, "", "Range", "bytes=0-4095").statusCode()).isEqualTo(206);
  }

  @Test
  void aReadGivesOtherBytesThanWereAskedFor() {
    bench.snapshot("s", "os");
    String sas = bench.grantSnapshot("s");
    bench.faults(
        """
        [{"match":{"operation":"Blob_Download"},"action":{"bytes":"short"}},
         {"match":{"operation":"Blob_Download"},"action":{"bytes":"shortBody"}},
         {"match":{"operation":"Blob_Download"},"action":{"bytes":"otherRange"}},
         {"match":{"operation":"Blob_Download"},"action":{"bytes":"whole"}},
         {"match":{"operation":"Blob_Download"},"action":{"stallAt":1000}}]""");
    long all = Bench.MIB + 512;

    HttpResponse<String> few = bench.call("GET", sas, "", "Range", "bytes=0-4095");
    assertThat(few.body()).hasSize(3584);
    assertThat(few.headers().firstValue("Content-Range")).hasValue("bytes 0-3583/" + all);
    HttpResponse<String> fewer = bench.call("GET", sas, "", "Range", "bytes=0-4095");
    assertThat(fewer.body()).hasSize(3584);
    assertThat(fewer.headers().firstValue("Content-Range")).hasValue("bytes 0-4095/" + all);
    HttpResponse<String> other = bench.call("GET", sas, "", "Range", "bytes=0-4095");
    assertThat(other.body()).hasSize(4096);
    assertThat(other.headers().firstValue("Content-Range")).hasValue("bytes 512-4607/" + all);
    HttpResponse<String> whole = bench.call("GET", sas, "", "Range", "bytes=0-4095");
    assertThat(whole.statusCode()).isEqualTo(200);
    assertThat(whole.headers().firstValue("Content-Length")).hasValue(Long.toString(all));
    HttpRequest stalls =
        HttpRequest.newBuilder(URI.create(sas)).header("Range", "bytes=0-4095").build();
    CompletableFuture<HttpResponse<byte[]>> stalled =
        bench.http.sendAsync(stalls, HttpResponse.BodyHandlers.ofByteArray());
    assertThatThrownBy(() -> stalled.get(500, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
    stalled.cancel(true);
  }

  @Test
  void aListOfRangesIsWrongWhenToldTo() {
    bench.write("os", 8192, new byte[] {1});
    bench.write("os", 65536, new byte[] {1});
    bench.snapshot("s", "os");
    String list = bench.grantSnapshot("s") + "&comp=pagelist";
    String right = bench.call("GET", list, "", "x-ms-version", "2023-11-03").body();
    assertThat(right).contains("<PageRange>").contains("<Start>65536</Start>");
    for (String how : List.of("unordered", "overlapping", "misaligned", "pastEnd", "otherWindow")) {
      bench.faults(
          "[{\"match\":{\"pathPattern\":\".\"},\"action\":{\"ranges\":\"%s\"}}]".formatted(how));
      assertThat(bench.call("GET", list, "", "x-ms-version", "2023-11-03").body())
          .as(how)
          .contains("<PageList>")
          .isNotEqualTo(right);
      assertThat(bench.call("GET", list, "", "x-ms-version", "2023-11-03").body()).isEqualTo(right);
    }
  }

  @Test
  void aRuleThatCannotBeReadIsRefusedAndChangesNothing() {
    bench.faults("[{\"match\":{},\"times\":0,\"action\":{\"hang\":true}}]");
    HttpResponse<String> answer =
        bench.call("PUT", "/_sim/faults", "[{\"match\":{},\"action\":{\"stauts\":500}}]");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("stauts");
    assertThat(bench.json("GET", "/_sim/faults", "")).hasSize(1);
  }

  @Test
  void requestsAreCountedPerOperation() {
    bench.call("DELETE", "/_sim/requests", "");
    getDisk();
    getDisk();
    assertThat(bench.json("GET", "/_sim/requests", "").at("/operations/Disks_Get").asInt())
        .isEqualTo(2);
    assertThat(bench.simulator.requests()).noneMatch(seen -> seen.path().contains("sig="));
  }
}
