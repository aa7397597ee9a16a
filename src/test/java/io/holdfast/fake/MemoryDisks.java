package io.holdfast.fake;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * Azure Compute in memory, for all processes: {@link #process} is the view of one of them, and this
 * is one of its own. Snapshots are copies that are made when they are asked for. Snapshots,
 * accesses and removals take a look or two, as in Azure. A test may look on at every call, which
 * may throw, refuse rungs, and see what is left over. Its clock is Azure's.
 */
public final class MemoryDisks implements Disks {
  private final MemoryCompute azure;
  private final InstantSource clock;
  private final Disks own;
  private final MemorySurroundings surroundings;
  private final AtomicLong bytesRead = new AtomicLong();
  private final Ranges ranges = new Ranges();
  private volatile Optional<String> diffRefused = Optional.empty();
  private volatile BiConsumer<String, String> before = (action, id) -> {};

  public MemoryDisks(InstantSource clock) {
    this.clock = clock;
    this.azure = new MemoryCompute(clock);
    this.own = process();
    this.surroundings = new MemorySurroundings(this, azure);
  }

  /** Azure as another process sees it, which knows of no access yet. */
  public Disks process() {
    return new MemoryProcess(this, azure, clock);
  }

  /** What stands around its VMs. */
  public MemorySurroundings surroundings() {
    return surroundings;
  }

  // ---- what a test does to it

  public MemoryVm add(MemoryVm vm) {
    synchronized (azure) {
      azure.vms.put(MemoryCompute.folded(vm.id()), vm);
      return vm;
    }
  }

  /** Its disks stay. */
  public void delete(MemoryVm vm) {
    synchronized (azure) {
      azure.delete(vm);
    }
  }

  /** Someone else makes a collection, a restore point and a snapshot in this resource group. */
  public void foreign(MemoryVm vm, String group) {
    synchronized (azure) {
      azure.foreign(vm, group);
    }
  }

  /**
   * Calls this before each request with the method's name and what it is about; it may throw. A
   * {@code begin} of several requests calls it with {@code beginPart} before each further one.
   */
  public void before(BiConsumer<String, String> hook) {
    before = hook;
  }

  /** How many looks find a set pending. */
  public void pendingLooks(int looks) {
    synchronized (azure) {
      azure.pendingLooks = looks;
    }
  }

  /** Refuses a rung from now on; null: takes it again. */
  public void refuse(SnapshotMethod method, Refusal refusal) {
    synchronized (azure) {
      azure.refusals.put(method, refusal);
    }
  }

  /** Accepts a rung, then fails it. */
  public void fail(SnapshotMethod method, String code, String message) {
    synchronized (azure) {
      azure.failures.put(method, new SetState.Failed(code, message));
    }
  }

  /** Takes all rungs again, without a fault. */
  public void mend() {
    synchronized (azure) {
      azure.refusals.clear();
      azure.failures.clear();
      azure.downgrade = Optional.empty();
    }
  }

  /** Achieves only this with the best rung, silently. */
  public void downgradeTo(Consistency consistency) {
    synchronized (azure) {
      azure.downgrade = Optional.of(consistency);
    }
  }

  /** Refuses every diff from now on. */
  public void refuseDiffs(String why) {
    diffRefused = Optional.of(why);
  }

  /** How change lists come. */
  public Ranges ranges() {
    return ranges;
  }

  /** Someone deletes all snapshots by hand. */
  public void deleteSnapshots() {
    synchronized (azure) {
      azure.deleteAll();
    }
  }

  /** Every set is there at the next look. */
  public void endPending() {
    synchronized (azure) {
      azure.endPending();
    }
  }

  /** Removals begin and do not end, until this is taken back. */
  public void stuckRemovals(boolean stuck) {
    synchronized (azure) {
      azure.stuckRemovals = stuck;
    }
  }

  /** Someone ends all accesses by hand. */
  public void revokeAll() {
    synchronized (azure) {
      azure.accesses.endAll();
    }
  }

  // ---- what a test asks

  /**
   * What a disk held when a snapshot of it was made, also after its removal; never changes, and may
   * be kept instead of its bytes.
   */
  public MemoryDisk heldBy(DiskSnapshot snapshot) {
    synchronized (azure) {
      return azure.heldBy(snapshot);
    }
  }

  /** Names of the snapshot sets of which something is there, in the order of their creation. */
  public List<String> left() {
    synchronized (azure) {
      return azure.left();
    }
  }

  /** Snapshots to which access was granted and not ended, with its end, in order of creation. */
  public Map<String, Instant> grants() {
    synchronized (azure) {
      return azure.accesses.left();
    }
  }

  /** How many sets were made. */
  public int setsMade() {
    synchronized (azure) {
      return azure.setsMade;
    }
  }

  /**
   * How often a removal was asked for while there was access, which Azure refuses: a job ends its
   * accesses first.
   */
  public int removalsWithAccess() {
    synchronized (azure) {
      return azure.removalsWithAccess;
    }
  }

  /** Bytes that were read from snapshots. */
  public long bytesRead() {
    return bytesRead.get();
  }

  // ---- what its processes ask

  void called(String action, String id) {
    before.accept(action, id);
  }

  void read(int bytes) {
    bytesRead.addAndGet(bytes);
  }

  Optional<String> diffRefused() {
    return diffRefused;
  }

  // ---- the port, as one process

  @Override
  public Optional<Vm> vm(String vmId) {
    return own.vm(vmId);
  }

  @Override
  public List<Vm> vms(String subscription) {
    return own.vms(subscription);
  }

  @Override
  public Optional<Refusal> begin(SnapshotSet set) {
    return own.begin(set);
  }

  @Override
  public SetState look(SnapshotSet set) {
    return own.look(set);
  }

  @Override
  public boolean remove(SnapshotSet set) {
    return own.remove(set);
  }

  @Override
  public Optional<DiskReader> open(String owner, DiskSnapshot snapshot, Duration until) {
    return own.open(owner, snapshot, until);
  }

  @Override
  public boolean close(String owner, DiskSnapshot snapshot) {
    return own.close(owner, snapshot);
  }

  @Override
  public List<String> collections(String subscription, String group) {
    return own.collections(subscription, group);
  }

  @Override
  public List<Found> restorePoints(String subscription, String group, String collection) {
    return own.restorePoints(subscription, group, collection);
  }

  @Override
  public List<Found> snapshots(String subscription, String group) {
    return own.snapshots(subscription, group);
  }

  @Override
  public boolean remove(Found found) {
    return own.remove(found);
  }
}
