package io.holdfast.fake;

import io.holdfast.catalogue.TableLimits;
import io.holdfast.catalogue.TableStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/**
 * Table Storage in memory. Its clock is the service's. Between two pages it gives an empty one with
 * a continuation, as the service may. A test may look on at every call, which may throw before the
 * call is served, or after it: then the answer is lost.
 */
public final class MemoryTables implements TableStore {
  private record Stored(String etag, Instant timestamp, Map<String, Object> values) {}

  private final TreeMap<String, Stored> rows = new TreeMap<>();
  private final InstantSource clock;
  private final int pageRowsMax;
  private final AtomicInteger commits = new AtomicInteger();
  private long writes;
  private volatile BiConsumer<String, String> before = (action, partition) -> {};
  private volatile BiConsumer<String, List<Change>> after = (table, changes) -> {};

  public MemoryTables(InstantSource clock) {
    this(clock, 1_000);
  }

  /** A store whose pages are short. */
  public MemoryTables(InstantSource clock, int pageRowsMax) {
    this.clock = clock;
    this.pageRowsMax = pageRowsMax;
  }

  /** Calls this before each request with the method's and the partition's name; it may throw. */
  public void before(BiConsumer<String, String> hook) {
    before = hook;
  }

  /** Runs what a test asks for itself: no hook sees it. */
  public void quietly(Runnable asked) {
    BiConsumer<String, String> hook = before;
    before = (action, partition) -> {};
    try {
      asked.run();
    } finally {
      before = hook;
    }
  }

  /** Calls this after each commit that was made; what it throws is the fate of the answer. */
  public void after(BiConsumer<String, List<Change>> hook) {
    after = hook;
  }

  /** How many commits were tried. */
  public int commits() {
    return commits.get();
  }

  /** The row keys of a partition, in order. */
  public synchronized List<String> rowKeys(String table, String partition) {
    String prefix = path(table, new Key(partition, ""));
    return rows.tailMap(prefix).keySet().stream()
        .takeWhile(path -> path.startsWith(prefix))
        .map(path -> path.substring(prefix.length()))
        .toList();
  }

  /** The partitions of a table, in order. */
  public synchronized List<String> partitions(String table) {
    return rows.keySet().stream()
        .filter(path -> path.startsWith(table + "/"))
        .map(path -> path.split("/", -1)[1])
        .distinct()
        .toList();
  }

  /** Removes a row behind everyone's back. */
  public synchronized void remove(String table, Key key) {
    if (rows.remove(path(table, key)) == null) {
      throw new IllegalArgumentException("no row " + key);
    }
  }

  @Override
  public Optional<Row> get(String table, Key key) {
    before.accept("get", key.partition());
    synchronized (this) {
      return Optional.ofNullable(rows.get(path(table, key))).map(stored -> row(key, stored));
    }
  }

  @Override
  public Page query(
      String table, String partition, String from, String to, int rowsMax, Optional<String> next) {
    if (rowsMax < 1 || rowsMax > 1_000) {
      throw new IllegalArgumentException("a page holds 1 to 1000 rows, not " + rowsMax);
    }
    before.accept("query", partition);
    if (next.isEmpty() && pageRowsMax < 1_000) {
      // The service may give up looking before it has found the first row.
      return new Page(List.of(), Optional.of(from));
    }
    // "?" goes before an empty page: the service may stop at any place of a partition.
    if (next.filter(mark -> mark.startsWith("?")).isPresent()) {
      return new Page(List.of(), Optional.of(next.get().substring(1)));
    }
    synchronized (this) {
      List<Row> page = new ArrayList<>();
      String prefix = path(table, new Key(partition, ""));
      String start = prefix + next.orElse(from);
      for (Map.Entry<String, Stored> entry : rows.tailMap(start).entrySet()) {
        String rowKey =
            entry.getKey().startsWith(prefix) ? entry.getKey().substring(prefix.length()) : to;
        if (rowKey.compareTo(to) >= 0) {
          break;
        }
        if (page.size() == Math.min(rowsMax, pageRowsMax)) {
          return new Page(page, Optional.of("?" + rowKey));
        }
        page.add(row(new Key(partition, rowKey), entry.getValue()));
      }
      return new Page(page, Optional.empty());
    }
  }

  @Override
  public boolean commit(String table, List<Change> changes) {
    TableLimits.check(changes);
    commits.incrementAndGet();
    before.accept("commit", changes.get(0).key().partition());
    synchronized (this) {
      for (Change change : changes) {
        if (!allowed(change, rows.get(path(table, change.key())))) {
          return false;
        }
      }
      changes.forEach(change -> apply(table, change));
    }
    after.accept(table, changes);
    return true;
  }

  private static boolean allowed(Change change, Stored stored) {
    if (change instanceof Change.Insert) {
      return stored == null;
    }
    if (change instanceof Change.Upsert) {
      return true;
    }
    String etag = etagOf(change);
    return stored != null && (etag.equals(ANY) || etag.equals(stored.etag()));
  }

  private static String etagOf(Change change) {
    if (change instanceof Change.Replace replace) {
      return replace.etag();
    }
    if (change instanceof Change.Merge merge) {
      return merge.etag();
    }
    return ((Change.Delete) change).etag();
  }

  private void apply(String table, Change change) {
    String path = path(table, change.key());
    if (change instanceof Change.Delete) {
      rows.remove(path);
    } else if (change instanceof Change.Merge merge) {
      Map<String, Object> merged = new LinkedHashMap<>(rows.get(path).values());
      merged.putAll(merge.values());
      put(path, merged);
    } else if (change instanceof Change.Replace replace) {
      put(path, replace.values());
    } else if (change instanceof Change.Upsert upsert) {
      put(path, upsert.values());
    } else {
      put(path, ((Change.Insert) change).values());
    }
  }

  private void put(String path, Map<String, Object> values) {
    rows.put(path, new Stored("W/\"" + ++writes + "\"", clock.instant(), copy(values)));
  }

  private static Row row(Key key, Stored stored) {
    return new Row(key, stored.etag(), stored.timestamp(), copy(stored.values()));
  }

  private static Map<String, Object> copy(Map<String, Object> values) {
    Map<String, Object> copy = new HashMap<>();
    values.forEach(
        (name, value) -> copy.put(name, value instanceof byte[] bytes ? bytes.clone() : value));
    return copy;
  }

  /** Keys hold no slash. */
  private static String path(String table, Key key) {
    return table + "/" + key.partition() + "/" + key.row();
  }
}
