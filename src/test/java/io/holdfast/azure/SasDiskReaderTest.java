package io.holdfast.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.http.okhttp.OkHttpAsyncHttpClientBuilder;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Extent;
import io.holdfast.failure.Unavailable;
import io.holdfast.testing.ChangeLists;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import okhttp3.OkHttpClient;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real SDK against a source that is huge, fragmented, or misbehaves. */
@Timeout(120)
class SasDiskReaderTest {
  private static final long GIB = 1L << 30;
  private static final OkHttpClient CLIENT = new OkHttpClient();

  @AfterAll
  static void close() {
    CLIENT.dispatcher().executorService().shutdown();
    CLIENT.connectionPool().evictAll();
  }

  private static SasDiskReader reader(PageBlobPeer peer) {
    return reader(peer, Duration.ofSeconds(30));
  }

  private static SasDiskReader reader(PageBlobPeer peer, Duration deadline) {
    return new SasDiskReader(
        new DiskSnapshot("os", "snapshot-1", false, "unique", "family", 512),
        peer.url(),
        new OkHttpAsyncHttpClientBuilder(CLIENT).build(),
        () -> {},
        deadline);
  }

  // ---- change lists

  @Test
  void a_fragmented_disk_is_compared_in_few_requests_and_every_range_comes() throws Exception {
    long stride = 64 << 10;
    long ranges = 20 * GIB / stride;
    try (PageBlobPeer peer = new PageBlobPeer(64 * GIB, 0, 20 * GIB, stride)) {
      SasDiskReader reader = reader(peer);
      long[] seen = {0, 0};
      reader.sizeBytes();

      long at = 0;
      while (at < reader.sizeBytes()) {
        at =
            reader.changed(
                reader,
                at,
                reader.sizeBytes() - at,
                extent -> {
                  assertThat(extent.offset()).isEqualTo(seen[0] * stride);
                  assertThat(extent.clear()).isEqualTo(seen[0] % 2 == 1);
                  seen[0]++;
                  seen[1] += extent.length();
                });
      }

      assertThat(seen[0]).isEqualTo(ranges);
      assertThat(seen[1]).isEqualTo(ranges * 512);
      assertThat(peer.diffs.get())
          .as("requests for %d ranges", ranges)
          .isLessThanOrEqualTo((int) (ranges / 5_000) + 64 / 16 + 16);
    }
  }

  @Test
  void what_is_allocated_comes_page_by_page_each_asked_for_when_it_is_wanted() throws Exception {
    long stride = 64 << 10;
    try (PageBlobPeer peer = new PageBlobPeer(8 * GIB, GIB, 3 * GIB, stride)) {
      SasDiskReader reader = reader(peer);
      int[] seen = {0};

      long reached = reader.allocated(0, 8 * GIB, extent -> seen[0]++);

      assertThat(seen[0]).isEqualTo(10_000);
      assertThat(reached).isEqualTo(GIB + 9_999 * stride + 512);
      assertThat(peer.lists).hasValue(1);
      assertThat(ChangeLists.allocated(reader, 0, 8 * GIB))
          .hasSize((int) (2 * GIB / stride))
          .last()
          .isEqualTo(new Extent(3 * GIB - stride, 512, false));
      assertThat(peer.lists).hasValue(1 + 4);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {10_000, 10_001, 25_000})
  void a_list_that_is_cut_without_a_word_is_never_taken_as_complete(long ranges) throws Exception {
    long stride = 8192;
    try (PageBlobPeer peer = new PageBlobPeer(GIB, 4096, 4096 + ranges * stride, stride)) {
      peer.marks = false;
      SasDiskReader reader = reader(peer);

      assertThat(ChangeLists.allocated(reader, 0, GIB)).hasSize((int) ranges);
      assertThat(ChangeLists.changed(reader, reader, 0, GIB)).hasSize((int) ranges);
    }
  }

  @Test
  void a_service_that_ignores_the_window_is_not_asked_for_ever() throws Exception {
    try (PageBlobPeer peer = new PageBlobPeer(GIB, 0, GIB, 4096)) {
      peer.heedsRange = false;
      SasDiskReader reader = reader(peer);

      assertThatThrownBy(() -> ChangeLists.changed(reader, reader, GIB / 2, 4096))
          .isInstanceOf(DiffRefused.class)
          .hasMessageContaining("10000 changed ranges in one page");
      assertThatThrownBy(() -> ChangeLists.allocated(reader, GIB / 2, 4096))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("is not of this window")
          .hasMessageContaining("snapshot-1");
      assertThat(peer.diffs.get()).isLessThan(20);
    }
  }

  // ---- reads

  private static PageBlobPeer small() throws IOException {
    return new PageBlobPeer(64 << 20, 0, 0, 4096);
  }

  private static void assertReads(SasDiskReader reader, long offset, ByteBuffer target) {
    int length = target.remaining();
    int from = target.position();
    reader.read(offset, target);
    assertThat(target.hasRemaining()).isFalse();
    for (int i = 0; i < length; i++) {
      if (target.get(from + i) != PageBlobPeer.at(offset + i)) {
        throw new AssertionError("byte " + i + " is wrong");
      }
    }
  }

  @Test
  void a_read_fills_a_direct_buffer_and_a_part_of_a_heap_buffer() throws Exception {
    try (PageBlobPeer peer = small()) {
      SasDiskReader reader = reader(peer);

      assertReads(reader, 12_345, ByteBuffer.allocateDirect(4 << 20));
      ByteBuffer part = ByteBuffer.allocate(100_000);
      assertReads(reader, 512, part.position(7).limit(99_000));
      assertThat(part.get(6)).isZero();
      assertThat(part.limit(100_000).get(99_000)).isZero();
    }
  }

  @Test
  void a_connection_that_breaks_is_resumed_where_it_broke() throws Exception {
    try (PageBlobPeer peer = small()) {
      AtomicInteger broken = new AtomicInteger();
      peer.download =
          (call, from, to) -> {
            if (broken.incrementAndGet() > 2) {
              return false;
            }
            PageBlobPeer.send(call, from, to, 100_000);
            return true;
          };

      assertReads(reader(peer), 4096, ByteBuffer.allocateDirect(1 << 20));
      assertThat(peer.downloads).hasValue(3);
    }
  }

  @Test
  void a_connection_that_always_breaks_fails_with_what_came() throws Exception {
    try (PageBlobPeer peer = small()) {
      peer.download =
          (call, from, to) -> {
            PageBlobPeer.send(call, from, to, 100);
            return true;
          };

      assertThatThrownBy(() -> reader(peer).read(4096, ByteBuffer.allocate(65_536)))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("read 65536 bytes at 4096 of snapshot snapshot-1")
          .hasMessageContaining("bytes had come")
          .hasMessageNotContaining("sig=");
    }
  }

  /** What each wrong answer makes of {@code from..to}: the range it says, and its body's bytes. */
  @ParameterizedTest
  @ValueSource(strings = {"short", "shortBody", "otherRange", "longer", "whole", "noRange"})
  void an_answer_that_is_not_the_range_that_was_asked_for_is_refused(String how) throws Exception {
    try (PageBlobPeer peer = small()) {
      peer.download =
          (call, from, to) -> {
            switch (how) {
              case "short" -> PageBlobPeer.send(call, from, to - 512, to - 512 - from);
              case "otherRange" -> PageBlobPeer.send(call, from + 512, to + 512, to - from);
              case "longer" -> PageBlobPeer.send(call, from, to + 512, to + 512 - from);
              default -> {
                if (how.equals("shortBody")) {
                  call.getResponseHeaders()
                      .set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, 1 << 30));
                }
                long length = how.equals("shortBody") ? to - from - 512 : to - from;
                call.sendResponseHeaders(how.equals("whole") ? 200 : 206, length);
                call.getResponseBody().write(new byte[(int) length]);
              }
            }
            return true;
          };

      assertThatThrownBy(() -> reader(peer).read(4096, ByteBuffer.allocate(65_536)))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("snapshot-1")
          .hasMessageNotContaining("sig=");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void a_busy_service_is_asked_once_and_names_the_time_to_come_back(int status) throws Exception {
    try (PageBlobPeer peer = small()) {
      peer.download =
          (call, from, to) -> {
            call.getResponseHeaders().set("Retry-After", "7");
            call.sendResponseHeaders(status, -1);
            return true;
          };

      assertThatThrownBy(() -> reader(peer).read(0, ByteBuffer.allocate(512)))
          .isInstanceOfSatisfying(
              Unavailable.class,
              busy -> assertThat(busy.retryAfter()).contains(Duration.ofSeconds(7)));
      assertThat(peer.downloads).hasValue(1);
    }
  }

  @Test
  void a_source_that_stalls_is_given_up_and_writes_nothing_afterwards() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (PageBlobPeer peer = small()) {
      peer.download =
          (call, from, to) -> {
            PageBlobPeer.send(call, from, to, 1000);
            try {
              boolean unused = goOn.await(60, TimeUnit.SECONDS);
              byte[] late = new byte[(int) (to - from) - 1000];
              Arrays.fill(late, (byte) 0x77);
              call.getResponseBody().write(late);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            return true;
          };
      byte[] target = new byte[65_536];
      long began = System.nanoTime();

      assertThatThrownBy(
              () -> reader(peer, Duration.ofSeconds(2)).read(4096, ByteBuffer.wrap(target)))
          .isInstanceOfSatisfying(
              Unavailable.class, stalled -> assertThat(stalled.retryAfter()).isEmpty())
          .hasMessageContaining("snapshot-1")
          .hasMessageContaining("bytes had come after at most 2 s");

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(8));
      // The buffer serves the next chunk now.
      Arrays.fill(target, (byte) 1);
      goOn.countDown();
      Thread.sleep(500);
      for (byte each : target) {
        assertThat(each).isEqualTo((byte) 1);
      }
    }
  }

  @Test
  void windows_grow_slowly_and_never_fall_under_a_page() {
    ListWindow window = new ListWindow(16 * GIB);
    assertThat(window.of(64 * GIB)).isEqualTo(16 * GIB);
    long asked = 16 * GIB;
    for (int i = 0; i < 40 && asked > 512; i++) {
      asked = window.halved(asked);
    }
    assertThat(asked).isEqualTo(512);
    window.answered(512, 7_500);
    assertThat(window.of(GIB)).as("as dense as is wanted").isEqualTo(512);
    window.answered(512, 0);
    assertThat(window.of(GIB)).isEqualTo(1024);
    assertThat(List.of(window.of(512))).containsExactly(512L);
    for (int i = 0; i < 60; i++) {
      window.answered(window.of(64 * GIB), 1);
    }
    assertThat(window.of(64 * GIB)).isEqualTo(16 * GIB);
  }
}
