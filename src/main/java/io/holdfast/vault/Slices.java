package io.holdfast.vault;

import java.nio.ByteBuffer;

/** Walks a buffer in slices, for kernels that are quick in small calls only. */
final class Slices {
  private Slices() {}

  /**
   * Sets the limit so that at most so many bytes remain.
   *
   * @return whether any do
   */
  static boolean next(ByteBuffer rest, int bytesMax) {
    rest.limit((int) Math.min(rest.limit(), (long) rest.position() + bytesMax));
    return rest.hasRemaining();
  }

  /** Opens the limit again, after a slice was taken. */
  static void rest(ByteBuffer rest, ByteBuffer whole) {
    rest.limit(whole.limit());
  }
}
