package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Direct buffers that are used again, shared by the process: native kernels and files take them
 * without a copy, and the collector never sees them. Who takes one bounds how many there are; the
 * one given back last is taken next, since it may still be in a cache. Safe for several threads.
 */
public final class Buffers {
  /** More than any process has in hand at a time; what is beyond is left to the collector. */
  private static final int KEPT_MAX = 64;

  /** So that a vault of small chunks does not allocate anew for each manifest. */
  private static final int BYTES_MIN = 256 * 1024;

  private static final Map<Integer, Buffers> POOLS = new ConcurrentHashMap<>();

  private final int bytes;
  private final ConcurrentLinkedDeque<ByteBuffer> kept = new ConcurrentLinkedDeque<>();
  private final AtomicInteger count = new AtomicInteger();

  private Buffers(int bytes) {
    this.bytes = bytes;
  }

  /** The pool of buffers that have room for that many bytes. */
  public static Buffers of(int bytesMin) {
    return POOLS.computeIfAbsent(Math.max(BYTES_MIN, bytesMin), Buffers::new);
  }

  /** An empty buffer with room for all that a pool of this size promises, holding anything. */
  public ByteBuffer take() {
    ByteBuffer buffer = kept.pollFirst();
    if (buffer == null) {
      return ByteBuffer.allocateDirect(bytes);
    }
    count.decrementAndGet();
    return buffer.clear();
  }

  /** As {@link #take}, but for at least that many bytes, even if the pool has none so large. */
  ByteBuffer take(int bytesMin) {
    return bytesMin > bytes ? ByteBuffer.allocateDirect(bytesMin) : take();
  }

  /** Hands one back; the caller must not use it any more, nor a view of it. */
  public void give(ByteBuffer buffer) {
    if (buffer.capacity() != bytes) {
      return;
    }
    if (count.incrementAndGet() > KEPT_MAX) {
      count.decrementAndGet();
      return;
    }
    kept.addFirst(buffer);
  }
}
