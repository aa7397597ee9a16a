package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Everything the simulator remembers: one JSON file per entry, replaced by rename, read back at
 * start. Callers hold {@link #locked} while they look at or change entries.
 */
final class Store {
  /**
   * One entry.
   *
   * @param kind the ARM type or the simulator's own kind
   * @param key what it is found by; a lower-case ARM id for resources
   * @param resource what ARM shows
   * @param sim what only the simulator knows
   */
  record Entry(String kind, String key, ObjectNode resource, ObjectNode sim) {
    ObjectNode properties() {
      return Json.child(resource, "properties");
    }

    ArmId id() {
      return new ArmId(resource.get("id").asText());
    }
  }

  private final Path root;
  private final Map<String, ConcurrentSkipListMap<String, Entry>> kinds = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();

  Store(Path root) throws IOException {
    this.root = root;
    Files.createDirectories(root);
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.toString().endsWith(".json")) {
          load(file);
        } else {
          Files.delete(file); // the rest of a write that never got its name
        }
      }
    }
  }

  private void load(Path file) throws IOException {
    JsonNode tree = Json.parse(Files.readAllBytes(file));
    Entry entry =
        new Entry(
            tree.get("kind").asText(),
            tree.get("key").asText(),
            Json.copy(tree.get("resource")),
            Json.copy(tree.get("sim")));
    kind(entry.kind).put(entry.key, entry);
  }

  /** Runs {@code work} as the only one that sees the state. Locks of one thread nest. */
  <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets others in while {@code work} copies bytes; the caller holds the lock exactly once, and
   * what it knew of the state may have changed afterwards.
   */
  <T> T unlocked(Supplier<T> work) {
    if (lock.getHoldCount() != 1) {
      throw new IllegalStateException("held " + lock.getHoldCount() + " times");
    }
    lock.unlock();
    try {
      return work.get();
    } finally {
      lock.lock();
    }
  }

  Optional<Entry> find(String kind, String key) {
    return Optional.ofNullable(kind(kind).get(key));
  }

  Optional<Entry> find(ArmId id) {
    return find(id.type(), id.key());
  }

  Entry require(ArmId id) {
    return find(id).orElseThrow(() -> Refusal.notFound(id));
  }

  List<Entry> list(String kind) {
    return List.copyOf(kind(kind).values());
  }

  /** The entries of a kind whose ARM id lies below {@code parent}. */
  List<Entry> below(String kind, ArmId parent) {
    String prefix = parent.key() + "/";
    return List.copyOf(kind(kind).subMap(prefix, prefix + Character.MAX_VALUE).values());
  }

  boolean isEmpty(String kind) {
    return kind(kind).isEmpty();
  }

  void save(Entry entry) {
    ObjectNode tree = Json.object().put("kind", entry.kind).put("key", entry.key);
    tree.set("resource", entry.resource);
    tree.set("sim", entry.sim);
    try {
      Path file = file(entry.kind, entry.key);
      Files.createDirectories(file.getParent());
      Path tmp = Files.createTempFile(file.getParent(), "new", ".tmp");
      Files.write(tmp, Json.bytes(tree));
      Files.move(tmp, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep " + entry.key, e);
    }
    kind(entry.kind).put(entry.key, entry);
  }

  void remove(String kind, String key) {
    try {
      Files.deleteIfExists(file(kind, key));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot forget " + key, e);
    }
    kind(kind).remove(key);
  }

  void remove(Entry entry) {
    remove(entry.kind, entry.key);
  }

  private ConcurrentSkipListMap<String, Entry> kind(String kind) {
    return kinds.computeIfAbsent(
        kind.toLowerCase(Locale.ROOT), name -> new ConcurrentSkipListMap<>());
  }

  private Path file(String kind, String key) {
    String readable = key.substring(key.lastIndexOf('/') + 1).replaceAll("[^A-Za-z0-9_.-]", "_");
    if (readable.length() > 60) {
      readable = readable.substring(0, 60);
    }
    return root.resolve(kind.toLowerCase(Locale.ROOT).replace('/', '.'))
        .resolve(readable + "-" + digest(key) + ".json");
  }

  private static String digest(String key) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
