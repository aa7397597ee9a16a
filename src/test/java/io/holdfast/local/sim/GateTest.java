package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.management.exception.ManagementException;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Azure Resource Manager itself checks: groups, locks, permissions, throttling. */
class GateTest {
  private static final String GROUP = "/subscriptions/" + Bench.SUB + "/resourceGroups/rg1";
  private static final String LOCKS = "/providers/Microsoft.Authorization/locks";
  private static final String PERMISSIONS = "/providers/Microsoft.Authorization/permissions";
  private static final String V = "?api-version=2022-04-01";

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

  private int status(String method, String path, String body) {
    return bench.call(method, path, body).statusCode();
  }

  @Test
  void aNicThatWasNeverPutIsMadeUpFromItsIdAndOneThatWasPutIsKept() {
    String id = GROUP + "/providers/Microsoft.Network/networkInterfaces/nic1";
    JsonNode nic = bench.json("GET", id + V, "");
    assertThat(nic.at("/properties/ipConfigurations/0/properties/subnet/id").asText())
        .isEqualTo(
            GROUP + "/providers/Microsoft.Network/virtualNetworks/nic1-vnet/subnets/default");
    assertThat(nic.at("/properties/networkSecurityGroup/id").asText())
        .isEqualTo(GROUP + "/providers/Microsoft.Network/networkSecurityGroups/nic1-nsg");
    String body =
        "{\"location\":\"westeurope\",\"properties\":{\"ipConfigurations\":[{\"name\":\"a\","
            + "\"properties\":{\"subnet\":{\"id\":\"/subnet\"}}}]}}";
    assertThat(status("PUT", id + V, body)).isEqualTo(201);
    assertThat(status("PUT", id + V, body)).isEqualTo(200);
    bench.restart();
    nic = bench.json("GET", id + V, "");
    assertThat(nic.at("/properties/ipConfigurations/0/properties/subnet/id").asText())
        .isEqualTo("/subnet");
    assertThat(nic.at("/properties/networkSecurityGroup").isMissingNode()).isTrue();
    assertThat(status("PUT", id + V, "{\"location\":\"x\"}")).isEqualTo(400);
    assertThat(status("DELETE", id + V, "")).isEqualTo(200);
    assertThat(status("DELETE", id + V, "")).isEqualTo(204);
    assertThat(status("GET", id + V, "")).isEqualTo(404);
  }

  @Test
  void aGroupExistsUntilItIsDeclaredMissingAndAgainAfterAPut() {
    assertThat(status("HEAD", GROUP + V, "")).isEqualTo(204);
    assertThat(bench.json("GET", GROUP + V, "").at("/properties/provisioningState").asText())
        .isEqualTo("Succeeded");
    bench.call("PUT", "/_sim/resourceGroups/RG1", "{\"exists\":false}");
    bench.restart();
    assertThat(status("HEAD", GROUP + V, "")).isEqualTo(404);
    HttpResponse<String> answer = bench.call("GET", Bench.id("disks/d0") + V, "");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("ResourceGroupNotFound", "'rg1' could not be found");
    assertThat(status("PUT", GROUP + V, "{\"location\":\"northeurope\"}")).isEqualTo(201);
    assertThat(bench.json("GET", GROUP + V, "").path("location").asText()).isEqualTo("northeurope");
    bench.disk("d0", Bench.MIB);
  }

  @Test
  void aLockRefusesDeletesAndAReadOnlyOneEveryChange() {
    bench.disk("d0", Bench.MIB);
    String lock = GROUP + LOCKS + "/keep" + V;
    assertThat(status("PUT", lock, "{\"properties\":{\"level\":\"CanNotDelete\"}}")).isEqualTo(201);
    bench.snapshot("s0", "d0");
    assertThatThrownBy(() -> bench.compute.getSnapshots().delete(Bench.RG, "s0"))
        .isInstanceOf(ManagementException.class)
        .hasMessageContaining("ScopeLocked")
        .hasMessageContaining("cannot perform delete operation")
        .hasMessageContaining("'" + GROUP + "'");
    bench.restart();
    assertThat(status("PUT", lock, "{\"properties\":{\"level\":\"ReadOnly\"}}")).isEqualTo(200);
    assertThatThrownBy(() -> bench.snapshot("s1", "d0")).hasMessageContaining("ScopeLocked");
    assertThatThrownBy(() -> bench.grantSnapshot("s0"))
        .hasMessageContaining("cannot perform write operation");
    assertThat(bench.getDisk("d0").name()).isEqualTo("d0");
    assertThat(status("DELETE", lock, "")).isEqualTo(200);
    assertThat(status("DELETE", lock, "")).isEqualTo(204);
    bench.compute.getSnapshots().delete(Bench.RG, "s0");
  }

  @Test
  void locksOfAResourceAreListedThereAndInTheGroupUnlessOnlyItsScopeIsAsked() {
    bench.disk("d0", Bench.MIB);
    String disk = Bench.id("disks/d0");
    bench.call("PUT", disk + LOCKS + "/own" + V, "{\"properties\":{\"level\":\"CanNotDelete\"}}");
    bench.call("PUT", GROUP + LOCKS + "/all" + V, "{\"properties\":{\"level\":\"CanNotDelete\"}}");
    assertThat(bench.json("GET", disk + LOCKS + V, "").at("/value").findValuesAsText("name"))
        .containsExactlyInAnyOrder("own", "all");
    String doubled = disk.replace("Microsoft.Compute/", "Microsoft.Compute//");
    assertThat(bench.json("GET", doubled + LOCKS + V, "").at("/value")).hasSize(2);
    assertThat(bench.json("GET", GROUP + LOCKS + V, "").at("/value")).hasSize(2);
    String atScope = GROUP + LOCKS + V + "&$filter=atScope()";
    assertThat(bench.json("GET", atScope, "").at("/value").findValuesAsText("name"))
        .containsExactly("all");
    bench.call("DELETE", GROUP + LOCKS + "/all" + V, "");
    assertThatThrownBy(() -> bench.compute.getDisks().delete(Bench.RG, "d0"))
        .hasMessageContaining("'" + disk + "'");
  }

  @Test
  void whatNoRuleGrantsIsRefusedInAzuresWords() {
    bench.disk("d0", Bench.MIB);
    assertThat(bench.json("GET", GROUP + PERMISSIONS + V, "").at("/value/0/actions/0").asText())
        .isEqualTo("*");
    bench.call(
        "PUT",
        "/_sim/permissions",
        """
        [{"scope":"/subscriptions/%1$s","actions":["*/read"]},
         {"scope":"%2$s","actions":["Microsoft.Compute/snapshots/*"],
          "notActions":["Microsoft.Compute/snapshots/delete"]}]"""
            .formatted(Bench.SUB, GROUP));
    bench.restart();
    assertThat(bench.getDisk("d0").name()).isEqualTo("d0");
    String listed =
        bench.json("GET", Bench.id("disks/d0") + PERMISSIONS + V, "").at("/value").toString();
    assertThat(listed).contains("*/read", "Microsoft.Compute/snapshots/delete");
    assertThatThrownBy(() -> bench.compute.getSnapshots().delete(Bench.RG, "s0"))
        .hasMessageContaining("AuthorizationFailed")
        .hasMessageContaining(
            "does not have authorization to perform action 'Microsoft.Compute/snapshots/delete' over scope '"
                + Bench.id("snapshots/s0")
                + "'");
    assertThatThrownBy(() -> bench.snapshot("s0", "d0"))
        .hasMessageContaining("LinkedAuthorizationFailed")
        .hasMessageContaining("'Microsoft.Compute/disks/beginGetAccess/action'")
        .hasMessageContaining(Bench.id("disks/d0"));
    bench.call("DELETE", "/_sim/permissions", "");
    bench.snapshot("s0", "d0");
  }

  @Test
  void aDiskThatNamesAnEncryptionSetNeedsAReadOfTheSet() {
    String set = Bench.id("diskEncryptionSets/des1");
    String body =
        """
        {"location":"x","properties":{"creationData":{"createOption":"Empty"},
        "diskSizeBytes":1048576,"encryption":{"type":"EncryptionAtRestWithCustomerKey",
        "diskEncryptionSetId":"%s"}}}"""
            .formatted(set);
    String rules =
        "[{\"scope\":\"/\",\"actions\":[\"*\"],\"notActions\":[\"%s\"]}]"
            .formatted("Microsoft.Compute/diskEncryptionSets/read");
    bench.call("PUT", "/_sim/permissions", rules);
    HttpResponse<String> refused = bench.call("PUT", Bench.id("disks/d0") + V, body);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("LinkedAuthorizationFailed", set);
    bench.call("DELETE", "/_sim/permissions", "");
    assertThat(status("PUT", Bench.id("disks/d0") + V, body)).isEqualTo(202);
    bench.call("PUT", "/_sim/permissions", rules);
    assertThatThrownBy(() -> bench.snapshot("s0", "d0")).hasMessageContaining(set);
  }

  @Test
  void bucketsRefuseWithRetryAfterAndFillByTheSimulatorsClock() {
    bench.disk("d0", Bench.MIB);
    bench.call("PUT", "/_sim/limits", "{\"readsPerMinute\":2}");
    String disk = Bench.id("disks/d0") + V;
    assertThat(status("GET", disk, "")).isEqualTo(200);
    assertThat(status("GET", disk, "")).isEqualTo(200);
    HttpResponse<String> refused = bench.call("GET", disk, "");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("SubscriptionRequestsThrottled");
    assertThat(refused.headers().firstValue("Retry-After")).contains("30");
    assertThat(status("GET", disk.replace(Bench.SUB, "other"), "")).isEqualTo(404);
    bench.disk("d1", Bench.MIB);
    bench.advance("PT30S");
    assertThat(status("GET", disk, "")).isEqualTo(200);
    assertThat(status("PUT", "/_sim/limits", "{\"perDay\":2}")).isEqualTo(400);
    bench.call("DELETE", "/_sim/limits", "");
    assertThat(status("GET", disk, "")).isEqualTo(200);
  }

  @Test
  void anOperationWithASetDurationIsUnderWayUntilTheClockGetsThere() {
    bench.call("PUT", "/_sim/durations", "{\"Snapshots_CreateOrUpdate\":\"PT4M\"}");
    bench.disk("d0", Bench.MIB);
    String body =
        "{\"location\":\"x\",\"properties\":{\"incremental\":true,\"creationData\":"
            + "{\"createOption\":\"Copy\",\"sourceResourceId\":\""
            + Bench.id("disks/d0")
            + "\"}}}";
    bench.call("PUT", Bench.id("snapshots/s0") + V, body);
    for (int look = 0; look < 5; look++) {
      assertThat(state("s0")).isEqualTo("Creating");
    }
    bench.advance("PT3M");
    bench.restart();
    assertThat(state("s0")).isEqualTo("Creating");
    bench.advance("PT61S");
    assertThat(state("s0")).isEqualTo("Succeeded");
    assertThat(status("PUT", "/_sim/durations", "{\"X\":\"4 minutes\"}")).isEqualTo(400);
  }

  private String state(String snapshot) {
    return bench
        .json("GET", Bench.id("snapshots/" + snapshot) + V, "")
        .at("/properties/provisioningState")
        .asText();
  }

  @Test
  void aRulePerPathMakesEachDeletionTakeTwoTries() {
    bench.disk("d0", Bench.MIB);
    bench.snapshot("s0", "d0");
    bench.snapshot("s1", "d0");
    bench.faults(
        """
        [{"match":{"operation":"Snapshots_Delete"},"perPath":true,
          "action":{"failOperation":{"code":"InternalExecutionError","message":"again"}}}]""");
    for (String name : new String[] {"s0", "s1"}) {
      assertThatThrownBy(() -> bench.compute.getSnapshots().delete(Bench.RG, name))
          .isInstanceOf(ManagementException.class);
      bench.compute.getSnapshots().delete(Bench.RG, name);
    }
    assertThat(bench.json("GET", "/_sim/leftovers", "").path("snapshots")).isEmpty();
  }

  @Test
  void aMovedVmKeepsItsVmIdAndLeavesItsCollectionBehind() {
    bench.disk("os", Bench.MIB);
    String vmId = bench.vm("vm1", OperatingSystemTypes.LINUX, "os").vmId();
    bench.collection("c1", "vm1");
    String to = Bench.id("virtualMachines/vm2").replace("/rg1/", "/rg2/");
    String moved =
        """
        {"vm":"%s","to":"%s","disks":true}"""
            .formatted(Bench.id("virtualMachines/vm1"), to);
    assertThat(status("POST", "/_sim/move", moved)).isEqualTo(200);
    bench.restart();
    assertThat(status("GET", Bench.id("virtualMachines/vm1") + V, "")).isEqualTo(404);
    JsonNode vm = bench.json("GET", to + V, "");
    assertThat(vm.at("/properties/vmId").asText()).isEqualTo(vmId);
    String disk = vm.at("/properties/storageProfile/osDisk/managedDisk/id").asText();
    assertThat(disk).isEqualTo(Bench.id("disks/os").replace("/rg1/", "/rg2/"));
    assertThat(bench.json("GET", disk + V, "").path("managedBy").asText()).isEqualTo(to);
    assertThatThrownBy(() -> bench.point("c1", "p1")).hasMessageContaining("ResourceNotFound");
    assertThat(
            status(
                "PUT",
                Bench.id("restorePointCollections/c1") + V,
                "{\"location\":\"x\",\"properties\":{\"source\":{\"id\":\"" + to + "\"}}}"))
        .isEqualTo(409);
    assertThat(status("POST", to + "/redeploy" + V, "")).isEqualTo(202);
    assertThat(bench.json("GET", to + V, "").at("/properties/vmId").asText()).isEqualTo(vmId);
  }
}
