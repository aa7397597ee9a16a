package io.holdfast.transfer;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.vault.Buffers;
import io.holdfast.vault.Digest;
import io.holdfast.vault.Vault;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Moves chunks of one segment: read, digest, compare with the base, store. For several threads. */
final class ChunkMover {
  private final Vault vault;
  private final Segment segment;
  private final Asking asking;

  /** Created or touched in this very visit: once is enough for all places that hold it. */
  private final Set<Digest> saved = ConcurrentHashMap.newKeySet();

  /**
   * @param redelivered whether an earlier run may have sent some of the chunks: asking costs less
   *     than sending them again
   */
  ChunkMover(Vault vault, Segment segment, boolean redelivered) {
    this.vault = vault;
    this.segment = segment;
    this.asking = redelivered ? Asking.always() : Asking.learning(segment.base().isZero());
  }

  /**
   * Chunks that are read together.
   *
   * @param end the first that is not one of them
   */
  record Run(int from, int end) {}

  /** What became of one chunk. */
  record Moved(int chunk, Digest id, ByteCounts counts) {}

  List<Moved> move(Run run) {
    SegmentGrid grid = segment.grid();
    int chunkBytes = grid.chunkBytes();
    int runBytes = (run.end() - run.from()) * chunkBytes;
    long offset = grid.start(segment.number()) + (long) run.from() * chunkBytes;
    int length = (int) Math.min(runBytes, grid.sizeBytes() - offset);
    Buffers buffers = runBytes == chunkBytes ? vault.buffers() : Buffers.of(runBytes);
    ByteBuffer bytes = buffers.take();
    try {
      segment.reader().read(offset, bytes.limit(length));
      bytes.limit(runBytes);
      padWithZeros(bytes.position(length));
      List<Moved> moved = new ArrayList<>(run.end() - run.from());
      for (int chunk = run.from(); chunk < run.end(); chunk++) {
        moved.add(move(chunk, bytes.slice((chunk - run.from()) * chunkBytes, chunkBytes)));
      }
      return moved;
    } finally {
      buffers.give(bytes);
    }
  }

  /** The last chunk of a disk ends in zeros that are not the disk's. */
  private static void padWithZeros(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      bytes.put((byte) 0);
    }
  }

  private Moved move(int chunk, ByteBuffer bytes) {
    Digest id = vault.digester().chunkId(bytes);
    ByteCounts read = new ByteCounts(segment.grid().chunkLength(segment.number(), chunk), 0, 0);
    boolean known =
        id.isZero() || id.equals(segment.base().chunks().get(chunk)) || saved.contains(id);
    if (known || isThere(id)) {
      return new Moved(chunk, id, read);
    }
    Vault.Saved put = vault.saveChunk(id, bytes);
    asking.sent(put.created());
    boolean unused = saved.add(id);
    return new Moved(
        chunk,
        id,
        read.plus(new ByteCounts(0, read.read(), put.created() ? put.storedBytes() : 0)));
  }

  private boolean isThere(Digest id) {
    if (!asking.asksNext()) {
      return false;
    }
    boolean there = vault.keepChunk(id);
    asking.answered(there);
    return there && (saved.add(id) || there);
  }
}
