package io.holdfast.bench;

import io.holdfast.catalogue.ByteCounts;
import io.holdfast.cli.FolderBlobs;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.Extents;
import io.holdfast.transfer.Bases;
import io.holdfast.transfer.Progress;
import io.holdfast.transfer.Segment;
import io.holdfast.transfer.SegmentGrid;
import io.holdfast.transfer.SegmentMover;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The memory of segment transfers: so many segments of an image at once, over the threads and
 * bounds of the app. Peak heap is what the JVM's own pools saw, so that it counts garbage, too; run
 * it with the heap that an instance of 2,048 MB gives ({@code -Xmx512m}) or with less.
 */
public final class MemoryBench {
  private static final int THREADS = 16;
  private static final int IN_HAND_MAX = 8;

  private MemoryBench() {}

  /** A file that is read as a snapshot is: by ranges, into the caller's buffer. */
  private record FileReader(FileChannel file) implements DiskReader {
    @Override
    public long sizeBytes() {
      try {
        return file.size();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public long allocated(long offset, long length, Extents into) {
      throw new UnsupportedOperationException("all of it is moved");
    }

    @Override
    public long changed(DiskReader base, long offset, long length, Extents into)
        throws DiffRefused {
      throw new DiffRefused("there is nothing to compare");
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      try {
        long at = offset;
        while (target.hasRemaining()) {
          at += file.read(target, at);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final class Moved implements Progress {
    private ByteCounts counts = ByteCounts.ZERO;

    @Override
    public byte[] inHand() {
      return new byte[0];
    }

    @Override
    public int chunk() {
      return 0;
    }

    @Override
    public boolean atChunk(int chunk, byte[] ids, ByteCounts more) {
      counts = counts.plus(more);
      return true;
    }

    @Override
    public boolean segmentDone(byte[] id, ByteCounts more) {
      counts = counts.plus(more);
      return true;
    }

    @Override
    public boolean wanted() {
      return true;
    }
  }

  /** {@code IMAGE FOLDER SEGMENTS OUT}: moves so many segments at once into a vault in a folder. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    int segments = Integer.parseInt(arguments[2]);
    Vault vault =
        Vault.openOrCreate(
            new FolderBlobs(folder, InstantSource.system()),
            VaultConfig.plain(UUID.randomUUID(), Instant.now()),
            VaultKeys.none());
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    SegmentMover mover =
        new SegmentMover(
            threads,
            new SegmentMover.Bounds(
                IN_HAND_MAX,
                VaultConfig.CHUNK_BYTES_DEFAULT,
                Duration.ofSeconds(2),
                Duration.ofMinutes(1)),
            InstantSource.system());
    ExecutorService visits = Executors.newFixedThreadPool(segments);
    long began = System.nanoTime();
    long read = 0;
    try (FileChannel file = FileChannel.open(Path.of(arguments[0]))) {
      FileReader reader = new FileReader(file);
      SegmentGrid grid =
          new SegmentGrid(
              reader.sizeBytes(), vault.config().chunkBytes(), vault.config().segmentChunks());
      List<Future<Moved>> all = new ArrayList<>();
      for (int i = 0; i < segments; i++) {
        int number = i % grid.segments();
        all.add(visits.submit(() -> move(mover, vault, grid, number, reader)));
      }
      for (Future<Moved> each : all) {
        read += each.get().counts.read();
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    String result =
        String.format(
            Locale.ROOT,
            "{\"segments\": %d, \"maxHeapMiB\": %d, \"peakHeapMiB\": %d, \"peakDirectMiB\": %d, \"readMiB\": %d, \"seconds\": %.1f}%n",
            segments,
            Runtime.getRuntime().maxMemory() >> 20,
            peakHeapBytes() >> 20,
            directBytes() >> 20,
            read >> 20,
            seconds);
    Files.writeString(Path.of(arguments[3]), result);
    System.exit(0);
  }

  private static Moved move(
      SegmentMover mover, Vault vault, SegmentGrid grid, int number, DiskReader reader) {
    Moved moved = new Moved();
    BitSet whole = new BitSet();
    whole.set(0, (int) ((grid.length(number) + grid.chunkBytes() - 1) / grid.chunkBytes()));
    boolean unused =
        mover.move(
            vault,
            new Segment(
                grid,
                number,
                new Bases().segment(vault, null, number),
                false,
                new SegmentGrid.Touched(whole, new BitSet()),
                reader,
                "image"),
            moved,
            Instant.MAX,
            false);
    return moved;
  }

  private static long peakHeapBytes() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .map(MemoryPoolMXBean::getPeakUsage)
        .mapToLong(usage -> usage.getUsed())
        .sum();
  }

  /** Buffers are kept and used again: what is there at the end is the most that there was. */
  private static long directBytes() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }
}
