package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The ids of the 1,024 chunks of a segment, in order. Past the end of the disk they are {@link
 * Digest#ZERO}, so that a disk that grows needs no special case.
 *
 * @param algorithm how the ids were made
 * @param chunkBytes length of each chunk
 * @param chunks exactly {@link #CHUNKS} ids
 */
public record SegmentIndex(DigestAlgorithm algorithm, int chunkBytes, List<Digest> chunks) {
  /** Chunks in a segment. */
  public static final int CHUNKS = 1024;

  private static final int MAGIC = 0x48465349; // "HFSI"
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 16;

  static final int PLAINTEXT_BYTES = HEADER_BYTES + CHUNKS * Digest.BYTES;

  public SegmentIndex {
    chunks = List.copyOf(chunks);
    if (chunks.size() != CHUNKS) {
      throw new IllegalArgumentException("a segment has 1024 chunks, not " + chunks.size());
    }
    VaultConfig.requireChunkBytes(chunkBytes);
  }

  /** The segment that is all zeros. */
  public static SegmentIndex zero(DigestAlgorithm algorithm, int chunkBytes) {
    return new SegmentIndex(algorithm, chunkBytes, Collections.nCopies(CHUNKS, Digest.ZERO));
  }

  /** This segment with other chunks at some places. */
  public SegmentIndex with(Map<Integer, Digest> changes) {
    Digest[] all = chunks.toArray(new Digest[0]);
    changes.forEach((index, id) -> all[index] = id);
    return new SegmentIndex(algorithm, chunkBytes, List.of(all));
  }

  /** Whether all chunks are zero; its id is {@link Digest#ZERO} then, and it is not stored. */
  public boolean isZero() {
    return chunks.stream().allMatch(Digest::isZero);
  }

  /** Bytes of disk in a segment whose chunks are this long. */
  public static long segmentBytes(int chunkBytes) {
    return (long) CHUNKS * chunkBytes;
  }

  byte[] encode() {
    ByteBuffer to = ByteBuffer.allocate(PLAINTEXT_BYTES);
    to.putInt(MAGIC).put(VERSION).put(algorithm.code()).putShort((short) 0);
    to.putInt(chunkBytes).putInt(CHUNKS);
    chunks.forEach(id -> id.write(to));
    return to.array();
  }

  /**
   * @throws IllegalArgumentException naming the field that breaks a rule
   */
  static SegmentIndex decode(byte[] plaintext) {
    if (plaintext.length != PLAINTEXT_BYTES) {
      throw new IllegalArgumentException(
          "a segment index has no %d bytes".formatted(plaintext.length));
    }
    ByteBuffer from = ByteBuffer.wrap(plaintext);
    FormatHeader header = FormatHeader.read(from, MAGIC, "HFSI", VERSION);
    int chunkBytes = from.getInt();
    int count = from.getInt();
    if (count != CHUNKS) {
      throw new IllegalArgumentException("a segment index of %d chunks".formatted(count));
    }
    Digest[] chunks = new Digest[CHUNKS];
    for (int i = 0; i < CHUNKS; i++) {
      chunks[i] = Digest.read(from);
    }
    return new SegmentIndex(header.algorithm(), chunkBytes, List.of(chunks));
  }
}
