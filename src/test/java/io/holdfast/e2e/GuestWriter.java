package io.holdfast.e2e;

import io.holdfast.e2e.Sparse.Range;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A guest that goes on writing random pages into its disks until it is told to stop. */
final class GuestWriter implements AutoCloseable {
  private static final int PAGE_BYTES = 4096;
  private static final int PAGES_A_BURST = 16;

  private final String jobUrl;
  private final Map<Path, List<Range>> places;
  private final Thread thread = new Thread(this::run, "guest");
  private final Random random = new Random(7);
  private volatile boolean stopping;
  private volatile long pages;
  private volatile IOException failure;

  private GuestWriter(String jobUrl, Map<Path, List<Range>> places) {
    this.jobUrl = jobUrl;
    this.places = places;
  }

  /** Starts to look at a job; from its snapshot on, which must not hold it, all is written. */
  static GuestWriter start(String jobUrl, Map<Path, List<Range>> places) {
    GuestWriter writer = new GuestWriter(jobUrl, places);
    writer.thread.start();
    return writer;
  }

  /** How many pages were written until now. */
  long pages() {
    return pages;
  }

  private void run() {
    try {
      while (!stopping && !snapshotTaken()) {
        Thread.sleep(50);
      }
      while (!stopping) {
        for (Map.Entry<Path, List<Range>> disk : places.entrySet()) {
          try (FileChannel file = FileChannel.open(disk.getKey(), StandardOpenOption.WRITE)) {
            for (Range range : disk.getValue()) {
              burst(file, range);
            }
          }
        }
        Thread.sleep(10);
      }
    } catch (IOException e) {
      failure = e;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean snapshotTaken() throws InterruptedException {
    try {
      return !Http.get(jobUrl).path("snapshotTime").isNull();
    } catch (IOException hostIsDown) {
      return false;
    }
  }

  private void burst(FileChannel file, Range range) throws IOException {
    byte[] page = new byte[(int) Math.min(PAGE_BYTES, range.length())];
    for (int i = 0; i < PAGES_A_BURST; i++) {
      random.nextBytes(page);
      long at = range.offset() + (long) (random.nextDouble() * (range.length() - page.length));
      Sparse.write(file, ByteBuffer.wrap(page), at);
      pages++;
    }
  }

  /** Stops; returns when nothing is written any more. */
  @Override
  public void close() throws IOException, InterruptedException {
    stopping = true;
    thread.join();
    if (failure != null) {
      throw failure;
    }
  }
}
