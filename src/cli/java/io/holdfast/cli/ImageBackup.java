package io.holdfast.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.ByteCounts;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.JobId;
import io.holdfast.failure.Invalid;
import io.holdfast.transfer.Bases;
import io.holdfast.transfer.Progress;
import io.holdfast.transfer.Segment;
import io.holdfast.transfer.SegmentGrid;
import io.holdfast.transfer.SegmentMover;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointRef;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * Makes a recovery point of one image, by the classes that move the segments of Azure's disks. The
 * create-only object under {@code points/} is the commit: until it is there, nothing was made.
 */
final class ImageBackup {
  private static final String DISK = "os";
  private static final int SECTOR_BYTES = 512;

  private final Vault vault;
  private final SegmentMover mover;
  private final InstantSource clock;

  ImageBackup(Vault vault, SegmentMover mover, InstantSource clock) {
    // What is there already may be damaged: a point must not be built on it unseen.
    this.vault = vault.proving();
    this.mover = mover;
    this.clock = clock;
  }

  /**
   * What to back up.
   *
   * @param id of the point, as the job's that makes it
   * @param base the point to build on
   * @param changed chunks that may differ from the base; empty when that is not known
   */
  record Request(
      SourceImage image, JobId id, Optional<PointManifest> base, Optional<BitSet> changed) {}

  /**
   * Backs it up.
   *
   * @param done told the bytes of the disk that need no more work
   */
  PointManifest run(Request request, LongConsumer done) {
    Optional<PointManifest.Disk> base = request.base().map(point -> baseDisk(request, point));
    SegmentGrid grid =
        new SegmentGrid(
            request.image().sizeBytes(),
            vault.config().chunkBytes(),
            vault.config().segmentChunks());
    BitSet chunks = chunks(request, base, grid);
    Bases bases = new Bases();
    String root = base.map(PointManifest.Disk::root).orElse(null);
    ByteCounts counts = ByteCounts.ZERO;
    List<Digest> segments = new ArrayList<>(grid.segments());
    DiskManifest baseManifest = base.map(d -> vault.loadDiskManifest(d.rootDigest())).orElse(null);
    for (int number = 0; number < grid.segments(); number++) {
      int first = number * grid.segmentChunks();
      BitSet touched = chunks.get(first, first + grid.segmentChunks());
      if (touched.isEmpty()) {
        // What no range names is the base's; what is a hole is zeros.
        segments.add(
            request.changed().isPresent() && baseManifest != null
                ? baseManifest.segment(number)
                : Digest.ZERO);
        done.accept(grid.length(number));
        continue;
      }
      Moved moved = new Moved(done, grid, number);
      boolean unused =
          mover.move(
              vault,
              new Segment(
                  grid,
                  number,
                  bases.segment(vault, root, number),
                  request.changed().isPresent(),
                  new SegmentGrid.Touched(touched, new BitSet()),
                  request.image(),
                  request.image().toString()),
              moved,
              Instant.MAX,
              false);
      segments.add(moved.id);
      counts = counts.plus(moved.counts);
    }
    Vault.Saved disk =
        vault.saveDiskManifest(
            new DiskManifest(
                vault.digester().algorithm(),
                grid.chunkBytes(),
                grid.sizeBytes(),
                SECTOR_BYTES,
                segments));
    return commit(request, disk.id(), counts);
  }

  private static PointManifest.Disk baseDisk(Request request, PointManifest base) {
    if (!base.itemId().equals(request.id().itemId())) {
      throw new Invalid(
          "BaseOfAnotherItem",
          "--base: point %s is one of item %s, not of %s"
              .formatted(base.pointId(), base.itemId(), request.id().itemId()));
    }
    return base.findDisk(DISK)
        .orElseThrow(
            () ->
                new Invalid(
                    "DiskNotFound", "--base: point %s has no disk os".formatted(base.pointId())));
  }

  /** The chunks to read: all that are no holes, or the ranges and what a change of size brings. */
  private static BitSet chunks(
      Request request, Optional<PointManifest.Disk> base, SegmentGrid grid) {
    if (request.changed().isEmpty()) {
      return FileHoles.chunksWithData(request.image().file(), grid.sizeBytes(), grid.chunkBytes());
    }
    int count = Math.toIntExact((grid.sizeBytes() - 1) / grid.chunkBytes() + 1);
    BitSet chunks = (BitSet) request.changed().get().clone();
    long before = base.map(PointManifest.Disk::sizeBytes).orElse(0L);
    if (before < grid.sizeBytes()) {
      // Nobody can have changed what was not there: the base says nothing about it.
      chunks.set((int) (before / grid.chunkBytes()), count);
    } else if (before > grid.sizeBytes() && grid.sizeBytes() % grid.segmentBytes() != 0) {
      // The base's last segment, and perhaps its chunk, go on behind the new end.
      chunks.set(count - 1);
    }
    return chunks;
  }

  /** The ids of one segment, kept in memory: a run that is cut off begins again. */
  private static final class Moved implements Progress {
    private final LongConsumer done;
    private final SegmentGrid grid;
    private final int number;
    private int reached;
    private ByteCounts counts = ByteCounts.ZERO;
    private Digest id = Digest.ZERO;

    private Moved(LongConsumer done, SegmentGrid grid, int number) {
      this.done = done;
      this.grid = grid;
      this.number = number;
    }

    @Override
    public byte[] inHand() {
      return new byte[0];
    }

    @Override
    public int chunk() {
      return 0;
    }

    @Override
    public boolean atChunk(int chunk, byte[] ids, ByteCounts more) {
      counts = counts.plus(more);
      long bytes = (long) (chunk - reached) * grid.chunkBytes();
      reached = chunk;
      done.accept(bytes);
      return true;
    }

    @Override
    public boolean segmentDone(byte[] indexId, ByteCounts more) {
      counts = counts.plus(more);
      id = Digest.of(indexId);
      done.accept(grid.length(number) - (long) reached * grid.chunkBytes());
      return true;
    }

    @Override
    public boolean wanted() {
      return true;
    }
  }

  private PointManifest commit(Request request, Digest root, ByteCounts counts) {
    Instant time = request.id().time();
    ChangeSource source =
        request.base().isEmpty()
            ? ChangeSource.FULL
            : request.changed().isPresent() ? ChangeSource.SNAPSHOT_DIFF : ChangeSource.COMPARE;
    String reason =
        switch (source) {
          case FULL -> "no base was named";
          case COMPARE -> "a base was named, and no list of changes";
          case SNAPSHOT_DIFF -> "a list of changes since the base was given";
        };
    ObjectNode none = JsonNodeFactory.instance.objectNode();
    String itemId = request.id().itemId();
    PointManifest point =
        new PointManifest(
            VaultConfig.FORMAT_VERSION,
            vault.config().vaultId(),
            itemId,
            request.id().pointId(),
            "image/" + itemId,
            itemId,
            request.id().toString(),
            time,
            time,
            new PointManifest.Consistency("CrashConsistent", "CrashConsistent"),
            request.base().map(PointManifest::pointId).orElse(null),
            none,
            List.of(
                new PointManifest.Disk(
                    DISK,
                    request.image().file().getFileName().toString(),
                    "image/" + itemId,
                    "image/" + itemId,
                    null,
                    request.image().sizeBytes(),
                    SECTOR_BYTES,
                    source.text(),
                    reason,
                    root.hex(),
                    counts.read(),
                    counts.transferred(),
                    counts.stored(),
                    none)),
            List.of(),
            List.of());
    Digest manifest = vault.savePointManifest(point).id();
    // A service may have taken the vault over while this ran: then its rows would lack this point.
    vault
        .configNow()
        .owner()
        .ifPresent(
            owner -> {
              throw new Invalid(
                  "VaultOwned",
                  ("vault %s was taken over by the service of catalogue %s while this backup ran: its"
                          + " point was not written; give a vault of your own")
                      .formatted(vault.config().vaultId(), owner));
            });
    if (!vault.putPoint(PointRef.of(point, manifest))) {
      throw new Invalid(
          "PointExists", "point %s is there already: run it again".formatted(point.pointId()));
    }
    return point;
  }
}
