package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * One disk in one point: its exact size and the ids of its segments, in order. Its own id is the
 * disk's root: who trusts it can prove every byte.
 *
 * @param algorithm how the ids were made
 * @param chunkBytes length of each chunk
 * @param sizeBytes exact length of the disk, at least 1
 * @param logicalSectorBytes 512 or 4096
 * @param segments as many as the size needs; {@link Digest#ZERO} for one that is all zeros
 */
public record DiskManifest(
    DigestAlgorithm algorithm,
    int chunkBytes,
    long sizeBytes,
    int logicalSectorBytes,
    List<Digest> segments) {
  private static final int MAGIC = 0x4846444d; // "HFDM"
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 32;

  public DiskManifest {
    segments = List.copyOf(segments);
    VaultConfig.requireChunkBytes(chunkBytes);
    if (logicalSectorBytes != 512 && logicalSectorBytes != 4096) {
      throw new IllegalArgumentException("a sector of " + logicalSectorBytes + " bytes");
    }
    if (segments.size() != segmentCount(sizeBytes, chunkBytes)) {
      throw new IllegalArgumentException(
          "%d segments of %d-byte chunks for a disk of %d bytes"
              .formatted(segments.size(), chunkBytes, sizeBytes));
    }
  }

  /**
   * How many segments a disk has.
   *
   * @throws IllegalArgumentException if the size is less than 1, or too large for a manifest
   */
  public static int segmentCount(long sizeBytes, int chunkBytes) {
    long segmentBytes = SegmentIndex.segmentBytes(chunkBytes);
    long count = sizeBytes < 1 ? 0 : (sizeBytes - 1) / segmentBytes + 1;
    long countMax = (ObjectCodec.MANIFEST_BYTES_MAX - HEADER_BYTES) / Digest.BYTES;
    if (count < 1 || count > countMax) {
      throw new IllegalArgumentException(
          "a disk of %d bytes; the vault holds 1 to %d"
              .formatted(sizeBytes, countMax * segmentBytes));
    }
    return (int) count;
  }

  /** The id of a segment; {@link Digest#ZERO} past the end, so that a disk may have grown. */
  public Digest segment(int index) {
    return index < segments.size() ? segments.get(index) : Digest.ZERO;
  }

  byte[] encode() {
    ByteBuffer to = ByteBuffer.allocate(HEADER_BYTES + segments.size() * Digest.BYTES);
    to.putInt(MAGIC).put(VERSION).put(algorithm.code()).putShort((short) 0);
    to.putInt(chunkBytes).putInt(SegmentIndex.CHUNKS).putLong(sizeBytes);
    to.putInt(logicalSectorBytes).putInt(segments.size());
    segments.forEach(id -> id.write(to));
    return to.array();
  }

  /**
   * @throws IllegalArgumentException naming the field that breaks a rule
   */
  static DiskManifest decode(byte[] plaintext) {
    if (plaintext.length < HEADER_BYTES) {
      throw new IllegalArgumentException(
          "a disk manifest has no %d bytes".formatted(plaintext.length));
    }
    ByteBuffer from = ByteBuffer.wrap(plaintext);
    FormatHeader header = FormatHeader.read(from, MAGIC, "HFDM", VERSION);
    int chunkBytes = from.getInt();
    int segmentChunks = from.getInt();
    if (segmentChunks != SegmentIndex.CHUNKS) {
      throw new IllegalArgumentException("segments of %d chunks".formatted(segmentChunks));
    }
    long sizeBytes = from.getLong();
    int logicalSectorBytes = from.getInt();
    int count = from.getInt();
    if (count < 1 || from.remaining() != (long) count * Digest.BYTES) {
      throw new IllegalArgumentException(
          "it says %d segments and has %d bytes of them".formatted(count, from.remaining()));
    }
    Digest[] segments = new Digest[count];
    for (int i = 0; i < count; i++) {
      segments[i] = Digest.read(from);
    }
    return new DiskManifest(
        header.algorithm(), chunkBytes, sizeBytes, logicalSectorBytes, List.of(segments));
  }
}
