package io.holdfast.local.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * One stack per data folder: two Azurites on the same files would destroy them. Also knows the
 * children of the stack before, which may still be writing their state when it was killed.
 */
final class DataLock implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PAUSE_MILLIS = 50;

  private final Path pids;
  private final FileChannel channel;
  private final FileLock lock;

  private DataLock(Path pids, FileChannel channel, FileLock lock) {
    this.pids = pids;
    this.channel = channel;
    this.lock = lock;
  }

  /** Takes the folder, which exists; a {@link StackFailure} where another stack has it. */
  static DataLock take(Path data) throws StackFailure {
    try {
      FileChannel channel =
          FileChannel.open(
              data.resolve("serve.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        channel.close();
        throw new StackFailure(
            "Another local stack runs on %s: stop it, or name another folder by --data."
                .formatted(data));
      }
      return new DataLock(data.resolve("pids.json"), channel, lock);
    } catch (IOException e) {
      throw new StackFailure("Cannot lock the data folder %s: %s".formatted(data, e), e);
    }
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException heldByThisProcess) {
      return null;
    }
  }

  /** Waits until the children that an earlier stack left have ended. */
  void awaitFormerChildren(Duration most) throws StackFailure, InterruptedException {
    long deadlineNanos = System.nanoTime() + most.toNanos();
    while (true) {
      Optional<ProcessHandle> left = formerChild();
      if (left.isEmpty()) {
        return;
      }
      if (System.nanoTime() > deadlineNanos) {
        throw new StackFailure(
            "Process %d of an earlier local stack on this folder still runs: end it by 'kill %d' (not -9, Azurite would lose its state)."
                .formatted(left.get().pid(), left.get().pid()));
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    }
  }

  private Optional<ProcessHandle> formerChild() throws StackFailure {
    if (!Files.exists(pids)) {
      return Optional.empty();
    }
    try {
      for (JsonNode entry : JSON.readTree(pids.toFile())) {
        Optional<ProcessHandle> process = ProcessHandle.of(entry.path("pid").asLong());
        // A number may have been given to another process since: the start time tells.
        if (process.isPresent()
            && process.get().isAlive()
            && startOf(process.get()) == entry.path("start").asLong()) {
          return process;
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      throw new StackFailure("Cannot read %s: %s".formatted(pids, e), e);
    }
  }

  /** Notes the children that run now, by name. */
  void note(Map<String, Long> children) throws IOException {
    var json = JSON.createObjectNode();
    children.forEach(
        (name, pid) ->
            json.putObject(name)
                .put("pid", pid)
                .put("start", ProcessHandle.of(pid).map(DataLock::startOf).orElse(0L)));
    Path fresh = pids.resolveSibling("pids.json.new");
    Files.writeString(fresh, json.toString());
    Files.move(
        fresh,
        pids,
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(instant -> instant.toEpochMilli()).orElse(0L);
  }

  @Override
  public void close() throws IOException {
    lock.release();
    channel.close();
  }
}
