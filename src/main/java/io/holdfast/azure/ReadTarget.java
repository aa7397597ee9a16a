package io.holdfast.azure;

import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Where the bytes of one read go. The SDK writes on a thread of its own, which may go on after the
 * read was given up: from {@link #close} on not a byte is written, since the buffer serves the next
 * chunk by then.
 */
final class ReadTarget extends OutputStream {
  private final ByteBuffer target;
  private final int wanted;
  private boolean closed;

  ReadTarget(ByteBuffer target) {
    this.target = target;
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

  @Override
  public synchronized void write(byte[] bytes, int from, int count) {
    if (closed) {
      throw new IllegalStateException("the read was given up");
    }
    if (count > target.remaining()) {
      throw new TooMuch();
    }
    target.put(bytes, from, count);
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  /** More bytes came than were asked for: whatever they are, they are not what was asked for. */
  static final class TooMuch extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
