package io.holdfast.cli;

import io.holdfast.vault.Digester;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a file that starts out as one hole, leaves blocks of zeros as holes, and lets what is
 * written go to the disk meanwhile: a flush of it all at the end would double the time. Safe for
 * several threads, each writing its own part.
 */
final class SparseFileWriter implements AutoCloseable {
  /** A hole that is shorter is not worth another call. */
  private static final int BLOCK_BYTES = 64 * 1024;

  /** Large enough that the disk gets long writes, small enough that little is left at the end. */
  private static final long FLUSH_EVERY_BYTES = 256L << 20;

  private final FileChannel channel;
  private final AtomicLong written = new AtomicLong();
  private final ExecutorService flusher =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "holdfast-flush");
            thread.setDaemon(true);
            return thread;
          });
  private volatile CompletableFuture<Void> flushing = CompletableFuture.completedFuture(null);

  SparseFileWriter(FileChannel channel) {
    this.channel = channel;
  }

  /** Writes what remains in the buffer at that offset. */
  void write(long offset, ByteBuffer bytes) throws IOException {
    int end = bytes.limit();
    int dataFrom = bytes.position();
    for (int at = dataFrom; at < end; at += BLOCK_BYTES) {
      int blockEnd = Math.min(end, at + BLOCK_BYTES);
      if (Digester.isZero(bytes.slice(at, blockEnd - at))) {
        writeData(offset, bytes, dataFrom, at);
        dataFrom = blockEnd;
      }
    }
    writeData(offset, bytes, dataFrom, end);
  }

  private void writeData(long offset, ByteBuffer bytes, int from, int to) throws IOException {
    if (from == to) {
      return;
    }
    ByteBuffer data = bytes.slice(from, to - from);
    long at = offset + from - bytes.position();
    while (data.hasRemaining()) {
      at += channel.write(data, at);
    }
    long before = written.getAndAdd(to - from);
    if ((before + to - from) / FLUSH_EVERY_BYTES > before / FLUSH_EVERY_BYTES) {
      startFlush();
    }
  }

  private synchronized void startFlush() {
    if (flushing.isDone() && !flushing.isCompletedExceptionally()) {
      flushing = CompletableFuture.runAsync(this::force, flusher);
    }
  }

  private void force() {
    try {
      channel.force(false);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /**
   * Waits until all that was written is on the disk.
   *
   * @throws IOException also what an earlier flush failed with: the kernel tells it only once
   */
  void flush() throws IOException {
    try {
      Void unused = flushing.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException failed) {
        throw failed;
      }
      throw e;
    }
    channel.force(true);
  }

  @Override
  public void close() {
    flusher.shutdown();
  }
}
