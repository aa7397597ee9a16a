package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.okhttp.OkHttpAsyncHttpClientBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.contract.spec.ContractCheck;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import io.holdfast.local.sim.ComputeSimulator;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import reactor.core.publisher.Mono;

/** The compute simulator with the app's own clients, over HTTPS with a token, or plain. */
public final class SimulatedAzure implements AutoCloseable {
  public static final String SUBSCRIPTION = "00000000-0000-0000-0000-000000000001";
  static final String TOKEN = "token-that-nobody-may-log";
  private static final String PASSWORD = "changeit";
  private static final ObjectMapper JSON = new ObjectMapper();

  public final ComputeSimulator simulator;
  public final AzureDisks disks;
  final ContractCheck contract = new ContractCheck();
  final AtomicInteger tokens = new AtomicInteger();
  private final Path data;
  private final OkHttpClient client;
  private final HttpClient http;

  private SimulatedAzure(Path folder, Path keystore) throws IOException, GeneralSecurityException {
    data = folder.resolve("data");
    ComputeSimulator.Options options =
        ComputeSimulator.Options.of(data, 0).withRetryAfter(Duration.ZERO).withObserver(contract);
    simulator =
        ComputeSimulator.start(
            keystore == null
                ? options
                : options.withKeystore(new ComputeSimulator.Keystore(keystore, PASSWORD)));
    client = keystore == null ? new OkHttpClient() : trusting(keystore);
    http = new OkHttpAsyncHttpClientBuilder(client).build();
    disks = restarted();
  }

  public static SimulatedAzure plain(Path folder) throws Exception {
    return new SimulatedAzure(folder, null);
  }

  static SimulatedAzure secure(Path folder) throws Exception {
    Path keystore = folder.resolve("server.p12");
    String[] command = {
      Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
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
      PASSWORD,
      "-keystore",
      keystore.toString()
    };
    Process made = new ProcessBuilder(command).redirectErrorStream(true).start();
    if (!made.waitFor(60, TimeUnit.SECONDS) || made.exitValue() != 0) {
      throw new AssertionError("no key was made: " + made.inputReader().readLine());
    }
    return new SimulatedAzure(folder, keystore);
  }

  private static OkHttpClient trusting(Path keystore) throws IOException, GeneralSecurityException {
    KeyStore own = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keystore)) {
      own.load(in, PASSWORD.toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("sim", own.getCertificate("sim"));
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, factory.getTrustManagers(), null);
    return new OkHttpClient.Builder()
        .sslSocketFactory(tls.getSocketFactory(), (X509TrustManager) factory.getTrustManagers()[0])
        .build();
  }

  /** The adapter of a process that knows nothing yet. */
  AzureDisks restarted() {
    return clients().disks(simulator.baseUrl());
  }

  /** Clients of a process that knows nothing yet. */
  public AzureClients clients() {
    TokenCredential credential =
        request ->
            Mono.fromSupplier(
                () -> {
                  tokens.incrementAndGet();
                  return new AccessToken(TOKEN, OffsetDateTime.now().plusHours(1));
                });
    return new AzureClients(http, credential);
  }

  /** What was asked and answered was as Azure's specifications say. */
  @Override
  public void close() {
    simulator.close();
    // What an owner asks and the app never does is not in the specifications that are kept here.
    assertThat(
            contract.violations().stream().distinct().filter(each -> !each.endsWith("/redeploy")))
        .isEmpty();
    client.dispatcher().executorService().shutdown();
    client.connectionPool().evictAll();
  }

  // ---- the owner of the VMs

  public static String id(String typeAndName) {
    return "/subscriptions/%s/resourceGroups/rg1/providers/Microsoft.Compute/%s"
        .formatted(SUBSCRIPTION, typeAndName);
  }

  public JsonNode call(String method, String path, String body) {
    RequestBody sent =
        method.equals("GET") ? null : RequestBody.create(body, MediaType.get("application/json"));
    Request request =
        new Request.Builder().url(simulator.baseUrl() + path).method(method, sent).build();
    try (Response response = client.newCall(request).execute()) {
      String text = response.body().string();
      if (!response.isSuccessful()) {
        throw new AssertionError(method + " " + path + ": " + response.code() + " " + text);
      }
      return JSON.readTree(text.isEmpty() ? "{}" : text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void disk(String name, long sizeBytes) {
    JsonNode unused =
        call(
            "PUT",
            id("disks/" + name) + "?api-version=2025-01-02",
            """
            {"location":"westeurope","properties":{"creationData":{"createOption":"Empty"},
            "diskSizeBytes":%d}}"""
                .formatted(sizeBytes));
  }

  /** The guest writes. */
  public void write(String disk, long offset, byte[] bytes) {
    Path raw = data.resolve("disks").resolve(disk + ".raw");
    try (FileChannel out = FileChannel.open(raw, StandardOpenOption.WRITE)) {
      int unused = out.write(ByteBuffer.wrap(bytes), offset);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The guest state of a Trusted Launch VM, which is beside its OS disk. */
  public byte[] guestState(String disk) {
    try {
      return Files.readAllBytes(data.resolve("disks").resolve(disk + ".vmgs"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of a disk now. */
  public byte[] bytes(String disk) {
    try {
      return Files.readAllBytes(data.resolve("disks").resolve(disk + ".raw"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a snapshot or disk restore point holds, whoever may read it; empty when it is gone. */
  public Optional<byte[]> copy(DiskSnapshot snapshot) {
    Optional<Path> file =
        copyId(snapshot)
            .map(id -> data.resolve("snapshots").resolve(id + suffix(snapshot)))
            .filter(Files::exists);
    try {
      return file.isEmpty() ? Optional.empty() : Optional.of(Files.readAllBytes(file.get()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String suffix(DiskSnapshot snapshot) {
    return snapshot.guestState() ? ".vmgs" : ".raw";
  }

  private Optional<String> copyId(DiskSnapshot snapshot) {
    if (snapshot.restorePoint()) {
      return Optional.of(snapshot.id().substring(snapshot.id().lastIndexOf('_') + 1));
    }
    try (Stream<Path> files = Files.list(data.resolve("state/snapshots"))) {
      for (Path file : files.toList()) {
        JsonNode entry = JSON.readTree(file.toFile());
        if (entry.path("key").asText().equalsIgnoreCase(snapshot.id())) {
          return Optional.of(entry.at("/sim/copyId").asText());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Optional.empty();
  }

  /** Its clock goes on. */
  public void advance(Duration by) {
    JsonNode unused = call("POST", "/_sim/clock", "{\"advance\":\"%s\"}".formatted(by));
  }

  /** A VM with an OS disk of 4 MiB and data disks of 1 MiB at LUNs 5 and 2, in that order. */
  String vm(String name, String osType) {
    disk(name + "-os", 4 << 20);
    disk(name + "-a", 1 << 20);
    disk(name + "-b", 1 << 20);
    JsonNode unused =
        call(
            "PUT",
            id("virtualMachines/" + name) + "?api-version=2025-04-01",
            """
            {"location":"westeurope","tags":{"backup":"nightly"},"properties":{"storageProfile":{
            "osDisk":{"osType":"%s","createOption":"Attach","managedDisk":{"id":"%s"}},
            "dataDisks":[
            {"lun":5,"createOption":"Attach","managedDisk":{"id":"%s"}},
            {"lun":2,"createOption":"Attach","managedDisk":{"id":"%s"}}]}}}"""
                .formatted(
                    osType,
                    id("disks/" + name + "-os"),
                    id("disks/" + name + "-a"),
                    id("disks/" + name + "-b")));
    return id("virtualMachines/" + name);
  }

  public void faults(String rules) {
    JsonNode unused = call("PUT", "/_sim/faults", rules);
  }

  /** What is left in Azure: snapshots, restore points, accesses. */
  public JsonNode leftovers() {
    return call("GET", "/_sim/leftovers", "");
  }

  static SnapshotSet set(Vm vm, int number, SnapshotMethod method) {
    return new SnapshotSet(
        number,
        method,
        vm.id(),
        vm.location(),
        "snapshots",
        "holdfast-" + vm.name(),
        "hf-%s-%d".formatted(vm.name(), number),
        "catalogue-1",
        vm.disks().stream()
            .map(disk -> new SnapshotSet.SourceDisk(disk.key(), disk.id(), disk.uniqueId()))
            .toList());
  }
}
