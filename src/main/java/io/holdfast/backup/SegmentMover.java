package io.holdfast.backup;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan.Decision;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.disk.DiskReader;
import io.holdfast.failure.Failure;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.Vault;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Moves the touched chunks of one segment into the vault: read, digest, compare with the base,
 * store; then the segment's index. A few chunks at a time, over threads that all lanes of the
 * process share; its buffers are the bound of its memory.
 */
public final class SegmentMover {
  private static final int MANIFESTS_MAX = 8;

  /** The manifests that were asked for last; each is at most some hundred KiB. */
  private final Map<String, DiskManifest> manifests =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, DiskManifest> eldest) {
          return size() > MANIFESTS_MAX;
        }
      };

  private final OwnVault vault;
  private final ExecutorService threads;
  private final BlockingQueue<byte[]> buffers = new LinkedBlockingQueue<>();
  private final int chunksInFlight;
  private final Duration checkpoint;
  private final InstantSource clock;

  /**
   * @param threads where chunks are moved
   * @param chunksInFlight chunks that one segment has in hand at a time
   * @param checkpoint how often progress is stored
   */
  public SegmentMover(
      OwnVault vault,
      ExecutorService threads,
      int chunksInFlight,
      Duration checkpoint,
      InstantSource clock) {
    this.vault = vault;
    this.threads = threads;
    this.chunksInFlight = chunksInFlight;
    this.checkpoint = checkpoint;
    this.clock = clock;
  }

  /**
   * A segment to move.
   *
   * @param touched what its change list means
   * @param reader of the disk's snapshot
   */
  record Segment(
      SegmentGrid grid,
      int number,
      Decision decision,
      SegmentGrid.Touched touched,
      DiskReader reader) {}

  /** What became of one chunk. */
  private record Moved(int chunk, Digest id, ByteCounts counts) {}

  /**
   * What became of a batch.
   *
   * @param moved its chunks in order, up to the first that failed
   * @param failure why that one failed; null when none did
   */
  private record Batch(List<Moved> moved, RuntimeException failure) {}

  /**
   * Moves what is left of the segment, until it is stored or the visit is over.
   *
   * @param stop when the visit is over: progress is stored and the segment left in hand
   * @param redelivered whether an earlier run may have sent some of the chunks
   * @return false when another run of the lane was faster
   */
  boolean move(Segment segment, LaneProgress progress, Instant stop, boolean redelivered) {
    Vault target = vault.vault();
    SegmentIndex base = base(target, segment);
    SegmentGrid.Touched touched = segment.touched();
    byte[] ids = ids(segment, progress.lane(), base, touched);
    List<Integer> chunks = left(touched.read(), progress.lane().chunk());
    ByteCounts counts = ByteCounts.ZERO;
    Instant stored = clock.instant();
    for (int at = 0; at < chunks.size(); at += chunksInFlight) {
      List<Integer> batch = chunks.subList(at, Math.min(chunks.size(), at + chunksInFlight));
      Batch done = moveAll(target, segment, base, batch, redelivered);
      for (Moved moved : done.moved()) {
        System.arraycopy(moved.id().bytes(), 0, ids, moved.chunk() * Lane.ID_BYTES, Lane.ID_BYTES);
        counts = counts.plus(moved.counts());
      }
      if (done.failure() != null) {
        // What was moved before it counts, so that a service that is busy now and then cannot keep
        // a lane from getting on.
        int failed = batch.get(done.moved().size());
        if (failed > chunks.get(0) && !progress.atChunk(failed, ids.clone(), counts)) {
          return false;
        }
        throw done.failure();
      }
      Instant now = clock.instant();
      boolean over = now.isAfter(stop);
      boolean more = at + chunksInFlight < chunks.size();
      if (more && (over || now.isAfter(stored.plus(checkpoint)))) {
        if (!progress.atChunk(batch.get(batch.size() - 1) + 1, ids.clone(), counts)) {
          return false;
        }
        counts = ByteCounts.ZERO;
        stored = now;
        if (over) {
          return true;
        }
      }
    }
    SegmentIndex index = index(target, segment, ids);
    Vault.Saved saved = target.saveSegment(index);
    return progress.segmentDone(
        saved.id().bytes(),
        counts.plus(new ByteCounts(0, 0, saved.created() ? saved.storedBytes() : 0)));
  }

  /** The base's ids of this segment; zeros where there is no base, or past its end. */
  private SegmentIndex base(Vault target, Segment segment) {
    String root = segment.decision().baseRoot();
    Digest id = root == null ? Digest.ZERO : manifest(target, root).segment(segment.number());
    return target.loadSegment(id);
  }

  /** A base's manifest, which all segments of a disk ask for: it never changes. */
  private DiskManifest manifest(Vault target, String root) {
    synchronized (manifests) {
      DiskManifest known = manifests.get(root);
      if (known != null) {
        return known;
      }
    }
    DiskManifest loaded = target.loadDiskManifest(Digest.ofHex(root));
    synchronized (manifests) {
      manifests.put(root, loaded);
    }
    return loaded;
  }

  /** Where the ids start from: what an earlier visit did, or the base under a diff, or zeros. */
  private static byte[] ids(
      Segment segment, Lane lane, SegmentIndex base, SegmentGrid.Touched touched) {
    if (lane.inHand().length > 0) {
      return lane.inHand().clone();
    }
    byte[] ids = new byte[segment.grid().segmentChunks() * Lane.ID_BYTES];
    if (segment.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF) {
      ByteBuffer into = ByteBuffer.wrap(ids);
      base.chunks().forEach(id -> id.write(into));
      touched.cleared().stream()
          .forEach(
              chunk ->
                  Arrays.fill(ids, chunk * Lane.ID_BYTES, (chunk + 1) * Lane.ID_BYTES, (byte) 0));
    }
    return ids;
  }

  private static List<Integer> left(BitSet read, int from) {
    return read.stream().filter(chunk -> chunk >= from).boxed().toList();
  }

  private Batch moveAll(
      Vault target, Segment segment, SegmentIndex base, List<Integer> batch, boolean redelivered) {
    List<Future<Moved>> running = new ArrayList<>();
    for (int chunk : batch) {
      running.add(
          threads.submit(
              () -> moveChunk(target, segment, base.chunks().get(chunk), chunk, redelivered)));
    }
    List<Moved> moved = new ArrayList<>();
    RuntimeException failure = null;
    // All of them are awaited also after a failure: none may write when the visit is over.
    for (Future<Moved> each : running) {
      try {
        Moved one = each.get();
        if (failure == null) {
          moved.add(one);
        }
      } catch (ExecutionException e) {
        failure = failure == null ? failure(segment, e.getCause()) : failure;
      } catch (InterruptedException e) {
        running.forEach(one -> one.cancel(true));
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while chunks were moved", e);
      }
    }
    return new Batch(moved, failure);
  }

  private static RuntimeException failure(Segment segment, Throwable cause) {
    return cause instanceof Failure known
        ? known
        : new IllegalStateException(
            "segment %d of %s could not be moved".formatted(segment.number(), segment.reader()),
            cause);
  }

  private Moved moveChunk(
      Vault target, Segment segment, Digest baseId, int chunk, boolean redelivered) {
    SegmentGrid grid = segment.grid();
    int length = grid.chunkLength(segment.number(), chunk);
    byte[] buffer = buffers.poll();
    byte[] bytes = buffer == null ? new byte[grid.chunkBytes()] : buffer;
    try {
      segment
          .reader()
          .read(
              grid.start(segment.number()) + (long) chunk * grid.chunkBytes(),
              ByteBuffer.wrap(bytes, 0, length));
      Arrays.fill(bytes, length, bytes.length, (byte) 0);
      Digest id = target.digester().chunkId(bytes);
      ByteCounts counts = new ByteCounts(length, 0, 0);
      boolean known = id.isZero() || id.equals(baseId);
      // A run that was cut off may have sent this chunk: asking costs less than sending it again.
      if (known || (redelivered && target.keepChunk(id))) {
        return new Moved(chunk, id, counts);
      }
      Vault.Saved saved = target.saveChunk(id, bytes);
      return new Moved(
          chunk,
          id,
          counts.plus(new ByteCounts(0, length, saved.created() ? saved.storedBytes() : 0)));
    } finally {
      buffers.add(bytes);
    }
  }

  private static SegmentIndex index(Vault target, Segment segment, byte[] ids) {
    ByteBuffer from = ByteBuffer.wrap(ids);
    List<Digest> chunks = new ArrayList<>(segment.grid().segmentChunks());
    for (int chunk = 0; chunk < segment.grid().segmentChunks(); chunk++) {
      chunks.add(Digest.read(from));
    }
    return new SegmentIndex(target.digester().algorithm(), segment.grid().chunkBytes(), chunks);
  }
}
