package io.holdfast.azure;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpPipeline;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RequestIdPolicy;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.http.policy.RetryPolicy;
import com.azure.core.http.policy.UserAgentPolicy;
import com.azure.data.tables.TableServiceClient;
import com.azure.data.tables.TableServiceClientBuilder;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.storage.queue.QueueMessageEncoding;
import com.azure.storage.queue.QueueServiceClient;
import com.azure.storage.queue.QueueServiceClientBuilder;
import io.holdfast.disk.Allowance;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Builds the Azure SDK's clients, each once, over one HTTP client. */
public final class AzureClients {
  private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]", "::1");

  private final HttpClient http;
  private final TokenCredential credential;

  /**
   * @param clientId of the app's user-assigned identity; null: the environment's default identity
   */
  public AzureClients(String clientId) {
    this(
        AzureHttp.shared(),
        clientId == null
            ? new DefaultAzureCredentialBuilder().httpClient(AzureHttp.shared()).build()
            : new ManagedIdentityCredentialBuilder()
                .clientId(clientId)
                .httpClient(AzureHttp.shared())
                .build());
  }

  /** Who encrypts the connections, for the start-up log. */
  public static String tls() {
    return NativeTls.get().description();
  }

  AzureClients(HttpClient http, TokenCredential credential) {
    this.http = http;
    this.credential = credential;
  }

  /**
   * How to reach the host's storage account.
   *
   * @param connectionString as in {@code AzureWebJobsStorage}; null when the identity is used
   * @param queueUri service URI; null with a connection string
   * @param tableUri service URI; null with a connection string
   */
  public record HostStorage(String connectionString, String queueUri, String tableUri) {}

  public AzureTables tables(HostStorage storage) {
    TableServiceClientBuilder builder = new TableServiceClientBuilder().httpClient(http);
    TableServiceClient client =
        storage.connectionString() != null
            ? builder.connectionString(storage.connectionString()).buildClient()
            : builder.endpoint(storage.tableUri()).credential(credential).buildClient();
    return new AzureTables(client);
  }

  public AzureQueues queues(HostStorage storage) {
    QueueServiceClientBuilder builder =
        new QueueServiceClientBuilder()
            .httpClient(http)
            .messageEncoding(QueueMessageEncoding.BASE64);
    QueueServiceClient client =
        storage.connectionString() != null
            ? builder.connectionString(storage.connectionString()).buildClient()
            : builder.endpoint(storage.queueUri()).credential(credential).buildClient();
    return new AzureQueues(client);
  }

  /**
   * The vault's container.
   *
   * @param url as {@link VaultContainers#open} takes it
   */
  public AzureBlobs blobs(String url) {
    return new AzureBlobs(VaultContainers.client(url, http, () -> credential));
  }

  /** Makes the vault's container. Only for local use: in Azure the infrastructure does. */
  public void createContainer(String url) {
    try {
      VaultContainers.client(url, http, () -> credential).createIfNotExists();
    } catch (RuntimeException e) {
      throw AzureFailures.of(e, "create container", AzureFailures.redact(url));
    }
  }

  /**
   * Azure Compute.
   *
   * @param endpoint of Azure Resource Manager
   * @param allowance how many calls may be made
   */
  public AzureDisks disks(String endpoint, Allowance allowance) {
    return new AzureDisks(endpoint, armPipeline(endpoint, allowance), http);
  }

  /** Azure Compute, for programs that make few calls. */
  AzureDisks disks(String endpoint) {
    return disks(endpoint, Allowance.UNLIMITED);
  }

  /**
   * What stands around VMs.
   *
   * @param endpoint of Azure Resource Manager
   * @param allowance how many calls may be made
   */
  public AzureSurroundings surroundings(String endpoint, Allowance allowance) {
    HttpPipeline pipeline = armPipeline(endpoint, allowance);
    return new AzureSurroundings(
        new ArmRest(endpoint, pipeline), new ComputeClients(endpoint, pipeline));
  }

  private HttpPipeline armPipeline(String endpoint, Allowance allowance) {
    List<HttpPipelinePolicy> policies = new ArrayList<>();
    policies.add(new UserAgentPolicy("holdfast"));
    policies.add(new RequestIdPolicy());
    policies.add(new ArmBudget(allowance));
    policies.add(new RetryPolicy(quickRetries()));
    URI uri = URI.create(endpoint);
    boolean plainLoopback = uri.getScheme().equals("http") && isLoopback(uri);
    if (!plainLoopback) {
      policies.add(
          new BearerTokenAuthenticationPolicy(credential, "https://management.azure.com/.default"));
    }
    return new HttpPipelineBuilder()
        .httpClient(http)
        .policies(policies.toArray(new HttpPipelinePolicy[0]))
        .build();
  }

  /**
   * Small faults are tried again at once. A refusal for load is not: its Retry-After becomes the
   * delay of a message, since no function sleeps.
   */
  private static RetryOptions quickRetries() {
    return new RetryOptions(new FixedDelayOptions(2, Duration.ofMillis(500)))
        .setShouldRetryCondition(
            condition ->
                condition.getResponse() == null
                    || Set.of(500, 502, 504).contains(condition.getResponse().getStatusCode()));
  }

  static boolean isLoopback(URI uri) {
    return uri.getHost() != null && LOOPBACK.contains(uri.getHost());
  }
}
