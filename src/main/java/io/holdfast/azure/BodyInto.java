package io.holdfast.azure;

import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Where the SDK writes a body to: a buffer of the caller's, and a count of what has no room there.
 *
 * <p>The SDK writes in a thread of the HTTP client's. A caller who gives up waiting (a deadline, an
 * interrupt) uses its buffer again for something else, while that thread may still hold bytes of
 * the old body: {@link #close} makes sure that none of them is written afterwards.
 */
final class BodyInto extends OutputStream {
  private final ByteBuffer target;
  private long came;
  private boolean closed;

  /**
   * @param target filled from its position, which moves, to its limit; direct or not
   */
  BodyInto(ByteBuffer target) {
    this.target = target;
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int count) {
    if (closed) {
      throw new IllegalStateException("a body went on after its reader had given it up");
    }
    came += count;
    target.put(bytes, from, Math.min(count, target.remaining()));
  }

  /** Bytes that came, also those for which there was no room. */
  synchronized long came() {
    return came;
  }

  /** After this the buffer is the caller's alone. */
  @Override
  public synchronized void close() {
    closed = true;
  }
}
