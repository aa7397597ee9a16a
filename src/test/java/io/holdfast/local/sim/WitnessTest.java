package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WitnessTest {
  @TempDir Path data;

  @Test
  void anObserverHearsWhatWasAskedAndAnsweredButNotTheSimulatorsOwnPaths() throws Exception {
    List<ComputeSimulator.Exchange> heard = new CopyOnWriteArrayList<>();
    try (ComputeSimulator simulator =
        ComputeSimulator.start(ComputeSimulator.Options.of(data, 0).withObserver(heard::add))) {
      String body =
          "{\"location\":\"westeurope\",\"properties\":{\"creationData\":"
              + "{\"createOption\":\"Empty\"},\"diskSizeBytes\":1048576}}";
      String disk = simulator.baseUrl() + Bench.id("disks/d0") + "?api-version=2025-01-02";
      HttpClient http = HttpClient.newHttpClient();
      for (String url : List.of(disk, simulator.baseUrl() + "/_sim/faults")) {
        http.send(
            HttpRequest.newBuilder(URI.create(url))
                .method("PUT", HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
      }
      assertThat(heard)
          .singleElement()
          .satisfies(
              one -> {
                assertThat(one.method()).isEqualTo("PUT");
                assertThat(one.path()).isEqualTo(Bench.id("disks/d0"));
                assertThat(one.query()).isEqualTo("api-version=2025-01-02");
                assertThat(one.operation()).isEqualTo("Disks_CreateOrUpdate");
                assertThat(one.requestBody()).isEqualTo(body);
                assertThat(one.status()).isEqualTo(202);
                assertThat(one.responseHeaders()).containsKey("Azure-AsyncOperation");
                assertThat(one.responseBody()).contains("\"diskSizeBytes\":1048576");
              });
    }
  }
}
