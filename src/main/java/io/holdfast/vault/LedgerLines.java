package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The lines of one file of the ledger as they stand there, read piece by piece. */
final class LedgerLines {
  private static final int PIECE_BYTES = 256 * 1024;

  private final BlobStore blobs;
  private final String name;
  private final ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
  private long offset;
  private boolean ended;
  private boolean absent;

  /**
   * @param offset where the first line begins
   */
  LedgerLines(BlobStore blobs, String name, long offset) {
    this.blobs = blobs;
    this.name = name;
    this.offset = offset;
    piece.limit(0);
  }

  /**
   * A line.
   *
   * @param json without its line feed
   * @param fault what is wrong with it as a line, to be read behind its place; null when nothing
   *     is. It is the last one that is given then
   */
  record Raw(byte[] json, String fault) {}

  /** The next line; empty behind the last one. */
  Optional<Raw> next() {
    int length = lengthOfLine();
    if (length < 0 && !ended) {
      fill();
      length = lengthOfLine();
    }
    if (length < 0 && !piece.hasRemaining()) {
      return Optional.empty();
    }
    if (length > LedgerLine.BYTES_MAX || (length < 0 && !ended)) {
      return last("is longer than any line of the ledger");
    }
    if (length < 0) {
      return last("is torn: it has no line feed at its end");
    }
    byte[] json = new byte[length];
    piece.get(json).get();
    offset += length + 1;
    return Optional.of(new Raw(json, null));
  }

  private Optional<Raw> last(String fault) {
    piece.position(piece.limit());
    ended = true;
    return Optional.of(new Raw(new byte[0], fault));
  }

  /** Without the line feed; -1 when there is none in what was read. */
  private int lengthOfLine() {
    for (int i = piece.position(); i < piece.limit(); i++) {
      if (piece.get(i) == '\n') {
        return i - piece.position();
      }
    }
    return -1;
  }

  private void fill() {
    byte[] rest = Arrays.copyOfRange(piece.array(), piece.position(), piece.limit());
    piece.clear().put(rest);
    int room = piece.remaining();
    long came = blobs.readFrom(name, offset + rest.length, piece);
    absent = came == BlobStore.ABSENT;
    ended = came < room;
    piece.flip();
  }

  /** Where the next line begins. */
  long offset() {
    return offset;
  }

  /** Whether there was no such file. */
  boolean absent() {
    return absent;
  }
}
