package io.holdfast.local.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChildrenTest {
  private final StackConfig config =
      StackConfig.of(Path.of("data"), new StackConfig.Ports(1, 2, 3, 4, 5));

  @Test
  void theAppsOwnFlagsComeAfterTheWorkersSoThatTheyWin() {
    assertThat(
            WorkerFlags.of(
                Map.of(
                    "JAVA_OPTS", "-XX:TieredStopAtLevel=4",
                    "languageWorkers__java__arguments", " -XX:MaxRAMPercentage=50  -Da=b ")))
        .containsExactly(
            "-XX:MaxRAM=2g",
            "-XX:+TieredCompilation",
            "-XX:TieredStopAtLevel=1",
            "-Djava.net.preferIPv4Stack=true",
            "-XX:TieredStopAtLevel=4",
            "-XX:MaxRAMPercentage=50",
            "-Da=b");
  }

  @Test
  void holdfastVariablesWinOverLocalSettingsButNotOverTheStacksOwnAddresses() {
    Map<String, String> environment =
        new Children(
                config,
                Map.of("HOLDFAST_ZONE", "UTC", "OTHER", "kept", "HOLDFAST_VAULT", "old"),
                Map.of(
                    "HOLDFAST_ZONE", "Europe/Berlin",
                    "HOLDFAST_AUTH", "azure",
                    "OTHER", "not mine"))
            .hostEnvironment();
    assertThat(environment)
        .containsEntry("HOLDFAST_ZONE", "Europe/Berlin")
        .containsEntry("OTHER", "kept")
        .containsEntry("HOLDFAST_AUTH", "local")
        .containsEntry("HOLDFAST_VAULT", "http://127.0.0.1:3/devstoreaccount1/holdfast")
        .containsEntry("HOLDFAST_ARM_ENDPOINT", "http://127.0.0.1:2");
    assertThat(environment.get("AzureWebJobsStorage"))
        .contains("QueueEndpoint=http://127.0.0.1:4/devstoreaccount1;");
  }
}
