package io.holdfast.local.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.local.host.HostFailure;
import io.holdfast.local.host.HostMain;
import io.holdfast.local.host.LocalSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Dev host, compute simulator and Azurite as children of this process. A dead dev host or simulator
 * is started again; Azurite's end ends the stack.
 */
public final class LocalStack implements AutoCloseable {
  private static final Duration READY_MAX = Duration.ofSeconds(90);
  private static final Duration FORMER_CHILDREN_MAX = Duration.ofSeconds(30);
  private static final Duration HOST_STOP_MAX = Duration.ofSeconds(15);
  private static final Duration SIMULATOR_STOP_MAX = Duration.ofSeconds(10);
  private static final Duration AZURITE_STOP_MAX = Duration.ofSeconds(60);

  /** A child that lived this long is started again at once and forgiven what was before. */
  private static final Duration GOOD_LIFE = Duration.ofSeconds(10);

  private static final int STARTS_IN_A_ROW_MAX = 6;

  /** Exit code of a process that a signal 9 ended, on Linux and macOS. */
  private static final int KILLED = 128 + 9;

  private static final long BACKOFF_MILLIS = 200;

  private final StackConfig config;
  private final PrintStream messages;
  private final DataLock lock;
  private final Child host;
  private final Child simulator;
  private final Child azurite;
  private final CompletableFuture<String> broken = new CompletableFuture<>();
  private final ScheduledExecutorService supervisor =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "supervisor");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean stopping;

  private LocalStack(StackConfig config, PrintStream messages, DataLock lock) throws StackFailure {
    this.config = config;
    this.messages = messages;
    this.lock = lock;
    Map<String, String> settings;
    try {
      settings = LocalSettings.read(config.app().resolve("local.settings.json"));
    } catch (HostFailure e) {
      throw new StackFailure(e.getMessage(), e);
    }
    Children children = new Children(config, settings, System.getenv());
    this.host = children.host();
    this.simulator = children.simulator();
    this.azurite = children.azurite();
  }

  /**
   * Starts the three processes and returns when all of them answer.
   *
   * @param messages what the user should know, one line each
   * @throws StackFailure with every fault that was found; nothing is left running then
   */
  public static LocalStack start(StackConfig config, PrintStream messages)
      throws StackFailure, InterruptedException {
    Path data = config.data();
    try {
      Files.createDirectories(data);
    } catch (IOException e) {
      throw new StackFailure(
          "The data folder %s cannot be made (%s): name another by --data.".formatted(data, e), e);
    }
    DataLock lock = DataLock.take(data);
    LocalStack stack = null;
    boolean started = false;
    try {
      lock.awaitFormerChildren(FORMER_CHILDREN_MAX);
      List<String> faults = Preflight.faults(config);
      if (!faults.isEmpty()) {
        throw new StackFailure(String.join(System.lineSeparator(), faults));
      }
      stack = new LocalStack(config, messages, lock);
      stack.run();
      started = true;
      return stack;
    } finally {
      if (!started && stack != null) {
        stack.close();
      } else if (!started) {
        unlock(lock);
      }
    }
  }

  private void run() throws StackFailure, InterruptedException {
    for (Child child : List.of(azurite, simulator, host)) {
      launch(child);
    }
    Readiness.await(config, READY_MAX, broken);
  }

  /** The line that tells a script where everything is. */
  public String readyLine() {
    ObjectMapper json = new ObjectMapper();
    ObjectNode line = json.createObjectNode();
    line.put("ready", true);
    line.put("api", config.api());
    line.put("arm", config.arm());
    line.put("blob", config.blob());
    line.put("queue", config.queue());
    line.put("table", config.table());
    line.put("vault", config.vault());
    line.set("pids", json.valueToTree(pids()));
    try {
      return json.writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns when the stack cannot go on, with the reason; never before. */
  public String awaitBroken() throws InterruptedException {
    try {
      return broken.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Where everything is. */
  public StackConfig config() {
    return config;
  }

  private Map<String, Long> pids() {
    Map<String, Long> pids = new LinkedHashMap<>();
    for (Child child : List.of(host, simulator, azurite)) {
      if (child.isAlive()) {
        pids.put(child.name(), child.pid());
      }
    }
    return pids;
  }

  private synchronized void launch(Child child) throws StackFailure {
    if (stopping) {
      return;
    }
    Process process = child.start();
    try {
      lock.note(pids());
    } catch (IOException e) {
      throw new StackFailure("Cannot note the children's pids: " + e, e);
    }
    process
        .onExit()
        .thenAcceptAsync(ended -> onExit(child, ended.exitValue()), supervisor)
        .exceptionally(
            error -> {
              broken.complete("The supervisor of " + child.name() + " failed: " + error);
              return null;
            });
  }

  private void onExit(Child child, int exitCode) {
    if (stopping) {
      return;
    }
    if (child == azurite) {
      broken.complete(
          "Azurite ended with exit code %d, so the stack stops: see %s"
              .formatted(exitCode, child.log()));
      return;
    }
    if (child == host && exitCode == HostFailure.CONFIGURATION) {
      broken.complete(hostFailure(exitCode));
      return;
    }
    if (exitCode == KILLED) {
      // Whoever killed it, it did not fail to start: however often that is, it is started again.
      child.forgive();
    }
    boolean livedWell = child.hadRun(GOOD_LIFE);
    if (!livedWell && child.startsInARow() >= STARTS_IN_A_ROW_MAX) {
      broken.complete(
          child == host
              ? hostFailure(exitCode)
              : "%s ended %d times at once (exit code %d): see %s"
                  .formatted(child.name(), child.startsInARow(), exitCode, child.log()));
      return;
    }
    // The first restart is at once; who dies young again waits longer each time.
    long pauseMillis =
        child.startsInARow() <= 1 ? 0 : BACKOFF_MILLIS << Math.min(child.startsInARow() - 1, 5);
    messages.printf("%s ended with exit code %d: starting it again%n", child.name(), exitCode);
    try {
      supervisor.schedule(() -> relaunch(child), pauseMillis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException stopped) {
      stopping = true;
    }
  }

  private void relaunch(Child child) {
    try {
      launch(child);
    } catch (StackFailure e) {
      broken.complete(e.getMessage());
    }
  }

  private String hostFailure(int exitCode) {
    try {
      return Files.readString(config.data().resolve(HostMain.FAILURE_FILE));
    } catch (IOException noReason) {
      return "The dev host ended with exit code %d: see %s".formatted(exitCode, host.log());
    }
  }

  /** Ends the children, Azurite last and never by force, and waits for them. */
  @Override
  public void close() {
    synchronized (this) {
      stopping = true;
    }
    supervisor.shutdownNow();
    broken.complete("The stack was stopped.");
    try {
      for (Child child : List.of(host, simulator)) {
        if (!child.stop(child == host ? HOST_STOP_MAX : SIMULATOR_STOP_MAX)) {
          messages.println(child.name() + " does not end by itself: killed");
          child.kill();
        }
      }
      if (!azurite.stop(AZURITE_STOP_MAX)) {
        messages.printf("Azurite (%d) still writes its state; it ends by itself%n", azurite.pid());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      unlock(lock);
    }
  }

  private static void unlock(DataLock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      System.err.println("The lock of the data folder could not be released: " + e);
    }
  }
}
