package io.holdfast.fake;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Extent;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * Azure Compute in memory. Snapshots are copies that are made when they are asked for. Snapshots,
 * accesses and removals take a look or two, as in Azure. A test may look on at every call, which
 * may throw, refuse rungs, and see what is left over.
 */
public final class MemoryDisks implements Disks {
  /** Azure grants no longer access. */
  private static final Duration ACCESS_MAX = Duration.ofDays(60);

  private record Taken(
      SnapshotSet set, Instant time, Consistency achieved, Map<String, MemoryDisk> disks) {}

  private final Map<String, MemoryVm> vms = new TreeMap<>();
  private final Map<String, Taken> sets = new LinkedHashMap<>();
  private final Map<String, Integer> pending = new HashMap<>();
  private final Map<String, Integer> deleting = new HashMap<>();
  private final Map<String, MemoryDisk> history = new HashMap<>();
  private final Map<String, Integer> asked = new HashMap<>();
  private final Map<String, Instant> grants = new LinkedHashMap<>();
  private final Map<String, Integer> closing = new HashMap<>();
  private final Map<SnapshotMethod, Refusal> refusals = new EnumMap<>(SnapshotMethod.class);
  private final Map<SnapshotMethod, SetState.Failed> failures = new EnumMap<>(SnapshotMethod.class);
  private final InstantSource clock;
  private final AtomicLong bytesRead = new AtomicLong();
  private int pendingLooks = 2;
  private int setsMade;
  private boolean stuckRemovals;
  private Optional<Consistency> downgrade = Optional.empty();
  private Optional<String> diffRefused = Optional.empty();
  private volatile BiConsumer<String, String> before = (action, id) -> {};

  public MemoryDisks(InstantSource clock) {
    this.clock = clock;
  }

  // ---- what a test does to it

  public synchronized MemoryVm add(MemoryVm vm) {
    vms.put(folded(vm.id()), vm);
    return vm;
  }

  public synchronized void delete(MemoryVm vm) {
    vms.remove(folded(vm.id()));
  }

  /** Calls this before each request with the method's name and what it is about; it may throw. */
  public void before(BiConsumer<String, String> hook) {
    before = hook;
  }

  /** How many looks find a set pending. */
  public synchronized void pendingLooks(int looks) {
    pendingLooks = looks;
  }

  /** Refuses a rung from now on; null: takes it again. */
  public synchronized void refuse(SnapshotMethod method, Refusal refusal) {
    refusals.put(method, refusal);
  }

  /** Accepts a rung, then fails it. */
  public synchronized void fail(SnapshotMethod method, String code, String message) {
    failures.put(method, new SetState.Failed(code, message));
  }

  /** Achieves only this with the best rung, silently. */
  public synchronized void downgradeTo(Consistency consistency) {
    downgrade = Optional.of(consistency);
  }

  /** Refuses every diff from now on. */
  public synchronized void refuseDiffs(String why) {
    diffRefused = Optional.of(why);
  }

  /** Someone deletes all snapshots of a VM by hand. */
  public synchronized void deleteSnapshots() {
    sets.clear();
    grants.clear();
  }

  /** Every set is there at the next look. */
  public synchronized void endPending() {
    pending.replaceAll((name, looks) -> 0);
  }

  /** Removals begin and do not end, until this is taken back. */
  public synchronized void stuckRemovals(boolean stuck) {
    stuckRemovals = stuck;
  }

  /** Someone ends all accesses by hand. */
  public synchronized void revokeAll() {
    grants.clear();
    asked.clear();
  }

  // ---- what a test asks

  /** What a disk held when a snapshot of it was made, also after its removal. */
  public synchronized MemoryDisk heldBy(DiskSnapshot snapshot) {
    return history.get(snapshot.id());
  }

  /** Names of the snapshot sets that are there. */
  public synchronized List<String> left() {
    return List.copyOf(sets.keySet());
  }

  /** Snapshots to which someone has access, with the end of it. */
  public synchronized Map<String, Instant> grants() {
    return Map.copyOf(grants);
  }

  /** How many sets were made. */
  public synchronized int setsMade() {
    return setsMade;
  }

  /** Bytes that were read from snapshots. */
  public long bytesRead() {
    return bytesRead.get();
  }

  // ---- the port

  @Override
  public Optional<Vm> vm(String vmId) {
    before.accept("vm", vmId);
    synchronized (this) {
      return Optional.ofNullable(vms.get(folded(vmId))).map(MemoryVm::whole);
    }
  }

  @Override
  public List<Vm> vms(String subscription) {
    before.accept("vms", subscription);
    synchronized (this) {
      return vms.values().stream()
          .filter(vm -> vm.id().startsWith("/subscriptions/" + subscription + "/"))
          .map(MemoryVm::listed)
          .toList();
    }
  }

  @Override
  public Optional<Refusal> begin(SnapshotSet set) {
    before.accept("begin", set.name());
    synchronized (this) {
      if (sets.containsKey(set.name())) {
        return Optional.empty();
      }
      if (refusals.get(set.method()) != null) {
        return Optional.of(refusals.get(set.method()));
      }
      MemoryVm vm = vms.get(folded(set.vmId()));
      if (vm == null) {
        return Optional.of(new Refusal("ResourceNotFound", "no VM " + set.vmId(), null));
      }
      Map<String, MemoryDisk> copies = new LinkedHashMap<>();
      for (SourceDisk source : set.disks()) {
        vm.disk(source.uniqueId()).ifPresent(disk -> copies.put(source.key(), disk.copy()));
      }
      sets.put(set.name(), new Taken(set, clock.instant(), achieved(set, vm), copies));
      pending.put(set.name(), pendingLooks);
      setsMade++;
      snapshots(sets.get(set.name()))
          .forEach(part -> history.put(part.id(), copies.get(part.disk())));
      return Optional.empty();
    }
  }

  private Consistency achieved(SnapshotSet set, MemoryVm vm) {
    if (set.method() != SnapshotMethod.RESTORE_POINT) {
      return Consistency.CRASH_CONSISTENT;
    }
    return downgrade.orElse(
        vm.whole().windows()
            ? Consistency.APPLICATION_CONSISTENT
            : Consistency.FILE_SYSTEM_CONSISTENT);
  }

  @Override
  public SetState look(SnapshotSet set) {
    before.accept("look", set.name());
    synchronized (this) {
      Taken taken = sets.get(set.name());
      if (taken == null) {
        return new SetState.Missing();
      }
      if (pending.merge(set.name(), -1, Integer::sum) >= 0) {
        return new SetState.Pending();
      }
      if (failures.containsKey(set.method())) {
        return failures.get(set.method());
      }
      return new SetState.Ready(taken.time(), taken.achieved(), snapshots(taken));
    }
  }

  private static List<DiskSnapshot> snapshots(Taken taken) {
    SnapshotSet set = taken.set();
    boolean restorePoint = set.method() != SnapshotMethod.DISK_SNAPSHOTS;
    List<DiskSnapshot> snapshots = new ArrayList<>();
    for (SourceDisk source : set.disks()) {
      if (taken.disks().containsKey(source.key())) {
        snapshots.add(
            new DiskSnapshot(
                source.key(),
                set.vmId() + "/sets/" + set.snapshotName(source.key()),
                restorePoint,
                source.uniqueId(),
                (restorePoint ? "points-" : "snapshots-") + source.uniqueId(),
                512));
      }
    }
    return snapshots;
  }

  @Override
  public boolean remove(SnapshotSet set) {
    before.accept("remove", set.name());
    synchronized (this) {
      Taken taken = sets.get(set.name());
      if (taken == null) {
        return true;
      }
      for (DiskSnapshot part : snapshots(taken)) {
        if (grants.remove(part.id()) != null) {
          return false;
        }
      }
      if (deleting.merge(set.name(), 1, Integer::sum) == 1 || stuckRemovals) {
        return false;
      }
      sets.remove(set.name());
      return true;
    }
  }

  @Override
  public Optional<DiskReader> open(String owner, DiskSnapshot snapshot, Duration until) {
    before.accept("open", snapshot.id());
    Optional<DiskReader> reader = grant(snapshot, until);
    before.accept("opened", snapshot.id());
    return reader;
  }

  private Optional<DiskReader> grant(DiskSnapshot snapshot, Duration until) {
    synchronized (this) {
      if (!isThere(snapshot)) {
        throw new Invalid("ResourceNotFound", "there is no snapshot " + snapshot.id());
      }
      if (until.isNegative() || until.compareTo(ACCESS_MAX) > 0) {
        throw new Invalid("InvalidDuration", "access for " + until);
      }
      closing.remove(snapshot.id());
      grants.putIfAbsent(snapshot.id(), clock.instant().plus(until));
      if (asked.merge(snapshot.id(), 1, Integer::sum) == 1) {
        return Optional.empty();
      }
      return Optional.of(new Reader(snapshot, history.get(snapshot.id())));
    }
  }

  private boolean isThere(DiskSnapshot snapshot) {
    return sets.values().stream()
        .flatMap(taken -> snapshots(taken).stream())
        .anyMatch(part -> part.id().equals(snapshot.id()));
  }

  @Override
  public boolean close(DiskSnapshot snapshot) {
    before.accept("close", snapshot.id());
    synchronized (this) {
      asked.remove(snapshot.id());
      if (closing.merge(snapshot.id(), 1, Integer::sum) == 1) {
        return false;
      }
      grants.remove(snapshot.id());
      return true;
    }
  }

  private static String folded(String id) {
    return id.toLowerCase(Locale.ROOT);
  }

  private final class Reader implements DiskReader {
    private final DiskSnapshot snapshot;
    private final MemoryDisk held;

    private Reader(DiskSnapshot snapshot, MemoryDisk held) {
      this.snapshot = snapshot;
      this.held = held;
    }

    private void check(String action) {
      before.accept(action, snapshot.id());
      synchronized (MemoryDisks.this) {
        Instant end = grants.get(snapshot.id());
        if (end == null || clock.instant().isAfter(end)) {
          throw new Unavailable("the access has ended", Duration.ofSeconds(1), null);
        }
      }
    }

    @Override
    public long sizeBytes() {
      return held.sizeBytes();
    }

    @Override
    public List<Extent> allocated(long offset, long length) {
      check("allocated");
      return Extent.checked(held.allocated(offset, offset + length), offset, offset + length);
    }

    @Override
    public List<Extent> changed(DiskReader base, long offset, long length) throws DiffRefused {
      check("changed");
      ((Reader) base).check("changedFrom");
      if (diffRefused.isPresent()) {
        throw new DiffRefused(diffRefused.get());
      }
      List<Extent> changed = held.changedSince(((Reader) base).held, offset, offset + length);
      return Extent.checked(changed, offset, offset + length);
    }

    @Override
    public void read(long offset, byte[] target, int length) {
      check("read");
      Arrays.fill(target, (byte) 0x55);
      held.read(offset, target, length);
      bytesRead.addAndGet(length);
    }

    @Override
    public String toString() {
      return "reader of " + snapshot.id();
    }
  }
}
