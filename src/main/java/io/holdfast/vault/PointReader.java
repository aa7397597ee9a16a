package io.holdfast.vault;

import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * Reads the disks of one point. Every byte is proved before it is handed on: the manifest by the
 * point, the indexes by the manifest, the chunks by the indexes.
 */
public final class PointReader {
  /** Chunks that are fetched at once: peers gain up to threefold from 16, a little less from 8. */
  public static final int GETS_IN_FLIGHT_MAX = 8;

  private final Vault vault;
  private final PointManifest point;

  public PointReader(Vault vault, PointManifest point) {
    this.vault = vault;
    this.point = point;
  }

  /** Takes the bytes of a disk that are not zero. Called by several threads, in any order. */
  public interface Sink {
    /**
     * @param offset of the first byte in the disk
     * @param bytes what remains in it: a chunk, or what of one belongs to the disk at its end; the
     *     sink must not keep it
     */
    void write(long offset, ByteBuffer bytes) throws IOException;
  }

  /**
   * The disk of that name.
   *
   * @throws Invalid {@code DiskNotFound}, naming those that the point has
   */
  public PointManifest.Disk disk(String name) {
    return point
        .findDisk(name)
        .orElseThrow(
            () ->
                new Invalid(
                    "DiskNotFound",
                    "point %s has no disk '%s'; it has %s"
                        .formatted(
                            point.pointId(),
                            name,
                            point.disks().stream()
                                .map(PointManifest.Disk::disk)
                                .collect(Collectors.joining(", ")))));
  }

  /**
   * Reads a whole disk. Zeros are not handed on: the sink starts out as zeros.
   *
   * @param progress told the bytes of disk that are done, zeros too; by several threads
   * @throws Corrupt naming disk, offset and chunk
   */
  public void read(PointManifest.Disk disk, Sink sink, LongConsumer progress) throws IOException {
    DiskManifest manifest = manifest(disk);
    try (InFlight gets = new InFlight(GETS_IN_FLIGHT_MAX, "holdfast-read")) {
      for (int number = 0; number < manifest.segments().size(); number++) {
        readSegment(disk, manifest, number, sink, progress, gets);
      }
      gets.finish();
    }
  }

  /** The disk's manifest, proved, and of the size that the point says. */
  public DiskManifest manifest(PointManifest.Disk disk) {
    DiskManifest manifest;
    try {
      manifest = vault.loadDiskManifest(disk.rootDigest());
    } catch (Corrupt e) {
      throw new Corrupt(
          "disk %s of point %s: %s".formatted(disk.disk(), point.pointId(), e.getMessage()), e);
    }
    if (manifest.sizeBytes() != disk.sizeBytes()
        || manifest.logicalSectorBytes() != disk.logicalSectorBytes()) {
      throw new Corrupt(
          "disk %s of point %s: the point says %d bytes in sectors of %d, its manifest %d in %d"
              .formatted(
                  disk.disk(),
                  point.pointId(),
                  disk.sizeBytes(),
                  disk.logicalSectorBytes(),
                  manifest.sizeBytes(),
                  manifest.logicalSectorBytes()));
    }
    return manifest;
  }

  /**
   * The chunks of one segment, proved, with zeros past the disk's end.
   *
   * @throws Corrupt naming disk, offset and index
   */
  public List<Digest> chunks(PointManifest.Disk disk, DiskManifest manifest, int number) {
    long from = number * SegmentIndex.segmentBytes(manifest.chunkBytes());
    List<Digest> chunks;
    try {
      chunks = vault.loadSegment(manifest.segment(number)).chunks();
    } catch (Corrupt e) {
      throw new Corrupt(
          "disk %s of point %s, segment at offset %d: %s"
              .formatted(disk.disk(), point.pointId(), from, e.getMessage()),
          e);
    }
    for (int i = 0; i < chunks.size(); i++) {
      if (from + (long) i * manifest.chunkBytes() >= manifest.sizeBytes()
          && !chunks.get(i).isZero()) {
        throw new Corrupt(
            "disk %s of point %s, segment at offset %d: its index %s has chunk %d past the end"
                .formatted(disk.disk(), point.pointId(), from, manifest.segment(number), i));
      }
    }
    return chunks;
  }

  private void readSegment(
      PointManifest.Disk disk,
      DiskManifest manifest,
      int number,
      Sink sink,
      LongConsumer progress,
      InFlight gets)
      throws IOException {
    long from = number * SegmentIndex.segmentBytes(manifest.chunkBytes());
    List<Digest> chunks = chunks(disk, manifest, number);
    for (int i = 0; i < chunks.size(); i++) {
      long offset = from + (long) i * manifest.chunkBytes();
      int length = (int) Math.min(manifest.chunkBytes(), manifest.sizeBytes() - offset);
      if (length <= 0) {
        return;
      }
      Digest id = chunks.get(i);
      if (id.isZero()) {
        progress.accept(length);
      } else {
        gets.submit(
            () -> {
              readChunk(disk, offset, id, chunk -> sink.write(offset, chunk.slice(0, length)));
              progress.accept(length);
            });
      }
    }
  }

  private void readChunk(
      PointManifest.Disk disk, long offset, Digest id, Vault.ChunkUse<IOException> use)
      throws IOException {
    try {
      vault.readChunk(id, use);
    } catch (Corrupt e) {
      throw new Corrupt(
          "disk %s of point %s, offset %d: %s (chunk %s)"
              .formatted(disk.disk(), point.pointId(), offset, e.getMessage(), id.hex()),
          e);
    }
  }
}
