package io.holdfast.local.sim;

import com.azure.core.credential.TokenCredential;
import com.azure.core.http.HttpPipelineBuilder;
import com.azure.core.http.okhttp.OkHttpAsyncHttpClientBuilder;
import com.azure.core.http.policy.BearerTokenAuthenticationPolicy;
import com.azure.core.management.AzureEnvironment;
import com.azure.resourcemanager.compute.fluent.ComputeManagementClient;
import com.azure.resourcemanager.compute.implementation.ComputeManagementClientBuilder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;

/** A compute client with the bearer policy that trusts the certificate of one key store. */
final class TrustingClient {
  private TrustingClient() {}

  static ComputeManagementClient of(String endpoint, Path keystore, TokenCredential credential)
      throws Exception {
    KeyStore own = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keystore)) {
      own.load(in, "changeit".toCharArray());
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("sim", own.getCertificate("sim"));
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    TrustManager[] managers = factory.getTrustManagers();
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, managers, null);
    OkHttpClient http =
        new OkHttpClient.Builder()
            .sslSocketFactory(tls.getSocketFactory(), (X509TrustManager) managers[0])
            .build();
    return new ComputeManagementClientBuilder()
        .endpoint(endpoint)
        .environment(AzureEnvironment.AZURE)
        .subscriptionId(Bench.SUB)
        .pipeline(
            new HttpPipelineBuilder()
                .httpClient(new OkHttpAsyncHttpClientBuilder(http).build())
                .policies(
                    new BearerTokenAuthenticationPolicy(
                        credential, "https://management.azure.com/.default"))
                .build())
        .buildClient();
  }
}
