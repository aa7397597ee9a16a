package io.holdfast.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.Extents;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryBlobs;
import io.holdfast.vault.Digest;
import io.holdfast.vault.SampleVault;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.Vault;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SegmentMoverTest {
  private static final int CHUNK = SampleVault.CHUNK_BYTES;
  private static final int CHUNKS = 100;
  private static final int DISK_BYTES = CHUNKS * CHUNK - 1_536;

  private final MemoryBlobs blobs = new MemoryBlobs(InstantSource.system());
  private final Vault vault = SampleVault.in(blobs).vault();
  private final byte[] disk = SampleVault.disk(7, DISK_BYTES);
  private final ExecutorService threads = Executors.newFixedThreadPool(16);
  private final Source source = new Source();
  private final Kept progress = new Kept();

  @AfterEach
  void endTheThreads() {
    threads.shutdownNow();
  }

  /** The disk, with something that happens before each read. */
  private final class Source implements DiskReader {
    private final AtomicInteger now = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final AtomicInteger reads = new AtomicInteger();
    private volatile LongConsumer before = offset -> {};

    @Override
    public long sizeBytes() {
      return disk.length;
    }

    @Override
    public long allocated(long offset, long length, Extents into) {
      throw new AssertionError();
    }

    @Override
    public long changed(DiskReader base, long offset, long length, Extents into) {
      throw new AssertionError();
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      reads.incrementAndGet();
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      try {
        before.accept(offset);
        smear(target);
        target.put(disk, (int) offset, target.remaining());
      } finally {
        now.decrementAndGet();
      }
    }
  }

  /** Fills what is behind the limit, as a buffer that held another chunk before. */
  private static void smear(ByteBuffer target) {
    ByteBuffer behind = target.duplicate().limit(target.capacity()).position(target.limit());
    while (behind.hasRemaining()) {
      behind.put((byte) 0x5A);
    }
  }

  /** Progress that a test looks at. */
  private static final class Kept implements Progress {
    private final List<Integer> stored = new ArrayList<>();
    private byte[] ids = new byte[0];
    private int chunk;
    private ByteCounts counts = ByteCounts.ZERO;
    private Digest done;
    private volatile boolean wanted = true;

    @Override
    public byte[] inHand() {
      return ids;
    }

    @Override
    public int chunk() {
      return chunk;
    }

    @Override
    public boolean atChunk(int at, byte[] now, ByteCounts more) {
      stored.add(at);
      chunk = at;
      ids = now;
      counts = counts.plus(more);
      return wanted;
    }

    @Override
    public boolean segmentDone(byte[] indexId, ByteCounts more) {
      done = Digest.of(indexId);
      counts = counts.plus(more);
      return wanted;
    }

    @Override
    public boolean wanted() {
      return wanted;
    }
  }

  private SegmentMover mover(int inHand, int readBytes, Duration checkpoint, Duration stall) {
    return new SegmentMover(
        threads,
        new SegmentMover.Bounds(inHand, readBytes, checkpoint, stall),
        InstantSource.system());
  }

  private SegmentMover mover() {
    return mover(8, CHUNK, Duration.ofMillis(1), Duration.ofMinutes(1));
  }

  private Segment segment(SegmentIndex base, boolean keepsBase, BitSet read) {
    return new Segment(
        new SegmentGrid(disk.length, CHUNK, SegmentIndex.CHUNKS),
        0,
        base,
        keepsBase,
        new SegmentGrid.Touched(read, new BitSet()),
        source,
        "snapshot");
  }

  private Segment whole() {
    BitSet all = new BitSet();
    all.set(0, CHUNKS);
    return segment(SegmentIndex.zero(vault.digester().algorithm(), CHUNK), false, all);
  }

  /** The segment as the vault has it, read back and proved. */
  private byte[] stored() {
    byte[] bytes = new byte[CHUNKS * CHUNK];
    List<Digest> chunks = vault.loadSegment(progress.done).chunks();
    for (int chunk = 0; chunk < CHUNKS; chunk++) {
      int at = chunk * CHUNK;
      if (!chunks.get(chunk).isZero()) {
        vault.readChunk(chunks.get(chunk), proved -> proved.get(bytes, at, CHUNK));
      }
    }
    assertThat(chunks.subList(CHUNKS, chunks.size())).allMatch(Digest::isZero);
    assertThat(Arrays.copyOfRange(bytes, disk.length, bytes.length)).containsOnly(0);
    return Arrays.copyOf(bytes, disk.length);
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted", e);
    }
  }

  @Test
  void chunks_that_come_in_any_order_are_taken_in_the_disk_s() {
    Random random = new Random(1);
    source.before = offset -> sleep(random.nextInt(4));

    assertThat(mover().move(vault, whole(), progress, Instant.MAX, false)).isTrue();

    assertThat(stored()).isEqualTo(disk);
    assertThat(progress.counts.read()).isEqualTo(disk.length);
    assertThat(progress.stored).isSorted().doesNotHaveDuplicates().isNotEmpty();
    assertThat(source.most.get()).isBetween(2, 8);
  }

  @Test
  void neighbours_are_read_together_and_the_last_read_ends_with_the_disk() {
    BitSet some = new BitSet();
    some.set(3, 40);
    some.set(60);
    some.set(90, CHUNKS);
    SegmentMover mover = mover(8, 16 * CHUNK, Duration.ofSeconds(1), Duration.ofMinutes(1));
    SegmentIndex zero = SegmentIndex.zero(vault.digester().algorithm(), CHUNK);

    assertThat(mover.move(vault, segment(zero, false, some), progress, Instant.MAX, false))
        .isTrue();

    byte[] expected = disk.clone();
    Arrays.fill(expected, 0, 3 * CHUNK, (byte) 0);
    Arrays.fill(expected, 40 * CHUNK, 60 * CHUNK, (byte) 0);
    Arrays.fill(expected, 61 * CHUNK, 90 * CHUNK, (byte) 0);
    assertThat(stored()).isEqualTo(expected);
    assertThat(source.reads).as("3-18, 19-34, 35-39, 60, 90-99").hasValue(5);
  }

  /** Rule 7: the chunk's id is that of the padded chunk, so it must not go by the buffer's past. */
  @Test
  void the_last_chunk_of_a_disk_is_padded_with_zeros() {
    assertThat(mover().move(vault, whole(), progress, Instant.MAX, false)).isTrue();

    assertThat(stored()).isEqualTo(disk);
  }

  @Test
  void a_visit_that_is_over_goes_on_where_it_stopped() {
    Instant past = Instant.now().minusSeconds(1);
    AtomicInteger visits = new AtomicInteger();
    // Time is up as soon as the first chunks are in hand.
    while (progress.done == null && visits.incrementAndGet() < 50) {
      Instant stop = visits.get() == 1 ? past : Instant.now().plusMillis(2);
      source.before = offset -> sleep(1);
      assertThat(mover().move(vault, whole(), progress, stop, false)).isTrue();
    }

    assertThat(visits.get()).isGreaterThan(1);
    assertThat(stored()).isEqualTo(disk);
    assertThat(progress.counts.read()).as("each chunk was read once").isEqualTo(disk.length);
  }

  @Test
  void a_failure_keeps_what_was_moved_before_it() {
    source.before =
        offset -> {
          if (offset == 30L * CHUNK) {
            throw new Unavailable("no answer");
          }
        };
    assertThatThrownBy(() -> mover().move(vault, whole(), progress, Instant.MAX, false))
        .isInstanceOf(Unavailable.class);
    assertThat(progress.chunk).isEqualTo(30);

    source.before = offset -> assertThat(offset).isGreaterThanOrEqualTo(30L * CHUNK);
    assertThat(mover().move(vault, whole(), progress, Instant.MAX, true)).isTrue();

    assertThat(stored()).isEqualTo(disk);
  }

  @Test
  void a_busy_source_is_asked_for_half_as_much_at_a_time_and_then_for_more_again() {
    SegmentMover mover = mover();
    source.before =
        offset -> {
          throw new Unavailable("busy", Duration.ofSeconds(1), null);
        };
    assertThatThrownBy(() -> mover.move(vault, whole(), progress, Instant.MAX, false))
        .isInstanceOf(Unavailable.class);
    List<Integer> seen = new ArrayList<>();
    source.before =
        offset -> {
          synchronized (seen) {
            seen.add(source.now.get());
          }
          sleep(1);
        };

    assertThat(mover.move(vault, whole(), progress, Instant.MAX, true)).isTrue();

    assertThat(seen.subList(0, 4)).allMatch(inHand -> inHand <= 4);
    assertThat(seen).as("it grows back").anyMatch(inHand -> inHand > 4);
    assertThat(stored()).isEqualTo(disk);
  }

  @Test
  @Timeout(20)
  void a_source_that_stalls_is_given_up_and_another_try_goes_on() {
    CountDownLatch never = new CountDownLatch(1);
    source.before =
        offset -> {
          if (offset == 10L * CHUNK) {
            try {
              never.await();
            } catch (InterruptedException e) {
              throw new Unavailable("interrupted", e);
            }
          }
        };
    SegmentMover mover = mover(4, CHUNK, Duration.ofMillis(20), Duration.ofMillis(200));

    assertThatThrownBy(() -> mover.move(vault, whole(), progress, Instant.MAX, false))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("chunk 10 of segment 0");
    assertThat(progress.done).isNull();

    source.before = offset -> {};
    assertThat(mover.move(vault, whole(), progress, Instant.MAX, true)).isTrue();
    assertThat(stored()).isEqualTo(disk);
  }

  @Test
  @Timeout(5)
  void what_nobody_wants_any_more_is_left_within_five_seconds_though_its_source_stalls()
      throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    source.before =
        offset -> {
          progress.wanted = false;
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw new Unavailable("interrupted", e);
          }
        };
    SegmentMover mover = mover(4, CHUNK, Duration.ofMillis(500), Duration.ofMinutes(1));

    assertThat(mover.move(vault, whole(), progress, Instant.MAX, false)).isFalse();

    interrupted.await();
    assertThat(progress.done).isNull();
  }

  @Test
  void an_image_that_the_vault_has_costs_one_request_a_chunk() {
    assertThat(mover().move(vault, whole(), new Kept(), Instant.MAX, false)).isTrue();
    int puts = blobs.requests("putIfAbsent");
    int touches = blobs.requests("touch");
    SegmentMover oneByOne = mover(1, CHUNK, Duration.ofSeconds(1), Duration.ofMinutes(1));

    assertThat(oneByOne.move(vault, whole(), progress, Instant.MAX, false)).isTrue();

    long chunks = blobs.names().stream().filter(name -> name.startsWith("chunks/")).count();
    assertThat(blobs.requests("putIfAbsent") - puts).as("the index only").isEqualTo(1);
    assertThat(blobs.requests("touch") - touches).isEqualTo((int) chunks + 1);
    assertThat(progress.counts.transferred()).isZero();
    assertThat(progress.counts.stored()).isZero();
    assertThat(stored()).isEqualTo(disk);
  }

  @Test
  void a_new_image_costs_one_request_a_chunk_and_equal_chunks_one_together() {
    for (int chunk = 0; chunk < CHUNKS - 1; chunk++) {
      Arrays.fill(disk, chunk * CHUNK, (chunk + 1) * CHUNK, (byte) (1 + chunk / 10));
    }
    SegmentMover oneByOne = mover(1, CHUNK, Duration.ofSeconds(1), Duration.ofMinutes(1));

    assertThat(oneByOne.move(vault, whole(), progress, Instant.MAX, false)).isTrue();

    assertThat(blobs.requests("putIfAbsent"))
        .as("holdfast.json, ten contents and the last chunk, the index")
        .isBetween(12, 13);
    assertThat(blobs.requests("touch")).as("one question").isEqualTo(1);
    assertThat(stored()).isEqualTo(disk);
  }
}
