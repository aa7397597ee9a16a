package io.holdfast.fake;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.backup.Backup;
import io.holdfast.backup.Limits;
import io.holdfast.backup.SnapshotSite;
import io.holdfast.backup.StartBackup;
import io.holdfast.backup.StartBackup.Requested;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.Request;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Protection;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Tables;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Vm;
import io.holdfast.function.Deliveries;
import io.holdfast.retention.RetainItem;
import io.holdfast.schedule.Policies;
import io.holdfast.schedule.Slots;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointReader;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import io.holdfast.vault.VaultKeys;
import io.holdfast.vault.VaultOpener;
import io.holdfast.work.Next;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The whole app on fakes: a clock that a test sets, queues, tables, a vault with small chunks, and
 * Azure Compute. Its {@link #close} is the check that ends every test.
 */
public final class World implements AutoCloseable {
  /** Chunks of a page of memory make segments of 4 MiB, so that small disks have several. */
  public static final int CHUNK_BYTES = 4096;

  public static final int SEGMENT_BYTES = 1024 * CHUNK_BYTES;

  /** As the settings say: then a message is moved to the poison queue. */
  private static final long ATTEMPTS_MAX = 5;

  private static final Duration LEASE = Duration.ofMinutes(10);
  private static final int MESSAGES_MAX = 20_000;

  /** As in production, but for small disks: two lanes, and change lists in windows of 8 MiB. */
  public static final Limits LIMITS =
      new Limits(
          Limits.DEFAULT.deadline(),
          Limits.DEFAULT.deadlineMax(),
          Limits.DEFAULT.readBytesPerSecond(),
          Limits.DEFAULT.visitMax(),
          Limits.DEFAULT.checkpoint(),
          2,
          CHUNK_BYTES,
          2L * SEGMENT_BYTES,
          Limits.DEFAULT.lookDelay(),
          Limits.DEFAULT.lookDelayMax(),
          Limits.DEFAULT.releaseMax(),
          // So that every collection has its turn at every run.
          1);

  private static final ExecutorService THREADS =
      Executors.newFixedThreadPool(
          2,
          work -> {
            Thread thread = new Thread(work, "world");
            thread.setDaemon(true);
            return thread;
          });

  private volatile Instant now = Instant.parse("2026-03-02T10:00:00Z");
  public final InstantSource clock = () -> now;
  public final MemoryTables tables = new MemoryTables(clock, 5);
  public final MemoryBlobs blobs = new MemoryBlobs(clock);
  public final MemoryDisks disks = new MemoryDisks(clock);
  private final Cloud cloud;
  public final Bag bag = new Bag(clock);
  public final Catalogue catalogue = Catalogue.over(tables);
  public final OwnVault vault = new OwnVault(blobs, VaultOpener.plain(), catalogue, clock);
  public final Backup backup;
  public final RetainItem retain;
  private final Deliveries deliveries;
  private final Map<String, byte[]> held = new HashMap<>();
  private final Random random = new Random(1);
  private Duplicates duplicates = Duplicates.NONE;
  private final java.util.Set<String> redelivered = new java.util.HashSet<>();
  private int requests;

  /** Tests make many points a day: those that are not about retention keep them all. */
  private static final io.holdfast.catalogue.RetentionRule KEEPS_ALL =
      new io.holdfast.catalogue.RetentionRule(9_999, 0, 0, 0, 0, 0);

  /** What happens to each message at its first delivery. */
  public enum Duplicates {
    NONE,
    /** It is run, and what it sends arrives; then it comes again. */
    RUN_TWICE,
    /** It is run, but the host dies before it sends anything; then it comes again. */
    RUN_AND_LOSE_FIRST
  }

  public World() {
    this(LIMITS);
  }

  public World(Limits limits) {
    this(limits, null);
  }

  /**
   * @param other stands for Azure instead of {@link #disks}, which nobody asks then; null for these
   */
  World(Limits limits, Cloud other) {
    cloud = other == null ? new MemoryCloud(disks, now) : other;
    now = cloud.start();
    VaultConfig config =
        VaultConfig.plain(UUID.nameUUIDFromBytes(new byte[1]), now).withChunkBytes(CHUNK_BYTES);
    Vault unused = Vault.openOrCreate(blobs, config, VaultKeys.none());
    backup =
        Backup.over(
            catalogue,
            cloud.disks(),
            cloud.surroundings(),
            vault,
            THREADS,
            limits,
            clock,
            SnapshotSite.of("snapshots"),
            this::covering);
    retain =
        new RetainItem(
            catalogue,
            vault,
            cloud.disks(),
            this::covering,
            Slots::next,
            new RetainItem.Times(Duration.ofDays(14), limits.visitMax()),
            clock);
    deliveries = new Deliveries(catalogue, backup, retain, bag);
  }

  /** The policy that a VM is under; where a test made none, one that names it. */
  private Optional<Policy> covering(Vm vm) {
    return catalogue.policies().all().isEmpty()
        ? Optional.of(
            new Policy(
                "nightly",
                new Policy.Selector(List.of(vm.id()), Map.of(), List.of()),
                new Policy.Schedule("0 2 * * *", "UTC"),
                Policy.Rank.DEFAULT,
                io.holdfast.catalogue.Protection.DEFAULT,
                KEEPS_ALL,
                0,
                now))
        : policies().covering(vm);
  }

  /** Makes a policy that names a VM. */
  public void putPolicy(String name, MemoryVm vm, int instantRestoreDays) {
    Policy policy =
        new Policy(
            name,
            new Policy.Selector(List.of(vm.id()), Map.of(), List.of()),
            new Policy.Schedule("0 2 * * *", "UTC"),
            Policy.Rank.DEFAULT,
            io.holdfast.catalogue.Protection.DEFAULT,
            KEEPS_ALL,
            instantRestoreDays,
            now);
    assertThat(catalogue.policies().put(policy, Optional.empty())).isTrue();
  }

  /** The policies as the app has them. */
  public Policies policies() {
    return new Policies(catalogue, vault, List.of(MemoryVm.SUBSCRIPTION), "UTC");
  }

  // ---- what a test does

  public void advance(Duration by) {
    cloud.advance(by);
    now = now.plus(by);
  }

  /** A Linux VM that runs, with an OS disk of three segments and a data disk of two. */
  public MemoryVm vm(String name) {
    MemoryVm vm = disks.add(new MemoryVm(name, UUID.nameUUIDFromBytes(name.getBytes()).toString()));
    MemoryDisk os =
        vm.attach("os", new MemoryDisk(name + "-os-id", 2 * SEGMENT_BYTES + 3 * 4096 + 512));
    os.scribble(random, 0, 30_000);
    os.scribble(random, SEGMENT_BYTES - 5_120, 10_240);
    os.scribble(random, 2 * SEGMENT_BYTES + 2 * 4096, 4096 + 512);
    MemoryDisk data = vm.attach("lun0", new MemoryDisk(name + "-lun0-id", SEGMENT_BYTES + 8192));
    data.scribble(random, 512, 1024);
    data.scribble(random, SEGMENT_BYTES, 8192);
    return vm;
  }

  public void duplicate(Duplicates mode) {
    duplicates = mode;
  }

  /** Asks for a backup as the API does; the job must be open then. */
  public JobId request(MemoryVm vm, int instantRestoreDays) {
    Requested requested = tryRequest(vm, instantRestoreDays);
    return ((Requested.Open) requested).job().id();
  }

  public Requested tryRequest(MemoryVm vm, int instantRestoreDays) {
    return tryRequest(vm.id(), new Request(null, null, instantRestoreDays, null));
  }

  /** Asks for a backup in which only some things are wanted. */
  public Job backUp(MemoryVm vm, Protection protection) {
    return backUp(vm.id(), new Request(null, null, 0, null, protection));
  }

  /** A backup of the VM of that id, from its request to its end. */
  public Job backUp(String vmId, Request request) {
    Requested requested = tryRequest(vmId, request);
    run();
    return job(((Requested.Open) requested).job().id());
  }

  /** Asks for a backup as the API does. */
  public Requested tryRequest(String vmId, Request request) {
    Requested requested =
        backup.start().request(vmId, now, "request" + ++requests, unused -> request);
    if (requested instanceof Requested.Open open) {
      bag.accept(StartBackup.next(open.job()));
    }
    return requested;
  }

  /** A backup from its request to its end. */
  public Job backUp(MemoryVm vm, int instantRestoreDays) {
    JobId id = request(vm, instantRestoreDays);
    run();
    return job(id);
  }

  public Job backUp(MemoryVm vm) {
    return backUp(vm, 0);
  }

  /** Delivers messages until none is left. */
  public void run() {
    for (int delivered = 0; !bag.isEmpty(); delivered++) {
      assertThat(delivered).as("messages delivered; left: %s", bag.all()).isLessThan(MESSAGES_MAX);
      step();
    }
  }

  /** Delivers messages until one is next that the predicate names; that one stays. */
  public void runUntil(java.util.function.Predicate<io.holdfast.work.Task> stop) {
    while (!bag.isEmpty()) {
      Bag.Message message = bag.take().orElseThrow();
      if (stop.test(message.task())) {
        bag.back(new Bag.Message(message.id(), message.queue(), message.body(), now, 0), ZERO);
        return;
      }
      deliver(message);
    }
    throw new AssertionError("no such message came");
  }

  private static final Duration ZERO = Duration.ZERO;

  /** Delivers the next message, and waits for it if it is not visible yet. */
  public void step() {
    deliver(bag.take().orElseThrow());
  }

  /** Delivers a message as the host does. */
  public void deliver(Bag.Message message) {
    if (message.visible().isAfter(now)) {
      advance(Duration.between(now, message.visible()));
    }
    tables.quietly(this::hold);
    boolean again =
        duplicates != Duplicates.NONE
            && message.attempt() == 1
            && redelivered.add(message.queue() + message.body());
    int before = bag.size();
    List<Bag.Message> kept = bag.all();
    try {
      deliveries.deliver(message.queue(), message.body(), message.attempt());
    } catch (RuntimeException failure) {
      if (message.attempt() == ATTEMPTS_MAX) {
        poison(message);
      } else {
        bag.back(message, LEASE);
      }
      return;
    }
    if (again) {
      if (duplicates == Duplicates.RUN_AND_LOSE_FIRST && bag.size() > before) {
        bag.restore(kept);
      }
      bag.back(message, Duration.ofSeconds(1));
    }
  }

  /** A poisoned message that fails too often as well is in nobody's hands but the reconciler's. */
  private void poison(Bag.Message message) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      try {
        deliveries.poison(message.queue(), "message-" + message.id(), message.body());
        return;
      } catch (RuntimeException failure) {
        // The host delivers it again.
      }
    }
  }

  /** The timer of the reconciler fires. */
  public List<Next> reconcile() {
    List<Next> next = new ArrayList<>();
    backup.reconcile().run(next::add);
    next.forEach(bag);
    return next;
  }

  // ---- what a test asks

  public Job job(JobId id) {
    return catalogue.jobs().find(id).map(Versioned::value).orElseThrow();
  }

  public List<RecoveryPoint> points(MemoryVm vm) {
    return catalogue.points().ofItem(vm.itemId(), 1000, Optional.empty());
  }

  public RecoveryPoint pointOf(Job job) {
    return catalogue.points().find(job.id()).map(Versioned::value).orElseThrow();
  }

  /** Rows of work of an item. */
  public List<String> workRows(String itemId) {
    return tables.rowKeys(Tables.CATALOGUE, itemId).stream()
        .filter(row -> row.startsWith("work-"))
        .toList();
  }

  /** The bytes of a disk of a point, read back from the vault and proved. */
  public byte[] restore(RecoveryPoint point, String disk) {
    Vault opened = Vault.open(blobs, VaultKeys.none());
    PointManifest manifest = opened.loadPoint(name(opened, point));
    PointReader reader = new PointReader(opened, manifest);
    PointManifest.Disk found = reader.disk(disk);
    byte[] bytes = new byte[(int) found.sizeBytes()];
    try {
      reader.read(
          found, (offset, chunk) -> chunk.get(bytes, (int) offset, chunk.remaining()), done -> {});
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static io.holdfast.vault.PointName name(Vault opened, RecoveryPoint point) {
    List<Vault.ListedPoint> found = opened.findPoint(point.id());
    assertThat(found).as("objects of point %s", point.id()).hasSize(1);
    return found.get(0).name();
  }

  /** Remembers what each job's snapshots held, before a release can remove its row. */
  private void hold() {
    for (JobId id : openJobs()) {
      catalogue
          .jobs()
          .find(id)
          .map(Versioned::value)
          .filter(job -> job.snapshot() != null)
          .ifPresent(
              job ->
                  job.snapshot()
                      .parts()
                      .forEach(
                          part -> held.put(id.pointId() + "/" + part.disk(), cloud.heldBy(part))));
    }
  }

  private List<JobId> openJobs() {
    return tables.rowKeys(Tables.CATALOGUE, "open").stream().map(JobId::of).toList();
  }

  /** Every point restores to what its snapshot held, and nothing is left that nobody needs. */
  @Override
  public void close() {
    assertThat(bag.isEmpty()).as("messages are left: %s", bag.all()).isTrue();
    List<String> kept = new ArrayList<>();
    for (String item : items()) {
      for (RecoveryPoint point : catalogue.points().ofItem(item, 1000, Optional.empty())) {
        assertThat(point.published()).as("published: %s", point.id()).isTrue();
        for (RecoveryPoint.PointDisk disk : point.disks()) {
          assertThat(restore(point, disk.disk()))
              .as("%s of %s", disk.disk(), point.id())
              .isEqualTo(held.get(point.id() + "/" + disk.disk()));
        }
        if (point.snapshot() != null) {
          kept.add(point.snapshot().name());
        }
      }
      for (Job job : catalogue.jobs().ofItem(item, 1000, Optional.empty())) {
        assertThat(job.status().ended()).as("ended: %s", job).isTrue();
        assertThat(job.released()).as("released: %s", job).isTrue();
      }
      assertThat(workRows(item)).as("rows of work of item %s", item).isEmpty();
      assertThat(catalogue.jobs().item(item).map(row -> row.value().activeBackup())).isEmpty();
    }
    assertThat(openJobs()).as("open rows").isEmpty();
    cloud.assertNothingLeftBut(kept);
  }

  private List<String> items() {
    return tables.partitions(Tables.CATALOGUE).stream()
        .filter(partition -> !partition.equals("open") && !partition.equals("vault"))
        .toList();
  }
}
