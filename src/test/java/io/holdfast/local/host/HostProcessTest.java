package io.holdfast.local.host;

import static io.holdfast.local.host.Waiting.lines;
import static io.holdfast.local.host.Waiting.until;
import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.queue.QueueClient;
import io.holdfast.local.serve.Processes;
import io.holdfast.testing.Azurite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostProcessTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  @TempDir Path dir;

  @Test
  void aMessageOfAKilledHostIsRunAgainByTheNextOneWhenItsLeaseIsOver() throws Exception {
    SampleApp app = new SampleApp(dir.resolve("app")).write();
    QueueClient queue =
        new Storage().queue(Azurite.shared().connectionString(), app.setting("SAMPLE_QUEUE"));
    queue.createIfNotExists();
    Path log = dir.resolve("log");
    queue.sendMessage(
        Base64.getEncoder()
            .encodeToString(
                "{\"log\":\"%s\",\"name\":\"m\",\"sleepMillis\":1500}"
                    .formatted(log)
                    .getBytes(StandardCharsets.UTF_8)));
    Processes.Started first = host(app, Azurite.freePort(), Map.of(), "--lease-seconds", "2");
    until("it runs", SOON, () -> lines(log, "start m 1 ").size() == 1);
    first.process().destroyForcibly().waitFor();
    Processes.Started second = host(app, Azurite.freePort(), Map.of(), "--lease-seconds", "2");
    until("it ends", SOON, () -> lines(log, "end m 2 ").size() == 1);
    until("it is deleted", SOON, () -> queue.peekMessage() == null);
    second.process().destroy();
    assertThat(second.exit()).isZero();
    assertThat(second.stderr()).contains("[work ").contains("works on m");
  }

  @Test
  void aPortThatIsTakenIsNamedWithTheOptionThatChangesIt() throws Exception {
    SampleApp app = new SampleApp(dir.resolve("app")).write();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Processes.Started host = host(app, taken.getLocalPort(), Map.of());
      assertThat(host.exit()).isEqualTo(1);
      assertThat(host.stderr())
          .contains("Port " + taken.getLocalPort() + ", for the HTTP API, is taken")
          .contains("--http-port");
    }
  }

  @Test
  void anAppThatDoesNotStartEndsTheHostWithItsOwnWords() throws Exception {
    SampleApp app = new SampleApp(dir.resolve("app")).write();
    Processes.Started host = host(app, Azurite.freePort(), Map.of("SAMPLE_BROKEN", "1"));
    assertThat(host.exit()).isEqualTo(78);
    assertThat(host.stderr())
        .contains("The app did not start: SAMPLE_BROKEN is set: unset it")
        .doesNotContain("\tat ");
  }

  @Test
  void aMissingSettingOfABindingIsNamed() throws Exception {
    SampleApp app = new SampleApp(dir.resolve("app")).with("SAMPLE_QUEUE", "").write();
    Processes.Started host = host(app, Azurite.freePort(), Map.of());
    assertThat(host.exit()).isEqualTo(78);
    assertThat(host.stderr()).contains("Function work names the app setting SAMPLE_QUEUE");
  }

  @Test
  void aHostEndsWithItsParent() throws Exception {
    SampleApp app = new SampleApp(dir.resolve("app")).write();
    int port = Azurite.freePort();
    Processes.Started host = host(app, port, Map.of(), "--exit-with-parent");
    until("it listens", SOON, () -> accepts(port));
    host.process().getOutputStream().close();
    assertThat(host.exit()).isZero();
  }

  private Processes.Started host(
      SampleApp app, int port, Map<String, String> environment, String... more) throws IOException {
    List<String> args =
        new java.util.ArrayList<>(
            List.of(
                "--app",
                app.dir().toString(),
                "--data",
                dir.resolve("data").toString(),
                "--http-port",
                "" + port));
    args.addAll(List.of(more));
    return Processes.java(
        dir.resolve("io"),
        environment,
        List.of(),
        HostMain.class.getName(),
        args.toArray(String[]::new));
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return true;
    } catch (IOException notYet) {
      return false;
    }
  }
}
