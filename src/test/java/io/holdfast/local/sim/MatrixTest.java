package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.storage.blob.models.PageRange;
import com.azure.storage.blob.specialized.PageBlobClient;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which VMs and disks the platform serves, and how: the support matrix of restore points. */
class MatrixTest {
  private static final String V = "?api-version=2025-04-01";
  private static final String GRANT = "{\"access\":\"Read\",\"durationInSeconds\":3600}";
  private static final String SECURE =
      "{\"access\":\"Read\",\"durationInSeconds\":3600,\"getSecureVMGuestStateSAS\":true}";
  private static final ObjectMapper MAPPER = new ObjectMapper();

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

  private HttpResponse<String> disk(String name, String sku, String properties) {
    return bench.call(
        "PUT",
        Bench.id("disks/" + name) + V,
        """
        {"location":"westeurope","sku":{"name":"%s"},"properties":{%s
        "creationData":{"createOption":"Empty"},"diskSizeBytes":1048576}}"""
            .formatted(sku, properties));
  }

  private void vm(String properties, String osDisk, String data) {
    HttpResponse<String> answer =
        bench.call(
            "PUT",
            Bench.id("virtualMachines/vm1") + V,
            """
            {"location":"westeurope","properties":{%s"storageProfile":{"osDisk":{"osType":"Linux",
            "createOption":"Attach",%s},"dataDisks":[%s]}}}"""
                .formatted(properties, osDisk, data));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    assertThat(
            bench
                .call(
                    "PUT",
                    Bench.id("restorePointCollections/c1") + V,
                    "{\"location\":\"westeurope\",\"properties\":{\"source\":{\"id\":\"%s\"}}}"
                        .formatted(Bench.id("virtualMachines/vm1")))
                .statusCode())
        .isEqualTo(201);
  }

  private static String managed(String disk) {
    return "\"managedDisk\":{\"id\":\"" + Bench.id("disks/" + disk) + "\"}";
  }

  private static String point(String name) {
    return Bench.id("restorePointCollections/c1/restorePoints/" + name);
  }

  private HttpResponse<String> take(String name, boolean crash) {
    String mode = crash ? "\"consistencyMode\":\"CrashConsistent\"" : "";
    HttpResponse<String> answer =
        bench.call("PUT", point(name) + V, "{\"properties\":{" + mode + "}}");
    get(point(name)); // two looks end it
    get(point(name));
    return answer;
  }

  private JsonNode get(String id) {
    return bench.json("GET", id + V, "");
  }

  /** The result of an action that is long-running, or what it was refused with. */
  private JsonNode act(String id, String action, String body) throws Exception {
    HttpResponse<String> answer = bench.call("POST", id + "/" + action + V, body);
    if (answer.statusCode() != 202) {
      return MAPPER.readTree(answer.body());
    }
    String url = answer.headers().firstValue("Azure-AsyncOperation").orElseThrow();
    bench.call("GET", url, "");
    return MAPPER.readTree(bench.call("GET", url, "").body());
  }

  private HttpResponse<String> snapshot(String name, String disk, String properties) {
    return bench.call(
        "PUT",
        Bench.id("snapshots/" + name) + V,
        """
        {"location":"x","properties":{%s"incremental":true,"creationData":{"createOption":"Copy",
        "sourceResourceId":"%s"}}}"""
            .formatted(properties, Bench.id("disks/" + disk)));
  }

  private JsonNode snapshotState(String name) {
    get(Bench.id("snapshots/" + name));
    return get(Bench.id("snapshots/" + name)).get("properties");
  }

  @ParameterizedTest
  @CsvSource({
    "Standard_D2_v3, false",
    "Standard_D2s_v3, true",
    "Standard_DS2_v2, true",
    "Standard_GS1, true",
    "Standard_A4_v2, false",
    "Standard_F4, false",
    "Standard_E16-4as_v4, true",
    "Standard_B1ls, true",
    "Basic_A1, false",
    "'', true"
  })
  void crashConsistentPointsNeedASizeThatTakesPremiumStorage(String size, boolean capable) {
    assertThat(Sizes.isPremiumCapable(size)).isEqualTo(capable);
  }

  @Test
  void aVmOfAnOldSizeHasApplicationConsistentPointsOnly() {
    disk("os", "Standard_LRS", "");
    vm("\"hardwareProfile\":{\"vmSize\":\"Standard_D2_v3\"},", managed("os"), "");
    assertThat(take("p1", true).body()).contains("OperationNotAllowed", "Standard_D2_v3");
    assertThat(take("p2", false).statusCode()).isEqualTo(201);
  }

  @Test
  void unmanagedDisksAndConfidentialVmsHaveNoRestorePoints() {
    vm("", "\"name\":\"os\",\"vhd\":{\"uri\":\"https://a.blob.core.windows.net/vhds/os.vhd\"}", "");
    for (boolean crash : new boolean[] {true, false}) {
      assertThat(take("p1", crash).body()).contains("OperationNotAllowed", "unmanaged disks");
    }
    bench.call("DELETE", Bench.id("virtualMachines/vm1") + V, "");
    get(Bench.id("virtualMachines/vm1"));
    bench.advance("PT1M");
    bench.call("GET", "/_sim/leftovers", "");
    bench.call("DELETE", Bench.id("restorePointCollections/c1") + V, "");
    bench.advance("PT1M");
    disk("os", "Standard_LRS", "");
    vm("\"securityProfile\":{\"securityType\":\"ConfidentialVM\"},", managed("os"), "");
    for (boolean crash : new boolean[] {true, false}) {
      assertThat(take("p1", crash).body()).contains("OperationNotAllowed", "Confidential VM");
    }
  }

  @Test
  void aCopyOfAnUltraDiskGrowsWithTheClockAndIsUsedOnlyWhenItIsWhole() throws Exception {
    bench.call("PUT", "/_sim/durations", "{\"BackgroundCopy\":\"PT10M\"}");
    disk("u0", "UltraSSD_LRS", "");
    snapshot("s0", "u0", "");
    bench.advance("PT4M");
    bench.restart();
    JsonNode state = snapshotState("s0");
    assertThat(state.path("provisioningState").asText()).isEqualTo("Succeeded");
    assertThat(state.path("completionPercent").asInt()).isBetween(40, 49);
    assertThat(state.path("snapshotAccessState").asText()).isEqualTo("Pending");
    assertThat(act(Bench.id("snapshots/s0"), "beginGetAccess", GRANT).toString())
        .contains("OperationNotAllowed", "completionPercent");
    String copy =
        "{\"location\":\"x\",\"properties\":{\"creationData\":{\"createOption\":\"Copy\","
            + "\"sourceResourceId\":\""
            + Bench.id("snapshots/s0")
            + "\"}}}";
    assertThat(bench.call("PUT", Bench.id("disks/new") + V, copy).statusCode()).isEqualTo(409);
    snapshot("s1", "u0", "");
    snapshot("s2", "u0", "");
    assertThat(snapshot("s3", "u0", "").body()).contains("has 3 snapshots");
    bench.advance("PT6M");
    assertThat(snapshotState("s0").path("completionPercent").asInt()).isEqualTo(100);
    assertThat(act(Bench.id("snapshots/s0"), "beginGetAccess", GRANT).toString())
        .contains("accessSAS");
    assertThat(bench.call("PUT", Bench.id("disks/new") + V, copy).statusCode()).isEqualTo(202);
    assertThat(snapshot("s4", "u0", "\"x\":1,").statusCode()).isEqualTo(202);
    disk("d0", "Premium_LRS", "");
    snapshot("s5", "d0", "");
    assertThat(snapshotState("s5").path("completionPercent").asInt()).isEqualTo(100);
  }

  @Test
  void aPremiumV2DiskHasNoFullSnapshotsAndNoCrashConsistentPoints() throws Exception {
    disk("os", "Premium_LRS", "");
    disk("v2", "PremiumV2_LRS", "");
    HttpResponse<String> full =
        bench.call(
            "PUT",
            Bench.id("snapshots/s0") + V,
            "{\"location\":\"x\",\"properties\":{\"creationData\":{\"createOption\":\"Copy\","
                + "\"sourceResourceId\":\""
                + Bench.id("disks/v2")
                + "\"}}}");
    assertThat(full.body()).contains("OperationNotAllowed", "must be incremental");
    vm("", managed("os"), "{\"lun\":0,\"createOption\":\"Attach\"," + managed("v2") + "}");
    assertThat(take("p1", true).body()).contains("excludeDisks");
    assertThat(take("p2", false).statusCode()).isEqualTo(201);
    String drp = pointOf("p2", "/dataDisks/0");
    assertThat(get(drp).at("/properties/completionPercent").asInt()).isLessThan(100);
    assertThat(act(drp, "beginGetAccess", GRANT).toString()).contains("completionPercent");
    bench.advance("PT2M");
    assertThat(act(drp, "beginGetAccess", GRANT).toString()).contains("accessSAS");
  }

  private String pointOf(String name, String disk) {
    return get(point(name))
        .at("/properties/sourceMetadata/storageProfile" + disk + "/diskRestorePoint/id")
        .asText();
  }

  @Test
  void restorePointsInheritTheNetworkPolicyOfADiskAndSnapshotsHaveTheirOwn() throws Exception {
    disk("os", "Premium_LRS", "\"networkAccessPolicy\":\"DenyAll\",");
    vm("", managed("os"), "");
    take("p1", true);
    assertThat(act(pointOf("p1", "/osDisk"), "beginGetAccess", GRANT).toString())
        .contains("OperationNotAllowed", "DenyAll");
    snapshot("s0", "os", "");
    snapshotState("s0");
    assertThat(act(Bench.id("snapshots/s0"), "beginGetAccess", GRANT).toString())
        .contains("accessSAS");
    snapshot("s1", "os", "\"networkAccessPolicy\":\"AllowPrivate\",");
    snapshotState("s1");
    assertThat(act(Bench.id("snapshots/s1"), "beginGetAccess", GRANT).toString())
        .contains("AllowPrivate");
    snapshot(
        "s2", "os", "\"networkAccessPolicy\":\"AllowPrivate\",\"diskAccessId\":\"/some/access\",");
    snapshotState("s2");
    assertThat(act(Bench.id("snapshots/s2"), "beginGetAccess", GRANT).toString())
        .contains("accessSAS");
  }

  @Test
  void aDiskOfEntraModeIsReadWithATokenOnly() throws Exception {
    disk("os", "Premium_LRS", "\"dataAccessAuthMode\":\"AzureActiveDirectory\",");
    vm("", managed("os"), "");
    take("p1", true);
    String url =
        act(pointOf("p1", "/osDisk"), "beginGetAccess", GRANT)
            .at("/properties/output/accessSAS")
            .asText();
    HttpResponse<String> refused = bench.call("GET", url, "", "x-ms-range", "bytes=0-511");
    assertThat(refused.statusCode()).isEqualTo(403);
    bench.restart();
    assertThat(
            bench
                .call("GET", url, "", "x-ms-range", "bytes=0-511", "Authorization", "Bearer t")
                .statusCode())
        .isEqualTo(206);
  }

  @Test
  void aBrokenEncryptionSetFailsThePointAndTheSnapshot() {
    String set = Bench.id("diskEncryptionSets/des1");
    disk(
        "os",
        "Premium_LRS",
        """
        "encryption":{"type":"EncryptionAtRestWithCustomerKey","diskEncryptionSetId":"%s"},"""
            .formatted(set));
    vm("", managed("os"), "");
    bench.call("PUT", "/_sim/diskEncryptionSets/des1", "{\"broken\":true}");
    bench.restart();
    HttpResponse<String> begun = bench.call("PUT", point("p1") + V, "{\"properties\":{}}");
    String url = begun.headers().firstValue("Azure-AsyncOperation").orElseThrow();
    bench.call("GET", url, "");
    assertThat(bench.call("GET", url, "").body()).contains("DiskRestorePointClientError", "des1");
    assertThat(get(point("p1")).at("/properties/provisioningState").asText()).isEqualTo("Failed");
    snapshot("s0", "os", "");
    assertThat(snapshotState("s0").path("provisioningState").asText()).isEqualTo("Failed");
    bench.call("PUT", "/_sim/diskEncryptionSets/des1", "{\"broken\":false}");
    take("p2", false);
    assertThat(get(point("p2")).at("/properties/provisioningState").asText())
        .isEqualTo("Succeeded");
    snapshot("s1", "os", "");
    JsonNode good = snapshotState("s1");
    assertThat(good.path("provisioningState").asText()).isEqualTo("Succeeded");
    assertThat(good.at("/encryption/diskEncryptionSetId").asText()).isEqualTo(set);
  }

  @Test
  void aDiskWithGuestEncryptionKeepsItsSettingsAndItsSnapshotTakesThem() {
    String settings =
        """
        "encryptionSettingsCollection":{"enabled":true,"encryptionSettings":[{"diskEncryptionKey":
        {"secretUrl":"https://v.vault.azure.net/secrets/s/1"}}]},""";
    disk("os", "Premium_LRS", settings);
    String pointer =
        "/encryptionSettingsCollection/encryptionSettings/0/diskEncryptionKey/secretUrl";
    assertThat(get(Bench.id("disks/os")).get("properties").at(pointer).asText())
        .isEqualTo("https://v.vault.azure.net/secrets/s/1");
    snapshot("s0", "os", "");
    assertThat(snapshotState("s0").at(pointer).asText())
        .isEqualTo("https://v.vault.azure.net/secrets/s/1");
  }

  @Test
  void aTrustedLaunchVmHasAGuestStateThatIsReadBesideItsDisk() throws Exception {
    disk("os", "Premium_LRS", "");
    vm("\"securityProfile\":{\"securityType\":\"TrustedLaunch\"},", managed("os"), "");
    byte[] state = Files.readAllBytes(data.resolve("disks/os.vmgs"));
    assertThat(state).hasSize(4 << 20).isNotEqualTo(new byte[4 << 20]);
    take("p1", true);
    snapshot("s0", "os", "");
    snapshotState("s0");
    Files.write(data.resolve("disks/os.vmgs"), new byte[4 << 20]);
    bench.restart();
    for (String of : new String[] {pointOf("p1", "/osDisk"), Bench.id("snapshots/s0")}) {
      JsonNode urls = act(of, "beginGetAccess", SECURE).at("/properties/output");
      PageBlobClient blob = Bench.blob(urls.path("securityDataAccessSAS").asText());
      assertThat(blob.getProperties().getBlobSize()).isEqualTo(4 << 20);
      assertThat(Bench.download(blob, 0, 4 << 20)).isEqualTo(state);
      PageBlobClient disk = Bench.blob(urls.path("accessSAS").asText());
      assertThat(disk.getProperties().getBlobSize()).isEqualTo((1 << 20) + 512);
      assertThat(act(of, "endGetAccess", "").path("status").asText()).isEqualTo("Succeeded");
      String gone = urls.path("securityDataAccessSAS").asText();
      assertThat(bench.call("GET", gone, "").statusCode()).isEqualTo(403);
    }
    bench.call("DELETE", point("p1") + V, "");
    bench.call("DELETE", Bench.id("snapshots/s0") + V, "");
    bench.advance("PT1M");
    try (var left = Files.list(data.resolve("snapshots"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void theGuestStateUrlIsNotGivenWithoutBeingAskedForNorOfAnOrdinaryDisk() throws Exception {
    disk("os", "Premium_LRS", "");
    vm("", managed("os"), "");
    take("p1", true);
    HttpResponse<String> refused =
        bench.call("POST", pointOf("p1", "/osDisk") + "/beginGetAccess" + V, SECURE);
    assertThat(refused.statusCode()).isEqualTo(400);
    JsonNode urls = act(pointOf("p1", "/osDisk"), "beginGetAccess", GRANT);
    String url = urls.at("/properties/output/accessSAS").asText();
    assertThat(urls.at("/properties/output").has("securityDataAccessSAS")).isFalse();
    assertThat(bench.call("GET", url.replace("/abcd", "/vmgs"), "").statusCode()).isEqualTo(403);
  }

  @Test
  void aSecureUploadTakesItsGuestStateToo() throws Exception {
    String body =
        """
        {"location":"x","properties":{"securityProfile":{"securityType":"TrustedLaunch"},
        "creationData":{"createOption":"UploadPreparedSecure","uploadSizeBytes":20972032}}}""";
    assertThat(bench.call("PUT", Bench.id("disks/up") + V, body).statusCode()).isEqualTo(202);
    String url =
        act(Bench.id("disks/up"), "beginGetAccess", SECURE.replace("Read", "Write"))
            .at("/properties/output/securityDataAccessSAS")
            .asText();
    byte[] page = new byte[512];
    page[7] = 7;
    Bench.blob(url)
        .uploadPages(new PageRange().setStart(512).setEnd(1023), new ByteArrayInputStream(page));
    byte[] state = Files.readAllBytes(data.resolve("disks/up.vmgs"));
    assertThat(state).hasSize(4 << 20);
    assertThat(state[519]).isEqualTo((byte) 7);
  }

  @Test
  void aDiskMadeFromACopyGetsItsGuestState() throws Exception {
    disk("os", "Premium_LRS", "");
    vm("\"securityProfile\":{\"securityType\":\"TrustedLaunch\"},", managed("os"), "");
    take("p1", false);
    String body =
        "{\"location\":\"x\",\"properties\":{\"creationData\":{\"createOption\":\"Restore\","
            + "\"sourceResourceId\":\""
            + pointOf("p1", "/osDisk")
            + "\"}}}";
    assertThat(bench.call("PUT", Bench.id("disks/back") + V, body).statusCode()).isEqualTo(202);
    assertThat(data.resolve("disks/back.vmgs"))
        .hasSameBinaryContentAs(data.resolve("disks/os.vmgs"));
  }
}
