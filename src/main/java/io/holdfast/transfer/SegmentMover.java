package io.holdfast.transfer;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.failure.Failure;
import io.holdfast.failure.Unavailable;
import io.holdfast.transfer.ChunkMover.Moved;
import io.holdfast.transfer.ChunkMover.Run;
import io.holdfast.vault.Digest;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.Vault;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Moves the touched chunks of one segment into the vault, then the segment's index. A window of
 * chunks is in hand at a time, each on a thread that it has to itself from the read to the write;
 * what is done is taken in the order of the disk, so that one number says how far it got.
 */
public final class SegmentMover {
  private static final int SOURCES_MAX = 256;

  /** The paces of the sources that were asked last. */
  private final Map<String, Pace> paces =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pace> eldest) {
          return size() > SOURCES_MAX;
        }
      };

  private final ExecutorService threads;
  private final Bounds bounds;
  private final InstantSource clock;

  /**
   * The bounds of the pipeline.
   *
   * @param inHandMax reads of one segment that are in hand at a time; each holds at most four
   *     buffers of {@code readBytes} or of a chunk
   * @param readBytes consecutive chunks are read together up to this many bytes; a chunk that is
   *     longer is one read
   * @param checkpoint how often progress is stored, or the work found to be unwanted
   * @param stallMax a chunk that is in hand for longer is given up, so that another host may try
   */
  public record Bounds(int inHandMax, int readBytes, Duration checkpoint, Duration stallMax) {}

  /**
   * @param threads where chunks are moved; they bound the memory of the process
   */
  public SegmentMover(ExecutorService threads, Bounds bounds, InstantSource clock) {
    this.threads = threads;
    this.bounds = bounds;
    this.clock = clock;
  }

  /** A run of chunks that is being moved. */
  /**
   * Chunks that are being moved.
   *
   * @param since when a thread began with them; null while they wait for one, which is not the
   *     source's fault
   */
  private record InHand(Run run, Future<List<Moved>> future, AtomicReference<Instant> since) {}

  /**
   * Moves what is left of the segment, until it is stored or the visit is over.
   *
   * @param stop when the visit is over: progress is stored and the segment left in hand
   * @param redelivered whether an earlier run may have sent some of the chunks
   * @return false when the work is not ours any more
   * @throws Unavailable when the source or the vault is busy, or gave no answer in time
   */
  public boolean move(
      Vault vault, Segment segment, Progress progress, Instant stop, boolean redelivered) {
    return new Visit(vault, segment, progress, stop, redelivered).run();
  }

  private Pace pace(String source) {
    synchronized (paces) {
      return paces.computeIfAbsent(source, unused -> new Pace(bounds.inHandMax()));
    }
  }

  /** One call of {@link #move}. For one thread. */
  private final class Visit {
    private final Vault vault;
    private final Segment segment;
    private final Progress progress;
    private final Instant stop;
    private final ChunkMover chunks;
    private final Pace pace;
    private final BitSet read;
    private final byte[] ids;
    private final Deque<InHand> inHand = new ArrayDeque<>();
    private ByteCounts counts = ByteCounts.ZERO;

    /** First chunk that was not started; -1 when none is left. */
    private int next;

    private int storedChunk;
    private Instant looked;

    private Visit(
        Vault vault, Segment segment, Progress progress, Instant stop, boolean redelivered) {
      this.vault = vault;
      this.segment = segment;
      this.progress = progress;
      this.stop = stop;
      this.chunks = new ChunkMover(vault, segment, redelivered);
      this.pace = pace(segment.source());
      this.read = segment.touched().read();
      this.ids = startIds(segment, progress);
      this.next = read.nextSetBit(progress.chunk());
      this.storedChunk = next;
      this.looked = clock.instant();
    }

    /** Whatever ends it, nothing goes on for nobody. */
    private boolean run() {
      try {
        return moved();
      } finally {
        abandon();
      }
    }

    private boolean moved() {
      boolean over = false;
      while (next >= 0 || !inHand.isEmpty()) {
        over |= clock.instant().isAfter(stop);
        if (!over) {
          start();
        }
        if (inHand.isEmpty()) {
          // The visit is over with all that was begun.
          return store();
        }
        if (!takeFirst() || !checkpoint()) {
          return false;
        }
      }
      Vault.Saved saved = vault.saveSegment(index());
      return progress.segmentDone(
          saved.id().bytes(),
          counts.plus(new ByteCounts(0, 0, saved.created() ? saved.storedBytes() : 0)));
    }

    private void start() {
      while (next >= 0 && inHand.size() < pace.allowed()) {
        Run run = run(next);
        AtomicReference<Instant> since = new AtomicReference<>();
        Future<List<Moved>> future =
            threads.submit(
                () -> {
                  since.set(clock.instant());
                  return chunks.move(run);
                });
        inHand.add(new InHand(run, future, since));
        next = read.nextSetBit(run.end());
      }
    }

    /** The chunks from this one that are read together. */
    private Run run(int from) {
      int most = Math.max(1, bounds.readBytes() / segment.grid().chunkBytes());
      return new Run(from, Math.min(read.nextClearBit(from), from + most));
    }

    /**
     * Waits for the first in hand, for a while.
     *
     * @return false when the work is not wanted any more
     */
    private boolean takeFirst() {
      InHand first = inHand.element();
      try {
        List<Moved> moved =
            first.future().get(bounds.checkpoint().toMillis(), TimeUnit.MILLISECONDS);
        InHand unused = inHand.remove();
        take(moved);
        return true;
      } catch (TimeoutException e) {
        Instant since = first.since().get();
        if (since != null && clock.instant().isAfter(since.plus(bounds.stallMax()))) {
          abandon();
          throw new Unavailable(
              "chunk %d of segment %d of %s was not moved within %d s; it is tried again"
                  .formatted(
                      first.run().from(),
                      segment.number(),
                      segment.reader(),
                      bounds.stallMax().toSeconds()));
        }
        return progress.wanted();
      } catch (ExecutionException e) {
        throw failed(e.getCause());
      } catch (InterruptedException e) {
        abandon();
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while chunks were moved", e);
      }
    }

    private void take(List<Moved> moved) {
      for (Moved each : moved) {
        System.arraycopy(each.id().bytes(), 0, ids, each.chunk() * Digest.BYTES, Digest.BYTES);
        counts = counts.plus(each.counts());
      }
      pace.wentWell();
    }

    /**
     * What was moved before the first failure counts, so that a service that is busy now and then
     * cannot keep a lane from getting on.
     */
    private RuntimeException failed(Throwable cause) {
      if (cause instanceof Unavailable busy && busy.retryAfter().isPresent()) {
        pace.busy();
      }
      int failed = inHand.element().run().from();
      abandon();
      if (failed > storedChunk) {
        // Whether the work is ours any more is found out by the next delivery.
        boolean unused = progress.atChunk(failed, ids.clone(), counts);
      }
      return cause instanceof Failure known
          ? known
          : new IllegalStateException(
              "segment %d of %s could not be moved".formatted(segment.number(), segment.reader()),
              cause);
    }

    /**
     * Nobody waits for what is in hand: a chunk that is stored all the same is one that nothing
     * refers to.
     */
    private void abandon() {
      inHand.forEach(each -> each.future().cancel(true));
      inHand.clear();
    }

    private boolean checkpoint() {
      boolean more = next >= 0 || !inHand.isEmpty();
      if (!more || !clock.instant().isAfter(looked.plus(bounds.checkpoint()))) {
        return true;
      }
      return store();
    }

    private boolean store() {
      looked = clock.instant();
      int reached = inHand.isEmpty() ? next : inHand.element().run().from();
      if (reached == storedChunk) {
        return progress.wanted();
      }
      boolean ours = progress.atChunk(reached, ids.clone(), counts);
      counts = ByteCounts.ZERO;
      storedChunk = reached;
      return ours;
    }

    private SegmentIndex index() {
      ByteBuffer from = ByteBuffer.wrap(ids);
      List<Digest> all = new ArrayList<>(segment.grid().segmentChunks());
      for (int chunk = 0; chunk < segment.grid().segmentChunks(); chunk++) {
        all.add(Digest.read(from));
      }
      return new SegmentIndex(vault.digester().algorithm(), segment.grid().chunkBytes(), all);
    }
  }

  /** Where the ids start from: what an earlier visit did, or the base under a diff, or zeros. */
  private static byte[] startIds(Segment segment, Progress progress) {
    if (progress.inHand().length > 0) {
      return progress.inHand().clone();
    }
    byte[] ids = new byte[segment.grid().segmentChunks() * Digest.BYTES];
    if (segment.keepsBase()) {
      ByteBuffer into = ByteBuffer.wrap(ids);
      for (int chunk = 0; chunk < segment.grid().segmentChunks(); chunk++) {
        // A disk that shrank has no bytes there, whatever its base had.
        boolean inside = segment.grid().chunkLength(segment.number(), chunk) > 0;
        (inside ? segment.base().chunks().get(chunk) : Digest.ZERO).write(into);
      }
      segment.touched().cleared().stream()
          .forEach(
              chunk ->
                  Arrays.fill(ids, chunk * Digest.BYTES, (chunk + 1) * Digest.BYTES, (byte) 0));
    }
    return ids;
  }
}
