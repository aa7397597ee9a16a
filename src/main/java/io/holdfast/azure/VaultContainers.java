package io.holdfast.azure;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpClient;
import com.azure.core.util.Configuration;
import com.azure.identity.DefaultAzureCredentialBuilder;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import com.azure.storage.blob.BlobServiceVersion;
import com.azure.storage.common.StorageSharedKeyCredential;
import com.azure.storage.common.policy.RequestRetryOptions;
import com.azure.storage.common.policy.RetryPolicyType;
import io.holdfast.failure.Invalid;
import io.holdfast.vault.BlobStore;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * A container by its URL, as users give it: {@code https://account.blob.core.windows.net/container}
 * with the identity of whoever runs it, or with a shared access signature in it, or Azurite's on
 * this machine.
 */
public final class VaultContainers {
  /** Azurite's account and its public, documented development key: no secret. */
  private static final String DEV_ACCOUNT = "devstoreaccount1";

  private static final String DEV_KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private static final int TRIES_MAX = 4;
  private static final Duration TRY_MAX = Duration.ofSeconds(60);
  private static final Duration DELAY = Duration.ofMillis(500);
  private static final Duration DELAY_MAX = Duration.ofSeconds(10);

  private VaultContainers() {}

  /**
   * What is wrong with a URL; nothing is asked of the network.
   *
   * @return the sentence without the URL's query, or empty
   */
  public static String faultOf(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      return "'%s' is no URL".formatted(AzureFailures.redact(url));
    }
    if (uri.getHost() == null || uri.getPath() == null) {
      return "'%s' is no URL of a container".formatted(AzureFailures.redact(url));
    }
    boolean dev = isDevelopment(uri);
    if (!dev && !"https".equals(uri.getScheme())) {
      return "'%s' is not https; plain http goes only to %s on this machine"
          .formatted(AzureFailures.redact(url), DEV_ACCOUNT);
    }
    String container = container(uri);
    if (!container.matches("\\$root|[a-z0-9](?:-?[a-z0-9]){2,62}")) {
      return "'%s' names no container: it should end in .../%sNAME, 3 to 63 long"
          .formatted(AzureFailures.redact(url), dev ? DEV_ACCOUNT + "/" : "");
    }
    return "";
  }

  /**
   * Opens a container. Nothing is asked of the network yet.
   *
   * @throws Invalid if the URL is not of a container
   */
  public static BlobStore open(String url) {
    return new AzureBlobs(
        client(
            url,
            AzureHttp.shared(),
            () -> new DefaultAzureCredentialBuilder().httpClient(AzureHttp.shared()).build()));
  }

  /**
   * The client of a container: with an identity, with the SAS that the URL carries, or, on a
   * loopback address, with Azurite's public key.
   *
   * @param identity asked only when the URL needs one
   * @throws Invalid if the URL is not of a container
   */
  static BlobContainerClient client(
      String url, HttpClient http, Supplier<TokenCredential> identity) {
    String fault = faultOf(url);
    if (!fault.isEmpty()) {
      throw new Invalid("VaultUrlInvalid", fault);
    }
    URI uri = URI.create(url);
    BlobContainerClientBuilder builder =
        new BlobContainerClientBuilder()
            .endpoint(url)
            .httpClient(http)
            // The environment of whoever runs this should not change how it talks to the vault.
            .configuration(Configuration.NONE)
            .retryOptions(
                new RequestRetryOptions(
                    RetryPolicyType.EXPONENTIAL, TRIES_MAX, TRY_MAX, DELAY, DELAY_MAX, null));
    if (isDevelopment(uri)) {
      builder
          .serviceVersion(BlobServiceVersion.V2025_01_05)
          .credential(new StorageSharedKeyCredential(DEV_ACCOUNT, DEV_KEY));
    } else if (uri.getRawQuery() == null) {
      builder.credential(identity.get());
    }
    return builder.buildClient();
  }

  private static boolean isDevelopment(URI uri) {
    return "http".equals(uri.getScheme())
        && AzureClients.isLoopback(uri)
        && uri.getPath() != null
        && uri.getPath().startsWith("/" + DEV_ACCOUNT + "/");
  }

  private static String container(URI uri) {
    String path = uri.getPath().replaceFirst("/$", "");
    return path.replaceFirst(isDevelopment(uri) ? "^/" + DEV_ACCOUNT + "/?" : "^/", "");
  }
}
