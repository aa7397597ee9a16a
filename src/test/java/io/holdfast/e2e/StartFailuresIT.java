package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.testing.Azurite;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts that cannot succeed say what is missing, and leave nothing running. */
class StartFailuresIT {
  @TempDir Path dir;

  private Programs.Ended serve(String httpPort, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<String> command = Programs.java("-XX:TieredStopAtLevel=1", "-jar");
    command.add(Programs.target().resolve("holdfast-local.jar").toString());
    command.addAll(List.of("serve", "--data", dir.resolve("data").toString()));
    command.addAll(List.of("--http-port", httpPort, "--arm-port", "" + Azurite.freePort()));
    command.addAll(List.of("--blob-port", "" + Azurite.freePort()));
    command.addAll(List.of("--queue-port", "" + Azurite.freePort()));
    command.addAll(List.of("--table-port", "" + Azurite.freePort()));
    return Programs.run(command, environment);
  }

  @Test
  void aPortThatIsTakenIsNamedWithTheOptionThatChangesIt() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Programs.Ended ended = serve("" + taken.getLocalPort(), Map.of());
      assertThat(ended.exit()).isNotZero();
      assertThat(ended.stdout()).isEmpty();
      assertThat(ended.stderr())
          .contains("Port %d".formatted(taken.getLocalPort()), "taken", "--http-port");
    }
    assertThat(dir.resolve("data/logs")).doesNotExist();
  }

  @Test
  void nodeThatIsMissingIsNamedWithWhatToInstall() throws Exception {
    Programs.Ended ended = serve("" + Azurite.freePort(), Map.of("PATH", dir.toString()));
    assertThat(ended.exit()).isNotZero();
    assertThat(ended.stdout()).isEmpty();
    assertThat(ended.stderr()).contains("Node.js was not found", "install Node.js 20");
    assertThat(dir.resolve("data/logs")).doesNotExist();
  }

  @Test
  void missingSettingsAreToldInOneMessageWithEveryFault() throws Exception {
    List<String> command =
        Programs.java(
            "-cp",
            Programs.target().resolve("holdfast-local.jar").toString(),
            "io.holdfast.local.host.HostMain");
    command.addAll(
        List.of("--app", Programs.target().resolve("azure-functions/holdfast").toString()));
    command.addAll(List.of("--data", dir.resolve("host-data").toString()));
    command.addAll(List.of("--http-port", "" + Azurite.freePort()));
    Map<String, String> environment = new HashMap<>();
    environment.put("AzureWebJobsStorage", Azurite.shared().connectionString());
    environment.put("HOLDFAST_ZONE", "Mars/Base");
    environment.put("HOLDFAST_VAULT", "");
    environment.put("HOLDFAST_SNAPSHOT_RESOURCE_GROUP", "");
    Programs.Ended ended = Programs.run(command, environment);
    assertThat(ended.exit()).isNotZero();
    assertThat(ended.stderr())
        .containsOnlyOnce("Holdfast cannot start; mend these app settings:")
        .contains("HOLDFAST_VAULT is missing")
        .contains("HOLDFAST_SNAPSHOT_RESOURCE_GROUP is missing")
        .contains("HOLDFAST_ZONE is \"Mars/Base\"")
        .doesNotContain("AccountKey=");
    assertThat(Files.readString(dir.resolve("host-data/host/start-failure.txt")))
        .contains("HOLDFAST_VAULT is missing");
  }
}
