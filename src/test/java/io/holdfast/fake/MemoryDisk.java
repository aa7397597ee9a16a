package io.holdfast.fake;

import io.holdfast.disk.Extent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;

/**
 * A disk in memory: its bytes, and which of its pages are allocated. What is not, is zeros. A copy
 * shares its bytes with the original until one of the two writes, 64 KiB at a time, so that a
 * snapshot costs next to nothing.
 */
public final class MemoryDisk {
  private static final int PAGE = Extent.PAGE_BYTES;
  private static final int BLOCK = 64 << 10;

  private final String uniqueId;
  private final BitSet allocated;

  /** The bytes, by blocks; null stands for a block of zeros. */
  private byte[][] blocks;

  /** Which blocks no copy shares. */
  private final BitSet own = new BitSet();

  private int sizeBytes;

  /**
   * @param sizeBytes a multiple of 512
   */
  public MemoryDisk(String uniqueId, int sizeBytes) {
    this(uniqueId, sizeBytes, new byte[blocks(sizeBytes)][], new BitSet());
  }

  private MemoryDisk(String uniqueId, int sizeBytes, byte[][] blocks, BitSet allocated) {
    this.uniqueId = uniqueId;
    this.sizeBytes = sizeBytes;
    this.blocks = blocks;
    this.allocated = allocated;
  }

  private static int blocks(int sizeBytes) {
    return (sizeBytes + BLOCK - 1) / BLOCK;
  }

  public String uniqueId() {
    return uniqueId;
  }

  public synchronized int sizeBytes() {
    return sizeBytes;
  }

  /** All of it. */
  public synchronized byte[] bytes() {
    byte[] all = new byte[sizeBytes];
    read(0, all, sizeBytes);
    return all;
  }

  /** The same bytes for good, whatever is written to either of the two. */
  public synchronized MemoryDisk copy() {
    own.clear();
    return new MemoryDisk(uniqueId, sizeBytes, blocks.clone(), (BitSet) allocated.clone());
  }

  /**
   * @throws IndexOutOfBoundsException where the disk has no such bytes
   */
  public synchronized void read(long offset, byte[] target, int length) {
    if (offset < 0 || length < 0 || offset + length > sizeBytes) {
      throw new IndexOutOfBoundsException(
          "%d bytes at %d of a disk of %d".formatted(length, offset, sizeBytes));
    }
    for (int done = 0; done < length; ) {
      int at = (int) offset + done;
      int count = Math.min(length - done, BLOCK - at % BLOCK);
      byte[] block = blocks[at / BLOCK];
      if (block == null) {
        Arrays.fill(target, done, done + count, (byte) 0);
      } else {
        System.arraycopy(block, at % BLOCK, target, done, count);
      }
      done += count;
    }
  }

  /** Writes random bytes. */
  public synchronized void scribble(Random random, int offset, int length) {
    byte[] noise = new byte[length];
    random.nextBytes(noise);
    write(offset, noise);
  }

  /** The guest writes. */
  public synchronized void write(int offset, byte[] content) {
    if (content.length == 0) {
      return;
    }
    put(offset, content, content.length);
    allocated.set(offset / PAGE, (offset + content.length - 1) / PAGE + 1);
  }

  /** The guest discards whole pages: they read as zeros. */
  public synchronized void discard(int offset, int length) {
    put(offset, null, length);
    allocated.clear(offset / PAGE, (offset + length) / PAGE);
  }

  /**
   * @param content null: zeros
   */
  private void put(int offset, byte[] content, int length) {
    if (offset < 0 || offset + length > sizeBytes) {
      throw new IndexOutOfBoundsException(
          "%d bytes at %d of a disk of %d".formatted(length, offset, sizeBytes));
    }
    for (int done = 0; done < length; ) {
      int at = offset + done;
      int count = Math.min(length - done, BLOCK - at % BLOCK);
      if (content == null && count == BLOCK) {
        blocks[at / BLOCK] = null;
        own.clear(at / BLOCK);
      } else if (content != null) {
        System.arraycopy(content, done, ownBlock(at / BLOCK), at % BLOCK, count);
      } else if (blocks[at / BLOCK] != null) {
        Arrays.fill(ownBlock(at / BLOCK), at % BLOCK, at % BLOCK + count, (byte) 0);
      }
      done += count;
    }
  }

  private byte[] ownBlock(int index) {
    if (!own.get(index)) {
      blocks[index] = blocks[index] == null ? new byte[BLOCK] : blocks[index].clone();
      own.set(index);
    }
    return blocks[index];
  }

  public synchronized void grow(int newSizeBytes) {
    if (newSizeBytes < sizeBytes) {
      throw new IllegalArgumentException("a disk does not shrink");
    }
    blocks = Arrays.copyOf(blocks, blocks(newSizeBytes));
    sizeBytes = newSizeBytes;
  }

  /** Azure does not do that; a disk that is attached under another's identity may be smaller. */
  public synchronized void shrink(int newSizeBytes) {
    if (newSizeBytes > sizeBytes || newSizeBytes % PAGE != 0) {
      throw new IllegalArgumentException("not a smaller size: " + newSizeBytes);
    }
    discard(newSizeBytes, sizeBytes - newSizeBytes);
    blocks = Arrays.copyOf(blocks, blocks(newSizeBytes));
    sizeBytes = newSizeBytes;
  }

  synchronized List<Extent> allocated(long start, long end) {
    return runs(allocated, false, start, end);
  }

  /** In order; what was allocated and is not any more is a clear range. Both are copies. */
  synchronized List<Extent> changedSince(MemoryDisk base, long start, long end) {
    BitSet cleared = (BitSet) base.allocated.clone();
    cleared.andNot(allocated);
    BitSet written = new BitSet();
    for (int page = allocated.nextSetBit(0); page >= 0; page = allocated.nextSetBit(page + 1)) {
      written.set(page, !(base.allocated.get(page) && same(page, base)));
    }
    List<Extent> changed = new ArrayList<>(runs(written, false, start, end));
    changed.addAll(runs(cleared, true, start, end));
    changed.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    return changed;
  }

  private boolean same(int page, MemoryDisk base) {
    int index = page / (BLOCK / PAGE);
    byte[] now = blocks[index];
    byte[] before = base.blocks[index];
    if (now == before || now == null || before == null) {
      return now == before;
    }
    int from = page % (BLOCK / PAGE) * PAGE;
    return Arrays.equals(now, from, from + PAGE, before, from, from + PAGE);
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
