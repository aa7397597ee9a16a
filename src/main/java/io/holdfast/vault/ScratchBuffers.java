package io.holdfast.vault;

import java.util.concurrent.ArrayBlockingQueue;

/**
 * Byte arrays that are used again: compressing a chunk needs two of its size for a moment, and
 * making them anew each time would be most of what the collector has to do.
 */
final class ScratchBuffers {
  /** Kept at most: more threads than this just make their own. */
  private static final int KEPT_MAX = 16;

  private final ArrayBlockingQueue<byte[]> kept = new ArrayBlockingQueue<>(KEPT_MAX);
  private final int bytes;

  ScratchBuffers(int bytes) {
    this.bytes = bytes;
  }

  /** An array of at least that many bytes, with anything in it. */
  byte[] take(int bytesMin) {
    if (bytesMin > bytes) {
      return new byte[bytesMin];
    }
    byte[] buffer = kept.poll();
    return buffer == null ? new byte[bytes] : buffer;
  }

  /** Hands it back; the caller must not use it any more. */
  void give(byte[] buffer) {
    if (buffer.length == bytes) {
      // Full means that enough are kept already: this one is left to the collector.
      boolean unused = kept.offer(buffer);
    }
  }
}
