package io.holdfast.fake;

import io.holdfast.disk.Extent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** A disk in memory: its bytes, and which of its pages are allocated. What is not, is zeros. */
public final class MemoryDisk {
  private static final int PAGE = Extent.PAGE_BYTES;

  private final String uniqueId;
  private byte[] bytes;
  private final BitSet allocated;

  /**
   * @param sizeBytes a multiple of 512
   */
  public MemoryDisk(String uniqueId, int sizeBytes) {
    this(uniqueId, new byte[sizeBytes], new BitSet());
  }

  private MemoryDisk(String uniqueId, byte[] bytes, BitSet allocated) {
    this.uniqueId = uniqueId;
    this.bytes = bytes;
    this.allocated = allocated;
  }

  public String uniqueId() {
    return uniqueId;
  }

  public synchronized int sizeBytes() {
    return bytes.length;
  }

  /** All of it. */
  public synchronized byte[] bytes() {
    return bytes.clone();
  }

  synchronized MemoryDisk copy() {
    return new MemoryDisk(uniqueId, bytes.clone(), (BitSet) allocated.clone());
  }

  synchronized void read(long offset, byte[] target, int length) {
    System.arraycopy(bytes, (int) offset, target, 0, length);
  }

  /** Writes random bytes. */
  public synchronized void scribble(Random random, int offset, int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    write(offset, noise);
  }

  /** The guest writes. */
  public synchronized void write(int offset, byte[] content) {
    System.arraycopy(content, 0, bytes, offset, content.length);
    allocated.set(offset / PAGE, (offset + content.length - 1) / PAGE + 1);
  }

  /** The guest discards whole pages: they read as zeros. */
  public synchronized void discard(int offset, int length) {
    Arrays.fill(bytes, offset, offset + length, (byte) 0);
    allocated.clear(offset / PAGE, (offset + length) / PAGE);
  }

  public synchronized void grow(int sizeBytes) {
    bytes = Arrays.copyOf(bytes, sizeBytes);
  }

  synchronized List<Extent> allocated(long start, long end) {
    return runs(allocated, false, start, end);
  }

  /** In order; what was allocated and is not any more is a clear range. */
  synchronized List<Extent> changedSince(MemoryDisk base, long start, long end) {
    BitSet cleared = (BitSet) base.allocated.clone();
    cleared.andNot(allocated);
    BitSet written = new BitSet();
    for (int page = allocated.nextSetBit(0); page >= 0; page = allocated.nextSetBit(page + 1)) {
      boolean same =
          base.allocated.get(page)
              && Arrays.equals(
                  bytes,
                  page * PAGE,
                  (page + 1) * PAGE,
                  base.bytes,
                  page * PAGE,
                  (page + 1) * PAGE);
      written.set(page, !same);
    }
    List<Extent> changed = new ArrayList<>(runs(written, false, start, end));
    changed.addAll(runs(cleared, true, start, end));
    changed.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    return changed;
  }

  private static List<Extent> runs(BitSet pages, boolean clear, long start, long end) {
    List<Extent> runs = new ArrayList<>();
    int from = pages.nextSetBit((int) (start / PAGE));
    while (from >= 0 && (long) from * PAGE < end) {
      long to = Math.min(end, (long) pages.nextClearBit(from) * PAGE);
      runs.add(new Extent((long) from * PAGE, to - (long) from * PAGE, clear));
      from = pages.nextSetBit((int) (to / PAGE));
    }
    return runs;
  }
}
