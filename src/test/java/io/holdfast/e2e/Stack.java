package io.holdfast.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.testing.Azurite;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The local stack as its users start it: {@code java -jar target/holdfast-local.jar serve}. */
final class Stack implements AutoCloseable {
  private static final Duration READY_MAX = Duration.ofSeconds(120);
  private static final Duration RELEASED_MAX = Duration.ofSeconds(90);
  private static final int PORTS = 5;
  private static Stack shared;

  private final Path data;
  private final List<String> ports = new ArrayList<>();
  private final int leaseSeconds;
  private final Optional<Path> keyFile;
  private final Set<String> items = ConcurrentHashMap.newKeySet();
  private Process serve;
  private JsonNode ready;
  private long killed;

  private Stack(String name, int leaseSeconds, Optional<Path> keyFile) {
    this.keyFile = keyFile;
    this.data = Programs.scratch().resolve(name);
    this.leaseSeconds = leaseSeconds;
    for (int i = 0; i < PORTS; i++) {
      ports.add("" + Azurite.freePort());
    }
  }

  /** One stack for all tests of this JVM; the first caller starts it, and it ends with the JVM. */
  static synchronized Stack shared() throws IOException, InterruptedException {
    if (shared == null) {
      shared = start("shared", 600);
    }
    return shared;
  }

  /**
   * Starts a stack on an empty folder.
   *
   * @param leaseSeconds of a queue message whose function runs
   */
  static Stack start(String name, int leaseSeconds) throws IOException, InterruptedException {
    return start(name, leaseSeconds, Optional.empty());
  }

  /** As {@link #start(String, int)}, with a vault that is encrypted when there is a key file. */
  static Stack start(String name, int leaseSeconds, Optional<Path> keyFile)
      throws IOException, InterruptedException {
    try {
      return startOnce(name, leaseSeconds, keyFile);
    } catch (AssertionError e) {
      // Another program of this machine may take a port between the choice and the start.
      System.err.println("started once more on other ports: " + e.getMessage());
      return startOnce(name, leaseSeconds, keyFile);
    }
  }

  private static Stack startOnce(String name, int leaseSeconds, Optional<Path> keyFile)
      throws IOException, InterruptedException {
    Stack stack = new Stack(name, leaseSeconds, keyFile);
    delete(stack.data);
    Files.createDirectories(stack.data);
    Runtime.getRuntime().addShutdownHook(new Thread(stack::close));
    stack.run();
    return stack;
  }

  private void run() throws IOException, InterruptedException {
    Path out = data.resolve("serve.out");
    Path err = data.resolve("serve.err");
    List<String> command = Programs.java("-jar");
    command.add(Programs.target().resolve("holdfast-local.jar").toString());
    command.addAll(List.of("serve", "--data", data.toString()));
    command.addAll(List.of("--http-port", ports.get(0), "--arm-port", ports.get(1)));
    command.addAll(List.of("--blob-port", ports.get(2), "--queue-port", ports.get(3)));
    command.addAll(List.of("--table-port", ports.get(4)));
    command.addAll(List.of("--lease-seconds", "" + leaseSeconds));
    Map<String, String> environment =
        Map.of("HOLDFAST_KEY_FILE", keyFile.map(Path::toString).orElse(""));
    serve = Programs.start(command, environment, out, err);
    long deadlineNanos = System.nanoTime() + READY_MAX.toNanos();
    while (!Files.readString(out).endsWith("\n")) {
      if (!serve.isAlive() || System.nanoTime() > deadlineNanos) {
        throw new AssertionError("the stack does not start: " + Files.readString(err));
      }
      Thread.sleep(50);
    }
    ready = Http.JSON.readTree(Files.readString(out));
  }

  /** Stops the stack by SIGTERM. */
  void stop() throws InterruptedException {
    serve.destroy();
    if (!serve.waitFor(90, TimeUnit.SECONDS)) {
      throw new AssertionError("serve does not end after SIGTERM");
    }
  }

  /** Stops the stack by SIGTERM and starts it again on the same folder and ports. */
  void restart() throws IOException, InterruptedException {
    stop();
    run();
  }

  /**
   * Kills the dev host as {@code kill -9} does; {@code serve} starts it again. One that was killed
   * a moment ago is waited for.
   *
   * @return how long it had lived
   */
  Duration killHost() throws IOException, InterruptedException {
    long deadlineNanos = System.nanoTime() + READY_MAX.toNanos();
    while (true) {
      long pid = Http.JSON.readTree(data.resolve("pids.json").toFile()).at("/host/pid").asLong();
      Optional<ProcessHandle> host = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
      if (host.isPresent() && pid != killed) {
        killed = pid;
        Instant started = host.get().info().startInstant().orElseThrow();
        host.get().destroyForcibly();
        return Duration.between(started, Instant.now());
      }
      if (!serve.isAlive() || System.nanoTime() > deadlineNanos) {
        throw new AssertionError(
            "the host is not started again: " + Files.readString(data.resolve("serve.err")));
      }
      Thread.sleep(10);
    }
  }

  /** Whether the dev host answers now. */
  boolean hostAnswers() throws InterruptedException {
    try {
      return Http.send("GET", admin() + "/host/status", null).status() == 200;
    } catch (IOException down) {
      return false;
    }
  }

  private String admin() {
    return api().substring(0, api().indexOf("/api/")) + "/admin";
  }

  JsonNode ready() {
    return ready;
  }

  String api() {
    return ready.path("api").asText();
  }

  String arm() {
    return ready.path("arm").asText();
  }

  String vault() {
    return ready.path("vault").asText();
  }

  /** What the command line needs to open this stack's vault. */
  List<String> keyOption() {
    return keyFile.map(file -> List.of("--key-file", file.toString())).orElse(List.of());
  }

  Path data() {
    return data;
  }

  /** The text of a child's log. */
  String log(String child) throws IOException {
    return Files.readString(data.resolve("logs").resolve(child + ".log"));
  }

  /** What {@code AzureWebJobsStorage} of this stack is. */
  String storage() {
    return "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;TableEndpoint=%s;"
        .formatted(
            Azurite.KEY,
            ready.path("blob").asText(),
            ready.path("queue").asText(),
            ready.path("table").asText());
  }

  /** Fires a timer function at once. */
  void fire(String function) throws IOException, InterruptedException {
    Http.send("POST", admin() + "/functions/" + function, "{\"input\":\"\"}").ok();
  }

  /** Makes every read of a snapshot take this long, so that a transfer lasts. */
  void slowReads(Duration delay) throws IOException, InterruptedException {
    Http.send(
            "PUT",
            arm() + "/_sim/faults",
            """
            [{"match":{"operation":"Blob_Download"},"times":1000000,"action":{"delay":"%s"}}]
            """
                .formatted(delay))
        .ok();
  }

  /** As {@link #slowReads}, and makes everything else that is asked of Azure take its time, too. */
  void slowAzure(Duration read, Duration other) throws IOException, InterruptedException {
    Http.send(
            "PUT",
            arm() + "/_sim/faults",
            """
            [{"match":{"operation":"Blob_Download"},"times":1000000,"action":{"delay":"%s"}},
             {"times":1000000,"action":{"delay":"%s"}}]
            """
                .formatted(read, other))
        .ok();
  }

  /** Ends what {@link #slowReads} or {@link #slowAzure} began. */
  void fullSpeed() throws IOException, InterruptedException {
    Http.send("DELETE", arm() + "/_sim/faults", null).ok();
  }

  /** What Holdfast has left in the simulated Azure for one item; fails on what is nobody's. */
  Leftovers leftovers(String itemId) throws IOException, InterruptedException {
    JsonNode all = Http.get(arm() + "/_sim/leftovers");
    for (JsonNode list : all) {
      for (JsonNode id : list) {
        if (items.stream().noneMatch(item -> id.asText().contains(item))) {
          throw new AssertionError("left behind, and of no item that a test knows: " + id);
        }
      }
    }
    return new Leftovers(
        ids(all.path("snapshots"), itemId),
        ids(all.path("restorePoints"), itemId),
        ids(all.path("grants"), itemId));
  }

  /** As {@link #leftovers}, after a job that failed: it shows its end before all is released. */
  void awaitNothingLeft(String itemId) throws IOException, InterruptedException {
    long deadlineNanos = System.nanoTime() + RELEASED_MAX.toNanos();
    while (!leftovers(itemId).equals(Leftovers.NONE)) {
      if (System.nanoTime() > deadlineNanos) {
        throw new AssertionError("left behind: " + leftovers(itemId));
      }
      Thread.sleep(200);
    }
  }

  /** Tells that an item exists, whose job may run while another test looks at what is left. */
  void expectItem(String itemId) {
    items.add(itemId);
  }

  private static Set<String> ids(JsonNode list, String itemId) {
    Set<String> ids = new TreeSet<>();
    list.forEach(id -> ids.add(id.asText()));
    ids.removeIf(id -> !id.contains(itemId));
    return ids;
  }

  /** Ids of what is there. */
  record Leftovers(Set<String> snapshots, Set<String> restorePoints, Set<String> grants) {
    static final Leftovers NONE = new Leftovers(Set.of(), Set.of(), Set.of());
  }

  @Override
  public void close() {
    try {
      if (serve != null && serve.isAlive()) {
        serve.destroy();
        if (!serve.waitFor(90, TimeUnit.SECONDS)) {
          serve.destroyForcibly();
        }
      }
      // Logs stay for whoever looks into a failure; the disks are what is large.
      for (String large : List.of("disks", "snapshots", "azurite")) {
        delete(data.resolve(large));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
