package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobContainerClientBuilder;
import io.holdfast.contract.BlobStoreContract;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.testing.Azurite;
import io.holdfast.vault.BlobStore;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class AzureBlobsTest extends BlobStoreContract {
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private BlobContainerClient container;
  private BlobStore blobs;

  /** Notes each request: method, path, and the headers that matter. */
  private final class Witness implements HttpPipelinePolicy {
    @Override
    public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
      var request = call.getHttpRequest();
      requests.add(
          "%s md5=%b if-none-match=%s %s"
              .formatted(
                  request.getHttpMethod(),
                  request.getHeaders().getValue(HttpHeaderName.CONTENT_MD5) != null,
                  request.getHeaders().getValue(HttpHeaderName.IF_NONE_MATCH),
                  request.getUrl().getQuery()));
      return next.process();
    }
  }

  @BeforeEach
  void makeAContainer() {
    container =
        new BlobContainerClientBuilder()
            .connectionString(Azurite.shared().connectionString())
            .containerName(Azurite.unique("blobs"))
            .addPolicy(new Witness())
            .buildClient();
    container.create();
    requests.clear();
    blobs = new AzureBlobs(container, 2);
  }

  @Override
  protected BlobStore blobs() {
    return blobs;
  }

  @Test
  void writesALargeBlobInOneRequestWithItsChecksum() {
    assertThat(blobs.putIfAbsent("big", ByteBuffer.wrap(new byte[5 * 1024 * 1024])).created())
        .isTrue();

    assertThat(requests).containsExactly(HttpMethod.PUT + " md5=true if-none-match=* null");
  }

  @Test
  void asksOnceForABlobThatIsThere() {
    blobs.put("a", new byte[1]);
    requests.clear();

    assertThat(blobs.putIfAbsent("a", ByteBuffer.wrap(new byte[1])).created()).isFalse();

    assertThat(requests).hasSize(1);
  }

  @Test
  void readsALargeBlobInOneRequest() {
    blobs.put("a", new byte[5 * 1024 * 1024]);
    requests.clear();

    assertThat(blobs.get("a")).isPresent();

    assertThat(requests).hasSize(1);
  }

  @Test
  void namesAContainerThatIsNotThere() {
    AzureBlobs none =
        new AzureBlobs(container.getServiceClient().getBlobContainerClient("no-such-container"));

    assertThatThrownBy(() -> none.get("holdfast.json"))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("ContainerNotFound"))
        .hasMessageContaining("holdfast.json")
        .hasMessageContaining("no-such-container");
    assertThatThrownBy(() -> none.putIfAbsent("a", ByteBuffer.wrap(new byte[1])))
        .isInstanceOf(Invalid.class);
    assertThatThrownBy(() -> none.list("", Optional.empty())).isInstanceOf(Invalid.class);
  }

  @Test
  void opensAzuriteByItsUrlWithoutAKey() {
    blobs.put("a", new byte[] {7});

    BlobStore opened =
        VaultContainers.open(
            Azurite.shared().blobEndpoint() + "/" + container.getBlobContainerName());

    assertThat(opened.get("a").orElseThrow().bytes()).containsExactly(7);
  }

  @Test
  void saysThatNobodyAnswersWhereNobodyListens() {
    BlobStore nobody =
        new AzureBlobs(
            new BlobContainerClientBuilder()
                .endpoint("http://127.0.0.1:" + Azurite.freePort() + "/devstoreaccount1/vault")
                .sasToken("sv=2022-11-02&sr=c&sig=c2VjcmV0c2VjcmV0")
                .retryOptions(
                    new com.azure.storage.common.policy.RequestRetryOptions(
                        com.azure.storage.common.policy.RetryPolicyType.FIXED, 1, 5, 1L, 1L, null))
                .buildClient());

    assertThatThrownBy(() -> nobody.get("holdfast.json"))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("cannot read blob holdfast.json of container vault")
        .hasMessageNotContaining("c2VjcmV0");
  }
}
