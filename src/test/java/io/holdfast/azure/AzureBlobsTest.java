package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.http.HttpHeaderName;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.util.BinaryData;
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
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class AzureBlobsTest extends BlobStoreContract {
  private static final HttpHeaderName CRC64 = HttpHeaderName.fromString("x-ms-content-crc64");

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private BlobContainerClient container;
  private BlobStore blobs;

  /** Notes each request: method, path, and the headers that matter. */
  private final class Witness implements HttpPipelinePolicy {
    @Override
    public Mono<HttpResponse> process(HttpPipelineCallContext call, HttpPipelineNextPolicy next) {
      var request = call.getHttpRequest();
      requests.add(
          "%s crc64=%b if-none-match=%s %s"
              .formatted(
                  request.getHttpMethod(),
                  request.getHeaders().getValue(CRC64) != null,
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

    assertThat(requests).containsExactly(HttpMethod.PUT + " crc64=true if-none-match=* null");
  }

  @Test
  void theServiceRefusesABodyThatWasDamagedOnTheWay() {
    AtomicInteger sent = new AtomicInteger();
    BlobStore damaging = new AzureBlobs(through(request -> flipOneBit(request, sent)));

    for (ByteBuffer body : List.of(ByteBuffer.allocateDirect(100_001), ByteBuffer.allocate(7))) {
      assertThatThrownBy(() -> damaging.putIfAbsent("a", body))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("Crc64Mismatch")
          .hasMessageContaining("the body was damaged on the way");
    }
    assertThatThrownBy(() -> damaging.put("a", new byte[7])).isInstanceOf(Unavailable.class);

    assertThat(sent).hasValue(3);
    assertThat(blobs.exists("a")).isFalse();
  }

  @Test
  void appendsABlockInOneRequestWithItsChecksumAndMakesTheBlobByAnother() {
    assertThat(blobs.append("a", new byte[100_000], 0)).isTrue();
    assertThat(requests)
        .containsExactly(
            HttpMethod.PUT + " crc64=false if-none-match=* null",
            HttpMethod.PUT + " crc64=true if-none-match=null comp=appendblock");
    requests.clear();

    assertThat(blobs.append("a", new byte[100_000], 100_000)).isTrue();
    assertThat(blobs.append("a", new byte[100_000], 100_000)).isFalse();

    assertThat(requests).hasSize(2);
  }

  @Test
  void theServiceRefusesABlockThatWasDamagedOnTheWay() {
    assertThat(blobs.append("a", new byte[7], 0)).isTrue();
    AtomicInteger sent = new AtomicInteger();
    BlobStore damaging = new AzureBlobs(through(request -> flipOneBit(request, sent)));

    assertThatThrownBy(() -> damaging.append("a", new byte[7], 7))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("Crc64Mismatch");

    assertThat(sent).hasValue(1);
    assertThat(blobs.get("a").orElseThrow().bytes()).hasSize(7);
  }

  @Test
  void aBlobThatWasPutCannotBeAppendedTo() {
    blobs.put("ledger/a", new byte[7]);

    assertThatThrownBy(() -> blobs.append("ledger/a", new byte[1], 7))
        .isInstanceOfSatisfying(
            Invalid.class, e -> assertThat(e.code()).isEqualTo("InvalidBlobType"))
        .hasMessageContaining("cannot append to blob ledger/a");
  }

  @Test
  void readsAPartInOneRequest() {
    blobs.put("a", new byte[5 * 1024 * 1024]);
    requests.clear();

    assertThat(blobs.readFrom("a", 4_000_000, ByteBuffer.allocate(100_000))).isEqualTo(100_000);

    assertThat(requests).hasSize(1);
  }

  private static void flipOneBit(HttpRequest request, AtomicInteger sent) {
    byte[] body = request.getBodyAsBinaryData().toBytes().clone();
    body[body.length / 2] ^= 1;
    request.setBody(BinaryData.fromBytes(body));
    sent.incrementAndGet();
  }

  /** The same container, with something on the way to it. */
  private BlobContainerClient through(Consumer<HttpRequest> way) {
    return new BlobContainerClientBuilder()
        .connectionString(Azurite.shared().connectionString())
        .containerName(container.getBlobContainerName())
        .addPolicy(
            (call, next) -> {
              way.accept(call.getHttpRequest());
              return next.process();
            })
        .buildClient();
  }

  @Test
  void sendsABufferFromItsPositionToItsLimitAndMovesNeither() {
    byte[] content = new byte[300_000];
    new Random(1).nextBytes(content);
    for (ByteBuffer all :
        List.of(ByteBuffer.allocateDirect(400_000), ByteBuffer.allocate(400_000))) {
      all.position(5_000).put(content);
      ByteBuffer part = all.slice(1_000, 350_000).position(4_000).limit(304_000);
      String name = "part-" + all.isDirect();

      assertThat(blobs.putIfAbsent(name, part).created()).isTrue();

      assertThat(part.position()).isEqualTo(4_000);
      assertThat(part.limit()).isEqualTo(304_000);
      assertThat(blobs.get(name).orElseThrow().bytes()).isEqualTo(content);
    }
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
