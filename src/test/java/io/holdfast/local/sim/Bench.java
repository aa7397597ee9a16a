package io.holdfast.local.sim;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.management.AzureEnvironment;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.fluent.models.DiskInner;
import com.azure.resourcemanager.compute.fluent.models.RestorePointCollectionInner;
import com.azure.resourcemanager.compute.fluent.models.RestorePointInner;
import com.azure.resourcemanager.compute.fluent.models.SnapshotInner;
import com.azure.resourcemanager.compute.fluent.models.VirtualMachineInner;
import com.azure.resourcemanager.compute.implementation.ComputeManagementClientBuilder;
import com.azure.resourcemanager.compute.models.AccessLevel;
import com.azure.resourcemanager.compute.models.CreationData;
import com.azure.resourcemanager.compute.models.DataDisk;
import com.azure.resourcemanager.compute.models.DiskCreateOption;
import com.azure.resourcemanager.compute.models.DiskCreateOptionTypes;
import com.azure.resourcemanager.compute.models.GrantAccessData;
import com.azure.resourcemanager.compute.models.ManagedDiskParameters;
import com.azure.resourcemanager.compute.models.OSDisk;
import com.azure.resourcemanager.compute.models.OperatingSystemTypes;
import com.azure.resourcemanager.compute.models.RestorePointCollectionSourceProperties;
import com.azure.resourcemanager.compute.models.StorageProfile;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.specialized.PageBlobClient;
import com.azure.storage.blob.specialized.SpecializedBlobClientBuilder;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** One simulator with the real Azure clients, and short ways to say what tests do over and over. */
final class Bench implements AutoCloseable {
  static final String SUB = "00000000-0000-0000-0000-000000000001";
  static final String RG = "rg1";
  static final String REGION = "westeurope";
  static final long MIB = 1L << 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  final Path data;
  final HttpClient http = HttpClient.newHttpClient();
  ComputeSimulator simulator;
  ComputeManagementClient compute;

  Bench(Path data) {
    this.data = data;
    start(0);
  }

  private void start(int port) {
    try {
      simulator =
          ComputeSimulator.start(
              ComputeSimulator.Options.of(data, port).withRetryAfter(Duration.ZERO));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    compute = client(simulator.baseUrl(), null);
  }

  /** Ends the simulator and starts another on the same port and data. */
  void restart() {
    int port = simulator.port();
    simulator.close();
    start(port);
  }

  static ComputeManagementClient client(String endpoint, TokenCredential credential) {
    HttpPipelineBuilder pipeline = new HttpPipelineBuilder();
    if (credential != null) {
      pipeline.policies(
          new BearerTokenAuthenticationPolicy(credential, "https://management.azure.com/.default"));
    }
    return new ComputeManagementClientBuilder()
        .endpoint(endpoint)
        .environment(AzureEnvironment.AZURE)
        .subscriptionId(SUB)
        .pipeline(pipeline.build())
        .defaultPollInterval(Duration.ofMillis(20))
        .buildClient();
  }

  @Override
  public void close() {
    simulator.close();
  }

  static String id(String typesAndNames) {
    return "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute/%s"
        .formatted(SUB, RG, typesAndNames);
  }

  /** A small empty disk, by the simulator's extension of the body. */
  void disk(String name, long bytes) {
    HttpResponse<String> answer =
        call(
            "PUT",
            id("disks/" + name) + "?api-version=2025-01-02",
            """
            {"location":"%s","properties":{"creationData":{"createOption":"Empty"},
            "diskSizeBytes":%d}}"""
                .formatted(REGION, bytes));
    if (answer.statusCode() != 202) {
      throw new AssertionError(answer.body());
    }
  }

  Path raw(String disk) {
    return data.resolve("disks").resolve(disk + ".raw");
  }

  void write(String disk, long offset, byte[] bytes) {
    try (FileChannel out = FileChannel.open(raw(disk), StandardOpenOption.WRITE)) {
      out.write(ByteBuffer.wrap(bytes), offset);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  VirtualMachineInner vm(String name, OperatingSystemTypes os, String osDisk, String... data) {
    List<DataDisk> disks = new ArrayList<>();
    for (int lun = 0; lun < data.length; lun++) {
      disks.add(
          new DataDisk()
              .withLun(lun)
              .withCreateOption(DiskCreateOptionTypes.ATTACH)
              .withManagedDisk(new ManagedDiskParameters().withId(id("disks/" + data[lun]))));
    }
    VirtualMachineInner body = new VirtualMachineInner();
    body.withLocation(REGION);
    body.withStorageProfile(
        new StorageProfile()
            .withOsDisk(
                new OSDisk()
                    .withOsType(os)
                    .withCreateOption(DiskCreateOptionTypes.ATTACH)
                    .withManagedDisk(new ManagedDiskParameters().withId(id("disks/" + osDisk))))
            .withDataDisks(disks));
    return compute.getVirtualMachines().createOrUpdate(RG, name, body);
  }

  void collection(String name, String vm) {
    compute
        .getRestorePointCollections()
        .createOrUpdate(
            RG,
            name,
            new RestorePointCollectionInner()
                .withLocation(REGION)
                .withSource(
                    new RestorePointCollectionSourceProperties()
                        .withId(id("virtualMachines/" + vm))));
  }

  RestorePointInner point(String collection, String name) {
    return compute.getRestorePoints().create(RG, collection, name, new RestorePointInner());
  }

  SnapshotInner snapshot(String name, String disk) {
    SnapshotInner body = new SnapshotInner();
    body.withLocation(REGION);
    return compute
        .getSnapshots()
        .createOrUpdate(
            RG,
            name,
            body.withIncremental(true)
                .withCreationData(
                    new CreationData()
                        .withCreateOption(DiskCreateOption.COPY)
                        .withSourceResourceId(id("disks/" + disk))));
  }

  String grantSnapshot(String name) {
    return compute.getSnapshots().grantAccess(RG, name, read()).accessSas();
  }

  DiskInner getDisk(String name) {
    return compute.getDisks().getByResourceGroup(RG, name);
  }

  static GrantAccessData read() {
    return new GrantAccessData().withAccess(AccessLevel.READ).withDurationInSeconds(3600);
  }

  static PageBlobClient blob(String sas) {
    return new SpecializedBlobClientBuilder()
        .endpoint(sas)
        .serviceVersion(BlobServiceVersion.V2023_11_03)
        .buildPageBlobClient();
  }

  static byte[] download(PageBlobClient blob, long offset, long length) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    blob.downloadStreamWithResponse(
        out, new BlobRange(offset, length), null, null, false, null, null);
    return out.toByteArray();
  }

  HttpResponse<String> call(String method, String pathOrUrl, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    pathOrUrl.startsWith("http") ? pathOrUrl : simulator.baseUrl() + pathOrUrl))
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  JsonNode json(String method, String path, String body) {
    try {
      return MAPPER.readTree(call(method, path, body).body());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  void advance(String duration) {
    json("POST", "/_sim/clock", "{\"advance\":\"" + duration + "\"}");
  }

  void faults(String rules) {
    HttpResponse<String> answer = call("PUT", "/_sim/faults", rules);
    if (answer.statusCode() != 200) {
      throw new AssertionError(answer.body());
    }
  }
}
