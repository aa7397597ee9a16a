package io.holdfast.azure;

import io.holdfast.failure.Unavailable;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Where the bytes of one read go. The SDK writes on a thread of its own, which may go on after the
 * read was given up: from {@link #close} on not a byte is written, since the buffer serves the next
 * chunk by then.
 */
final class ReadTarget extends OutputStream {
  private final ByteBuffer target;
  private final String action;
  private final int wanted;
  private boolean closed;

  /**
   * @param action what is done, for a failure: "read 512 bytes at 0 of snapshot ..."
   */
  ReadTarget(ByteBuffer target, String action) {
    this.target = target;
    this.action = action;
    this.wanted = target.remaining();
  }

  /** Bytes that have come. */
  synchronized int got() {
    return wanted - target.remaining();
  }

  @Override
  public void write(int b) {
    write(new byte[] {(byte) b}, 0, 1);
  }

  /**
   * @throws Unavailable when more bytes come than were asked for: whatever they are, they are not
   *     what was asked for
   */
  @Override
  public synchronized void write(byte[] bytes, int from, int count) {
    if (closed) {
      throw new IllegalStateException("the read was given up");
    }
    if (count > target.remaining()) {
      throw new Unavailable("cannot %s: more than that came".formatted(action));
    }
    target.put(bytes, from, count);
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
