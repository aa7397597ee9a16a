package io.holdfast.local.serve;

import static io.holdfast.local.host.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.util.BinaryData;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClientBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.local.host.SampleApp;
import io.holdfast.testing.Azurite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  /** After six starts without a life of its own a child is given up. */
  private static final int MORE_THAN_ONE_THAT_FAILS = 8;

  private static final ObjectMapper JSON = new ObjectMapper();
  @TempDir Path dir;
  private SampleApp app;
  private final int[] ports = new int[5];

  @BeforeEach
  void prepare() throws IOException {
    app = new SampleApp(dir.resolve("app")).with("JAVA_OPTS", "-Xmx300m").write();
    for (int i = 0; i < ports.length; i++) {
      ports[i] = Azurite.freePort();
    }
  }

  @Test
  void aKilledHostComesBackAKilledServeTakesItsChildrenAlongAndTheDataStays() throws Exception {
    Processes.Started serve = serve(Map.of("HOLDFAST_ZONE", "Europe/Berlin"));
    JsonNode ready = ready(serve);
    assertThat(ready.get("ready").asBoolean()).isTrue();
    assertThat(ready.get("api").asText()).isEqualTo("http://127.0.0.1:" + ports[0] + "/api/v1");
    assertThat(ready.get("vault").asText())
        .isEqualTo("http://127.0.0.1:" + ports[2] + "/devstoreaccount1/holdfast");
    assertThat(answers(ready)).isTrue();

    ProcessHandle.of(ready.at("/pids/host").asLong()).orElseThrow().destroyForcibly();
    until("the host is gone", SOON, () -> !answers(ready));
    until("the host is back", SOON, () -> answers(ready));

    vault(ready).create();
    for (int i = 0; i < 20; i++) {
      vault(ready).getBlobClient("blob" + i).upload(BinaryData.fromString("content " + i));
    }
    List<ProcessHandle> children = serve.process().children().toList();
    assertThat(children).hasSize(3);
    serve.process().destroyForcibly().waitFor();
    until("all children end", SOON, () -> children.stream().noneMatch(ProcessHandle::isAlive));

    Processes.Started again = serve(Map.of());
    JsonNode readyAgain = ready(again);
    assertThat(vault(readyAgain).listBlobs().stream().count()).isEqualTo(20);
    assertThat(again.stdout().lines()).hasSize(1);
    List<ProcessHandle> rest = again.process().children().toList();
    again.process().destroy();
    assertThat(again.exit()).isZero();
    assertThat(rest).noneMatch(ProcessHandle::isAlive);
  }

  @Test
  void aHostThatIsKilledOftenAndYoungIsStartedAgainEachTime() throws Exception {
    Processes.Started serve = serve(Map.of());
    JsonNode ready = ready(serve);
    long killed = 0;
    for (int i = 0; i < MORE_THAN_ONE_THAT_FAILS; i++) {
      long before = killed;
      until("the next host", SOON, () -> hostPid() != before && alive(hostPid()));
      killed = hostPid();
      ProcessHandle.of(killed).orElseThrow().destroyForcibly();
    }
    until("the host is back", SOON, () -> answers(ready));
    assertThat(serve.process().isAlive()).isTrue();
    serve.process().destroy();
    assertThat(serve.exit()).isZero();
  }

  private long hostPid() throws IOException {
    return JSON.readTree(dir.resolve("data/pids.json").toFile()).at("/host/pid").asLong();
  }

  private static boolean alive(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }

  @Test
  void everyFaultIsToldAtOnceAndNothingStarts() throws Exception {
    try (ServerSocket taken = new ServerSocket(ports[1], 1, InetAddress.getByName("127.0.0.1"))) {
      Processes.Started serve =
          serve(Map.of(), "--app", dir + "/no-app", "--azurite", dir + "/no-azurite");
      assertThat(serve.exit()).isEqualTo(1);
      assertThat(serve.stdout()).isEmpty();
      assertThat(serve.stderr())
          .contains("Port " + taken.getLocalPort() + ", for the compute simulator, is taken")
          .contains("--arm-port")
          .contains("no packaged app at " + dir + "/no-app")
          .contains("mvn -DskipTests package")
          .contains("Azurite is not installed")
          .contains("mvn generate-test-resources");
      assertThat(Files.exists(dir.resolve("data/logs"))).isFalse();
    }
  }

  @Test
  void anAppThatCannotStartEndsServeWithTheAppsWordsOnce() throws Exception {
    Processes.Started serve = serve(Map.of("SAMPLE_BROKEN", "1"));
    assertThat(serve.exit()).isEqualTo(1);
    assertThat(serve.stdout()).isEmpty();
    assertThat(serve.stderr()).containsOnlyOnce("SAMPLE_BROKEN is set: unset it");
    assertThat(serve.process().children()).isEmpty();
  }

  @Test
  void aDataFolderHasOneStackAtATime() throws Exception {
    Files.createDirectories(dir.resolve("data"));
    try (DataLock held = DataLock.take(dir.resolve("data"))) {
      Processes.Started serve = serve(Map.of());
      assertThat(serve.exit()).isEqualTo(1);
      assertThat(serve.stderr()).contains("Another local stack runs on " + dir.resolve("data"));
      held.note(Map.of());
    }
  }

  private JsonNode ready(Processes.Started serve) throws Exception {
    until(
        "ready line",
        Duration.ofSeconds(60),
        () -> {
          assertThat(serve.process().isAlive()).as(serve.stderr()).isTrue();
          return serve.stdout().endsWith("\n");
        });
    return JSON.readTree(serve.stdout());
  }

  private static boolean answers(JsonNode ready) throws InterruptedException {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(ready.get("api").asText() + "/things/1")).build();
      return HttpClient.newHttpClient()
              .send(request, HttpResponse.BodyHandlers.ofString())
              .statusCode()
          == 202;
    } catch (IOException gone) {
      return false;
    }
  }

  private static BlobContainerClient vault(JsonNode ready) {
    return new BlobServiceClientBuilder()
        .connectionString(
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey="
                + Azurite.KEY
                + ";BlobEndpoint="
                + ready.get("blob").asText())
        .buildClient()
        .getBlobContainerClient("holdfast");
  }

  private Processes.Started serve(Map<String, String> environment, String... more)
      throws IOException {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("--data", dir.resolve("data").toString()));
    args.addAll(List.of("--http-port", "" + ports[0], "--arm-port", "" + ports[1]));
    args.addAll(List.of("--blob-port", "" + ports[2], "--queue-port", "" + ports[3]));
    args.addAll(List.of("--table-port", "" + ports[4]));
    if (more.length == 0) {
      args.addAll(List.of("--app", app.dir().toString()));
      args.addAll(List.of("--azurite", System.getProperty("holdfast.azurite")));
    }
    args.addAll(List.of(more));
    return Processes.java(
        dir.resolve("io"),
        environment,
        List.of(),
        ServeProcess.class.getName(),
        args.toArray(String[]::new));
  }
}
