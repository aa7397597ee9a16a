package io.holdfast.local.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.credential.AccessToken;
import com.azure.core.management.exception.ManagementException;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.DiskInner;
import com.azure.resourcemanager.compute.models.AccessLevel;
import com.azure.resourcemanager.compute.models.CreationData;
import com.azure.resourcemanager.compute.models.DiskCreateOption;
import com.azure.resourcemanager.compute.models.DiskState;
import com.azure.resourcemanager.compute.models.GrantAccessData;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.PageRange;
import com.azure.storage.blob.specialized.PageBlobClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.BindException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

class LifeTest {
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

  @Test
  void everythingSurvivesARestart() {
    bench.disk("os", 4 * Bench.MIB);
    byte[] bytes = new byte[50_000];
    new Random(3).nextBytes(bytes);
    bench.write("os", 4096, bytes);
    String vmId = bench.vm("vm1", OperatingSystemTypes.WINDOWS, "os").vmId();
    bench.collection("rpc1", "vm1");
    bench.point("rpc1", "p1");
    bench.snapshot("s1", "os");
    String sas = bench.grantSnapshot("s1");
    bench.advance("PT30M");
    String pending = Bench.id("snapshots/s2") + "?api-version=2025-01-02";
    bench.call(
        "PUT",
        pending,
        "{\"location\":\"x\",\"properties\":{\"incremental\":true,\"creationData\":{\"createOption\":\"Copy\",\"sourceResourceId\":\"%s\"}}}"
            .formatted(Bench.id("disks/os")));
    String uniqueId = bench.getDisk("os").uniqueId();
    String leftovers = bench.json("GET", "/_sim/leftovers", "").toString();

    bench.restart();

    assertThat(bench.json("GET", "/_sim/leftovers", "").toString()).isEqualTo(leftovers);
    assertThat(bench.compute.getVirtualMachines().getByResourceGroup(Bench.RG, "vm1").vmId())
        .isEqualTo(vmId);
    assertThat(bench.getDisk("os").uniqueId()).isEqualTo(uniqueId);
    assertThat(Bench.download(Bench.blob(sas), 4096, 50_000)).isEqualTo(bytes);
    PageRange range = Bench.blob(sas).getPageRanges(new BlobRange(0)).getPageRange().get(0);
    assertThat(range.getStart()).isEqualTo(4096);
    assertThat(OffsetDateTime.parse(bench.json("GET", "/_sim/clock", "").get("now").asText()))
        .isAfter(OffsetDateTime.now().plusMinutes(29));
    bench.json("GET", pending, "");
    assertThat(bench.json("GET", pending, "").at("/properties/provisioningState").asText())
        .as("an operation goes on after a restart")
        .isEqualTo("Succeeded");
  }

  @Test
  void aDiskMadeAgainUnderItsNameIsAnotherDisk() {
    bench.disk("d", Bench.MIB);
    bench.write("d", 0, new byte[] {1});
    String uniqueId = bench.getDisk("d").uniqueId();
    String family = bench.snapshot("s1", "d").incrementalSnapshotFamilyId();
    assertThat(bench.snapshot("s2", "d").incrementalSnapshotFamilyId()).isEqualTo(family);
    bench.compute.getDisks().delete(Bench.RG, "d");
    assertThat(bench.raw("d")).doesNotExist();
    bench.disk("d", Bench.MIB);
    assertThat(bench.getDisk("d").uniqueId()).isNotEqualTo(uniqueId);
    assertThat(bench.snapshot("s3", "d").incrementalSnapshotFamilyId()).isNotEqualTo(family);
  }

  @Test
  void anUploadBecomesADiskOnceItsFooterIsThere() throws IOException {
    long size = 20 * Bench.MIB;
    DiskInner body = new DiskInner();
    body.withLocation(Bench.REGION);
    DiskInner made =
        bench
            .compute
            .getDisks()
            .createOrUpdate(
                Bench.RG,
                "up",
                body.withCreationData(
                    new CreationData()
                        .withCreateOption(DiskCreateOption.UPLOAD)
                        .withUploadSizeBytes(size + 512)));
    assertThat(made.diskState()).isEqualTo(DiskState.READY_TO_UPLOAD);
    assertThat(made.diskSizeBytes()).isEqualTo(size);
    String sas =
        bench
            .compute
            .getDisks()
            .grantAccess(
                Bench.RG,
                "up",
                new GrantAccessData().withAccess(AccessLevel.WRITE).withDurationInSeconds(60))
            .accessSas();
    assertThat(bench.getDisk("up").diskState()).isEqualTo(DiskState.ACTIVE_UPLOAD);
    PageBlobClient blob = Bench.blob(sas);
    byte[] bytes = new byte[(int) (4 * Bench.MIB)];
    new Random(5).nextBytes(bytes);
    upload(blob, 8 * Bench.MIB, bytes);
    blob.clearPages(new PageRange().setStart(9 * Bench.MIB).setEnd(10 * Bench.MIB - 1));
    assertThatThrownBy(() -> bench.compute.getDisks().revokeAccess(Bench.RG, "up"))
        .isInstanceOfSatisfying(
            ManagementException.class,
            e -> assertThat(e.getValue().getMessage()).contains("conectix"));
    assertThat(putPage(sas, 0, 100)).isEqualTo("416 InvalidPageRange");
    assertThat(putPage(sas, 0, 5 << 20)).isEqualTo("413 RequestBodyTooLarge");
    assertThat(putPage(sas, size + 512, 512)).isEqualTo("416 InvalidRange");
    upload(blob, size, VhdFooter.of(size, UUID.randomUUID()).array());
    bench.compute.getDisks().revokeAccess(Bench.RG, "up");
    assertThat(bench.getDisk("up").diskState()).isEqualTo(DiskState.UNATTACHED);
    byte[] raw = Files.readAllBytes(bench.raw("up"));
    assertThat(raw.length).isEqualTo((int) size);
    assertThat(raw[(int) (8 * Bench.MIB)]).isEqualTo(bytes[0]);
    assertThat(raw[(int) (9 * Bench.MIB)]).isZero();
    assertThat(raw[(int) (12 * Bench.MIB - 1)]).isEqualTo(bytes[bytes.length - 1]);
  }

  private String putPage(String sas, long offset, int length) {
    HttpResponse<String> answer =
        bench.call(
            "PUT",
            sas + "&comp=page",
            "x".repeat(length),
            "x-ms-page-write",
            "update",
            "x-ms-range",
            "bytes=%d-%d".formatted(offset, offset + length - 1));
    return answer.statusCode() + " " + answer.headers().firstValue("x-ms-error-code").orElse("");
  }

  private static void upload(PageBlobClient blob, long offset, byte[] bytes) {
    blob.uploadPages(
        new PageRange().setStart(offset).setEnd(offset + bytes.length - 1),
        new ByteArrayInputStream(bytes));
  }

  @Test
  void disksAreRestoredFromSnapshotsAndRestorePoints() throws IOException {
    bench.disk("os", 2 * Bench.MIB);
    bench.write("os", 77, new byte[] {1, 2, 3});
    bench.vm("vm1", OperatingSystemTypes.LINUX, "os");
    bench.collection("rpc1", "vm1");
    String point =
        bench
            .point("rpc1", "p1")
            .sourceMetadata()
            .storageProfile()
            .osDisk()
            .diskRestorePoint()
            .id();
    bench.snapshot("s1", "os");
    byte[] before = Files.readAllBytes(bench.raw("os"));
    bench.write("os", 77, new byte[] {9, 9, 9});
    make("from-snapshot", DiskCreateOption.COPY, Bench.id("snapshots/s1"));
    make("from-point", DiskCreateOption.RESTORE, point);
    assertThat(bench.raw("from-snapshot")).hasBinaryContent(before);
    assertThat(bench.raw("from-point")).hasBinaryContent(before);
  }

  private void make(String name, DiskCreateOption option, String source) {
    DiskInner body = new DiskInner();
    body.withLocation(Bench.REGION);
    bench
        .compute
        .getDisks()
        .createOrUpdate(
            Bench.RG,
            name,
            body.withCreationData(
                new CreationData().withCreateOption(option).withSourceResourceId(source)));
  }

  @Test
  void listsComeInPages() {
    bench.disk("os", Bench.MIB);
    for (int i = 0; i < Listing.PAGE_MAX + 3; i++) {
      bench.disk("d" + i, 512);
    }
    assertThat(bench.compute.getDisks().listByResourceGroup(Bench.RG))
        .hasSize(Listing.PAGE_MAX + 4);
    assertThat(bench.compute.getDisks().list()).hasSize(Listing.PAGE_MAX + 4);
    assertThat(bench.compute.getDisks().listByResourceGroup("other")).isEmpty();
    assertThat(bench.compute.getVirtualMachines().list()).isEmpty();
  }

  @Test
  void largeSparseDisksAreSnapshottedByTheirData() throws IOException {
    bench.disk("huge", 1L << 40);
    bench.write("huge", 1L << 39, new byte[] {1});
    bench.disk("half", 512 * Bench.MIB);
    byte[] bytes = new byte[(int) (64 * Bench.MIB)];
    new Random(9).nextBytes(bytes);
    for (int i = 0; i < 8; i++) {
      bench.write("half", i * 64L * Bench.MIB, bytes);
    }
    long startNanos = System.nanoTime();
    bench.snapshot("s-huge", "huge");
    Duration huge = Duration.ofNanos(System.nanoTime() - startNanos);
    startNanos = System.nanoTime();
    bench.snapshot("s-half", "half");
    Duration half = Duration.ofNanos(System.nanoTime() - startNanos);
    System.err.println("snapshots: 1 TiB sparse " + huge + ", 512 MiB of data " + half);
    assertThat(huge).isLessThan(Duration.ofSeconds(5));
    assertThat(half).isLessThan(Duration.ofSeconds(20));
    String sas = bench.grantSnapshot("s-huge");
    assertThat(Bench.blob(sas).getPageRanges(new BlobRange(0)).getPageRange())
        .singleElement()
        .satisfies(range -> assertThat(range.getStart()).isEqualTo(1L << 39));
  }

  @Test
  void overHttpsTheTokenIsSeen(@TempDir Path folder) throws Exception {
    Path keystore = folder.resolve("server.p12");
    Path keytool = Path.of(System.getProperty("java.home"), "bin", "keytool");
    Process made =
        new ProcessBuilder(
                keytool.toString(),
                "-genkeypair",
                "-alias",
                "sim",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "SAN=IP:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                keystore.toString())
            .redirectErrorStream(true)
            .start();
    assertThat(made.waitFor(60, TimeUnit.SECONDS)).isTrue();
    try (ComputeSimulator secure =
        ComputeSimulator.start(
            ComputeSimulator.Options.of(folder.resolve("data"), 0)
                .withKeystore(new ComputeSimulator.Keystore(keystore, "changeit")))) {
      assertThat(secure.baseUrl()).startsWith("https://");
      ComputeManagementClient client =
          TrustingClient.of(
              secure.baseUrl(),
              keystore,
              request -> Mono.just(new AccessToken("token", OffsetDateTime.now().plusHours(1))));
      assertThat(client.getDisks().list()).isEmpty();
      assertThat(secure.requests())
          .singleElement()
          .satisfies(seen -> assertThat(seen.hasAuthorization()).isTrue())
          .satisfies(seen -> assertThat(seen.operation()).isEqualTo("Disks_List"));
    }
  }

  @Test
  void aTakenPortIsNamedWithItsRemedy() {
    int port = bench.simulator.port();
    assertThatThrownBy(
            () -> ComputeSimulator.start(ComputeSimulator.Options.of(data.resolve("x"), port)))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("Port " + port + " is taken")
        .hasMessageContaining("--arm-port");
  }

  @Test
  void theProgramAnswersAndEndsWithItsParent(@TempDir Path folder) throws Exception {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SimulatorMain.class.getName(),
                "--data",
                folder.toString(),
                "--port",
                "0",
                "--exit-with-parent")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String ready = program.inputReader().readLine();
    assertThat(ready).matches("\\{\"ready\":true,\"arm\":\"http://127.0.0.1:\\d+\"}");
    String url = ready.substring(ready.indexOf("http"), ready.length() - 2);
    assertThat(bench.call("GET", url + "/_sim/leftovers", "").statusCode()).isEqualTo(200);
    program.getOutputStream().close();
    assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isZero();
  }

  @Test
  void theProgramSaysThatItsPortIsTaken(@TempDir Path folder) throws Exception {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                SimulatorMain.class.getName(),
                "--data",
                folder.toString(),
                "--port",
                "" + bench.simulator.port())
            .redirectErrorStream(true)
            .start();
    String said = new String(program.getInputStream().readAllBytes());
    assertThat(program.waitFor()).isEqualTo(1);
    assertThat(said).contains("is taken").contains("--arm-port").doesNotContain("\tat ");
  }
}
