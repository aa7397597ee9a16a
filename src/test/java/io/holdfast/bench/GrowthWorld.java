package io.holdfast.bench;

import io.holdfast.backup.Backup;
import io.holdfast.backup.Limits;
import io.holdfast.backup.SnapshotSite;
import io.holdfast.backup.StartBackup;
import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.fake.Bag;
import io.holdfast.fake.MemoryBlobs;
import io.holdfast.fake.MemoryDisks;
import io.holdfast.fake.MemoryTables;
import io.holdfast.function.Deliveries;
import io.holdfast.retention.RetainItem;
import io.holdfast.schedule.Slots;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import io.holdfast.vault.VaultOpener;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The whole app on stores in memory and one synthetic disk: backs it up, and counts what it does.
 */
final class GrowthWorld implements AutoCloseable {
  /**
   * One backup.
   *
   * @param job as it ended
   * @param nanos from the request until no message was left
   * @param counts requests, and bytes written, by name
   */
  record Run(Job job, long nanos, Map<String, Long> counts) {}

  /** A day and more: the snapshot of the day before is given back by then. */
  private static final Duration BETWEEN = Duration.ofHours(25);

  private final ExecutorService threads =
      Executors.newFixedThreadPool(Math.max(2, Runtime.getRuntime().availableProcessors()));
  private final Counts counts = new Counts();
  private final MemoryTables tables;
  private final MemoryBlobs blobs;
  private final Bag bag;
  private final Backup backup;
  private final Catalogue catalogue;
  private final Deliveries deliveries;
  private Map<String, Long> known = new HashMap<>();
  private Instant now = Instant.parse("2026-03-02T10:00:00Z");
  private int requests;

  /**
   * @param chunkBytes of the vault; 4 MiB in one that a service makes
   */
  GrowthWorld(SyntheticDisk disk, int chunkBytes) {
    InstantSource clock = () -> now;
    tables = new MemoryTables(clock);
    blobs = new MemoryBlobs(clock);
    bag = new Bag(clock);
    catalogue = Catalogue.over(tables);
    VaultConfig config =
        VaultConfig.plain(UUID.nameUUIDFromBytes(new byte[1]), now).withChunkBytes(chunkBytes);
    Vault unused = Vault.openOrCreate(blobs, config, VaultKeys.none());
    OwnVault vault = new OwnVault(blobs, VaultOpener.plain(), catalogue, clock);
    SyntheticDisks disks = new SyntheticDisks(disk, counts, clock);
    backup =
        Backup.over(
            catalogue,
            disks,
            new MemoryDisks(clock).surroundings(),
            vault,
            threads,
            Limits.DEFAULT,
            clock,
            SnapshotSite.of("snapshots"),
            vm -> Optional.empty());
    RetainItem retain =
        new RetainItem(
            catalogue,
            vault,
            disks,
            vm -> Optional.empty(),
            Slots::next,
            new RetainItem.Times(Duration.ofDays(14), Limits.DEFAULT.visitMax()),
            clock);
    deliveries = new Deliveries(catalogue, backup, retain, bag);
    tables.before((action, partition) -> counts.add("table requests: " + action, 1));
    tables.after((table, changes) -> changes.forEach(this::count));
    blobs.before((action, name) -> counts.add("blob requests: " + action, 1));
  }

  private void count(Change change) {
    counts.add("table rows written", 1);
    counts.add("table bytes written", bytes(change));
  }

  private static long bytes(Change change) {
    Map<String, Object> values = Map.of();
    if (change instanceof Change.Insert insert) {
      values = insert.values();
    } else if (change instanceof Change.Replace replace) {
      values = replace.values();
    } else if (change instanceof Change.Merge merge) {
      values = merge.values();
    } else if (change instanceof Change.Upsert upsert) {
      values = upsert.values();
    }
    long bytes = change.key().partition().length() + change.key().row().length();
    for (Map.Entry<String, Object> value : values.entrySet()) {
      bytes += value.getKey().length() + bytes(value.getValue());
    }
    return bytes;
  }

  private static long bytes(Object value) {
    if (value instanceof byte[] binary) {
      return binary.length;
    }
    return value instanceof String text ? text.length() : Long.BYTES;
  }

  /** A backup from its request until no message is left. */
  Run backUp() {
    now = now.plus(BETWEEN);
    Map<String, Long> setup = counts.take();
    long began = System.nanoTime();
    Requested requested =
        backup
            .start()
            .request(
                SyntheticDisks.VM_ID,
                now,
                "request" + ++requests,
                unused -> new Request(null, null, 1, null));
    if (!(requested instanceof Requested.Open open)) {
      throw new IllegalStateException("the backup does not open after " + setup);
    }
    bag.accept(StartBackup.next(open.job()));
    while (!bag.isEmpty()) {
      Bag.Message message = bag.take().orElseThrow();
      now = message.visible().isAfter(now) ? message.visible() : now;
      counts.add("messages", 1);
      deliveries.deliver(message.queue(), message.body(), message.attempt());
    }
    long nanos = System.nanoTime() - began;
    Map<String, Long> counted = new TreeMap<>(counts.take());
    newBlobs().forEach((folder, bytes) -> counted.merge(folder, bytes, Long::sum));
    return new Run(ended(open.job().id()), nanos, counted);
  }

  private Job ended(JobId id) {
    Job job = catalogue.jobs().find(id).map(Versioned::value).orElseThrow();
    if (job.status() != JobStatus.COMPLETED) {
      throw new IllegalStateException("the backup did not complete: " + job);
    }
    return job;
  }

  /** Number and bytes of the blobs that are new, by folder. */
  private Map<String, Long> newBlobs() {
    Map<String, Long> sizes = new HashMap<>();
    Optional<String> next = Optional.empty();
    do {
      BlobStore.Page page = blobs.list("", next);
      page.blobs().forEach(blob -> sizes.put(blob.name(), blob.sizeBytes()));
      next = page.next();
    } while (next.isPresent());
    Map<String, Long> made = new TreeMap<>();
    for (Map.Entry<String, Long> blob : sizes.entrySet()) {
      if (!known.containsKey(blob.getKey())) {
        String folder = blob.getKey().replaceAll("/.*", "");
        made.merge("blobs created: " + folder, 1L, Long::sum);
        made.merge("bytes created: " + folder, blob.getValue(), Long::sum);
      }
    }
    known = sizes;
    return made;
  }

  /** The item's recovery points. */
  List<?> points() {
    return catalogue.points().ofItem(SyntheticDisks.GUID, 10_000, Optional.empty());
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
