package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.storage.blob.BlobContainerClientBuilder;
import com.sun.net.httpserver.HttpExchange;
import io.holdfast.failure.Unavailable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way of a read: SDK, HTTP client, native TLS, a server that misbehaves. */
class AzureHttpTest {
  private static final int BYTES = 4 << 20;
  private static final int IN_FLIGHT = 32;

  @TempDir private Path folder;

  private static AzureBlobs blobs(TlsServer server, Duration stallMax) {
    NativeTls tls =
        NativeTls.choose(null, NativeTls.trusted(server.trusting()), Conscrypt::newProvider);
    return new AzureBlobs(
        new BlobContainerClientBuilder()
            .endpoint(server.url() + "/account/vault?sv=2023-11-03&sr=c&sig=bm8%3D")
            .httpClient(AzureHttp.make(tls, stallMax))
            .buildClient());
  }

  /** Answers a range as the service does, for as many bytes as are asked for. */
  private static int start(HttpExchange exchange) throws IOException {
    String range = exchange.getRequestHeaders().getFirst("x-ms-range");
    int first = Integer.parseInt(range.replaceAll("bytes=([0-9]+)-.*", "$1"));
    exchange.getResponseHeaders().add("ETag", "\"0x1\"");
    exchange.getResponseHeaders().add("Last-Modified", "Mon, 23 Nov 2026 00:00:00 GMT");
    exchange
        .getResponseHeaders()
        .add("Content-Range", "bytes %d-%d/%d".formatted(first, BYTES - 1, BYTES));
    exchange.sendResponseHeaders(206, BYTES - first);
    return BYTES - first;
  }

  @Test
  @Timeout(60)
  void givesUpABodyThatStallsAndWritesNothingIntoItsBufferAfterwards() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    try (TlsServer server =
        new TlsServer(
            folder,
            "dns:localhost",
            exchange -> {
              asked.incrementAndGet();
              int length = start(exchange);
              exchange.getResponseBody().write(new byte[Math.min(length, 1 << 20)]);
              exchange.getResponseBody().flush();
              awaited(over);
              exchange.close();
            })) {
      AzureBlobs blobs = blobs(server, Duration.ofMillis(500));
      long began = System.nanoTime();

      assertThatThrownBy(() -> blobs.read("chunk", ByteBuffer.allocateDirect(BYTES)))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("cannot read blob chunk");

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
      assertThat(asked).as("once more from where it stopped").hasValue(2);
    } finally {
      over.countDown();
    }
  }

  @Test
  @Timeout(60)
  void goesOnWhereABodyStopped() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    try (TlsServer server =
        new TlsServer(
            folder,
            "dns:localhost",
            exchange -> {
              int length = start(exchange);
              boolean cut = asked.incrementAndGet() == 1;
              byte[] body = new byte[cut ? 1 << 20 : length];
              java.util.Arrays.fill(body, (byte) asked.get());
              exchange.getResponseBody().write(body);
              exchange.close();
            })) {
      ByteBuffer into = ByteBuffer.allocateDirect(BYTES);

      assertThat(blobs(server, Duration.ofSeconds(5)).read("chunk", into)).isEqualTo(BYTES);

      assertThat(into.get(0)).isEqualTo((byte) 1);
      assertThat(into.get(BYTES - 1)).isEqualTo((byte) 2);
      assertThat(asked).hasValue(2);
    }
  }

  @Test
  @Timeout(60)
  void readsManyRangesAtOnceAndKeepsTheirConnections() throws Exception {
    CyclicBarrier allAtOnce = new CyclicBarrier(IN_FLIGHT);
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    ExecutorService threads = Executors.newFixedThreadPool(IN_FLIGHT);
    try (TlsServer server =
        new TlsServer(
            folder,
            "dns:localhost",
            exchange -> {
              ports.add(exchange.getRemoteAddress().getPort());
              meet(allAtOnce);
              int length = start(exchange);
              exchange.getResponseBody().write(new byte[length]);
              exchange.close();
            })) {
      AzureBlobs blobs = blobs(server, Duration.ofSeconds(30));
      for (int round = 0; round < 2; round++) {
        List<Future<Long>> reads = new ArrayList<>();
        for (int i = 0; i < IN_FLIGHT; i++) {
          reads.add(threads.submit(() -> blobs.read("chunk", ByteBuffer.allocate(BYTES))));
        }
        for (Future<Long> read : reads) {
          assertThat(read.get(50, TimeUnit.SECONDS)).isEqualTo(BYTES);
        }
      }

      assertThat(ports).as("connections of both rounds").hasSize(IN_FLIGHT);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void aBodyThatComesAfterItsReaderGaveUpIsNotWritten() {
    ByteBuffer target = ByteBuffer.allocate(4);
    BodyInto into = new BodyInto(target);
    into.write(new byte[] {1, 2}, 0, 2);
    into.close();

    assertThatThrownBy(() -> into.write(new byte[] {3}, 0, 1))
        .isInstanceOf(IllegalStateException.class);

    assertThat(target.array()).containsExactly(1, 2, 0, 0);
    assertThat(into.came()).isEqualTo(2);
  }

  private static void meet(CyclicBarrier barrier) throws IOException {
    try {
      barrier.await(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IOException("the reads do not run at once", e);
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
