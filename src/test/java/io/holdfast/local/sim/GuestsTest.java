package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.management.exception.ManagementException;
import com.azure.resourcemanager.compute.fluent.models.RestorePointInner;
import com.azure.resourcemanager.compute.models.ConsistencyModeTypes;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The inside of a VM: agent, VSS, freeze, scripts, extensions. */
class GuestsTest {
  private static final String V = "?api-version=2025-04-01";
  @TempDir Path data;
  private Bench bench;

  @BeforeEach
  void start() {
    bench = new Bench(data);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  private void vm(OperatingSystemTypes os) {
    bench.disk("os", Bench.MIB);
    bench.vm("vm1", os, "os");
    bench.collection("c1", "vm1");
  }

  private void guest(String settings) {
    assertThat(bench.call("PUT", "/_sim/guests/VM1", settings).statusCode()).isEqualTo(200);
  }

  private ConsistencyModeTypes mode(String point) {
    bench.advance("PT1H");
    return bench.point("c1", point).consistencyMode();
  }

  private JsonNode view() {
    return bench.json("GET", Bench.id("virtualMachines/vm1/instanceView") + V, "");
  }

  private void refused(String point, String code) {
    bench.advance("PT1H");
    assertThatThrownBy(() -> bench.point("c1", point))
        .isInstanceOfSatisfying(
            ManagementException.class,
            e ->
                assertThat(e.getValue().getCode() + ": " + e.getValue().getMessage())
                    .contains(code));
    JsonNode left =
        bench.json("GET", Bench.id("restorePointCollections/c1/restorePoints/" + point) + V, "");
    assertThat(left.at("/properties/provisioningState").asText()).isEqualTo("Failed");
  }

  @Test
  void aVssDowngradeIsSilentAndLastsThreeAttemptsAfterTheGuestIsMended() {
    vm(OperatingSystemTypes.WINDOWS);
    assertThat(mode("p0")).isEqualTo(ConsistencyModeTypes.APPLICATION_CONSISTENT);
    guest("{\"vss\":\"writerFailed\"}");
    assertThat(mode("p1")).isEqualTo(ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT);
    guest("{\"vss\":\"ok\"}");
    bench.restart();
    for (String point : new String[] {"p2", "p3", "p4"}) {
      assertThat(mode(point)).isEqualTo(ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT);
    }
    assertThat(mode("p5")).isEqualTo(ConsistencyModeTypes.APPLICATION_CONSISTENT);
  }

  @Test
  void anAgentThatIsNotReadyFailsThePointAndShowsInTheInstanceView() {
    vm(OperatingSystemTypes.WINDOWS);
    guest("{\"agent\":\"unresponsive\"}");
    refused("p1", "VMAgentStatusCommunicationError");
    assertThat(view().at("/vmAgent/statuses/0/displayStatus").asText()).isEqualTo("Not Ready");
    bench.advance("PT1H");
    RestorePointInner crash =
        bench
            .compute
            .getRestorePoints()
            .create(
                Bench.RG,
                "c1",
                "p2",
                new RestorePointInner().withConsistencyMode(ConsistencyModeTypes.CRASH_CONSISTENT));
    assertThat(crash.provisioningState()).isEqualTo("Succeeded");
    guest("{\"agent\":\"ready\"}");
    assertThat(mode("p3")).isEqualTo(ConsistencyModeTypes.APPLICATION_CONSISTENT);
  }

  @Test
  void theFirstPointInstallsTheExtensionOfTheSystem() {
    vm(OperatingSystemTypes.LINUX);
    assertThat(view().path("extensions")).isEmpty();
    assertThat(mode("p1")).isEqualTo(ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT);
    assertThat(view().at("/extensions/0/type").asText())
        .isEqualTo("Microsoft.Azure.RecoveryServices.VMSnapshotLinux");
    assertThat(view().at("/extensions/0/statuses/0/code").asText())
        .isEqualTo("ProvisioningState/succeeded");
    assertThat(mode("p2")).isEqualTo(ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT);
    assertThat(view().path("extensions")).hasSize(1);
  }

  @Test
  void anExtensionThatFailsIsStuckOrForbiddenFailsThePoint() {
    vm(OperatingSystemTypes.WINDOWS);
    guest("{\"extension\":{\"install\":\"forbidden\"}}");
    refused("p1", "installation is not allowed");
    assertThat(view().path("extensions")).isEmpty();
    guest("{\"extension\":{\"install\":\"stuck\"}}");
    refused("p2", "in provisioning state Creating");
    guest("{\"extension\":{\"install\":\"failed\",\"message\":\"no VC++ runtime\"}}");
    refused("p3", "no VC++ runtime");
    assertThat(view().at("/extensions/0/statuses/0").toString())
        .contains("ProvisioningState/failed", "no VC++ runtime");
    assertThat(view().at("/vmAgent/extensionHandlers/0/status/displayStatus").asText())
        .isEqualTo("NotReady");
    guest("{\"extension\":{\"install\":\"ok\"}}");
    assertThat(mode("p4")).isEqualTo(ConsistencyModeTypes.APPLICATION_CONSISTENT);
  }

  private String put(String extension) {
    bench.call(
        "PUT",
        Bench.id("virtualMachines/vm1/extensions/" + extension) + V,
        "{\"location\":\"x\",\"properties\":{\"publisher\":\"P\",\"type\":\"T\"}}");
    return state(extension);
  }

  private String state(String extension) {
    return bench
        .json("GET", Bench.id("virtualMachines/vm1/extensions/" + extension) + V, "")
        .at("/properties/provisioningState")
        .asText();
  }

  @Test
  void anExtensionThatIsPutTakesItsTimeIsStuckOrFails() {
    vm(OperatingSystemTypes.WINDOWS);
    guest("{\"extension\":{\"install\":\"stuck\"}}");
    assertThat(put("other")).isEqualTo("Creating");
    bench.advance("PT12H");
    assertThat(state("other")).isEqualTo("Creating");
    refused("p0", "'other'");
    guest("{\"extension\":{\"install\":\"ok\",\"duration\":\"PT2M\"}}");
    bench.advance("PT1S");
    assertThat(state("other")).isEqualTo("Succeeded");
    assertThat(put("slow")).isEqualTo("Creating");
    assertThat(state("slow")).isEqualTo("Creating");
    bench.advance("PT2M");
    assertThat(state("slow")).isEqualTo("Succeeded");
    guest(
        "{\"extension\":{\"install\":\"failed\",\"message\":\"no space\",\"duration\":\"PT0S\"}}");
    assertThat(put("bad")).isEqualTo("Creating");
    assertThat(state("bad")).isEqualTo("Failed");
    assertThat(view().path("extensions").toString()).contains("no space");
  }

  @Test
  void aFreezeThatFailsEndsThePointWithTheGuestsCode() {
    vm(OperatingSystemTypes.LINUX);
    guest("{\"freeze\":{\"code\":\"UserErrorFsFreezeFailed\",\"message\":\"/data is busy\"}}");
    refused("p1", "UserErrorFsFreezeFailed");
    assertThat(view().at("/extensions/0/substatuses/0/message").asText()).contains("/data is busy");
    assertThat(bench.json("GET", "/_sim/leftovers", "").path("restorePoints")).hasSize(1);
    bench.compute.getRestorePoints().delete(Bench.RG, "c1", "p1");
    guest("{\"freeze\":{\"code\":\"\"}}");
    assertThat(mode("p2")).isEqualTo(ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT);
    assertThat(view().at("/extensions/0").has("substatuses")).isFalse();
  }

  @Test
  void scriptsOfALinuxGuestDecideTheModeAndShowByName() {
    vm(OperatingSystemTypes.LINUX);
    guest("{\"scripts\":{\"outcome\":\"ok\"}}");
    assertThat(mode("p1")).isEqualTo(ConsistencyModeTypes.APPLICATION_CONSISTENT);
    guest("{\"scripts\":{\"outcome\":\"Pre-ScriptExecutionFailed\",\"message\":\"exit code 3\"}}");
    assertThat(mode("p2")).isEqualTo(ConsistencyModeTypes.FILE_SYSTEM_CONSISTENT);
    assertThat(view().at("/extensions/0/substatuses/0/code").asText())
        .isEqualTo("ComponentStatus/Pre-ScriptExecutionFailed/failed");
    guest("{\"scripts\":{\"continueBackupOnFailure\":false}}");
    refused("p3", "Pre-ScriptExecutionFailed");
  }

  @Test
  void settingsMergeAndUnknownOnesAreRefused() {
    guest("{\"vss\":\"writerFailed\"}");
    guest("{\"extension\":{\"message\":\"x\"}}");
    JsonNode shown = bench.json("GET", "/_sim/guests/vm1", "");
    assertThat(shown.path("vss").asText()).isEqualTo("writerFailed");
    assertThat(shown.at("/extension/message").asText()).isEqualTo("x");
    assertThat(shown.path("agent").asText()).isEqualTo("ready");
    for (String bad :
        new String[] {"{\"vs\":\"ok\"}", "{\"vss\":\"bad\"}", "{\"extension\":\"ok\"}"}) {
      assertThat(bench.call("PUT", "/_sim/guests/vm1", bad).statusCode()).isEqualTo(400);
    }
  }
}
