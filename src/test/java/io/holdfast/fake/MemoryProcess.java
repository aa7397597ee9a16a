package io.holdfast.fake;

import static io.holdfast.fake.MemoryCompute.pointId;

import io.holdfast.disk.CheckedExtents.Malformed;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Extent;
import io.holdfast.disk.Extents;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryCompute.Part;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Azure Compute as one process sees it: what is there is shared, the accesses that it has are its
 * own, as in the adapter. They are forgotten when a read is denied, or when it ends them.
 */
final class MemoryProcess implements Disks {
  /** A reader that is denied its first look this often is denied for good. */
  private static final int DENIALS_MAX = 5;

  /** An end that was last looked at longer ago is asked for anew. */
  private static final Duration ENDING_TRUSTED = Duration.ofMinutes(20);

  /** An access of this process: asked for, then granted. */
  private static final class Known {
    private Part asked;
    private long number;
    private Reader reader;
    private int denials;
  }

  private record Ending(MemoryAccesses.Ending asked, Instant looked) {}

  private final MemoryDisks azure;
  private final MemoryCompute compute;
  private final InstantSource clock;
  private final Map<String, Known> known = new HashMap<>();
  private final Map<String, Ending> endings = new HashMap<>();

  MemoryProcess(MemoryDisks azure, MemoryCompute compute, InstantSource clock) {
    this.azure = azure;
    this.compute = compute;
    this.clock = clock;
  }

  @Override
  public Optional<Vm> vm(String vmId) {
    azure.called("vm", vmId);
    synchronized (compute) {
      return Optional.ofNullable(compute.vms.get(MemoryCompute.folded(vmId))).map(MemoryVm::whole);
    }
  }

  @Override
  public List<Vm> vms(String subscription) {
    azure.called("vms", subscription);
    String scope = MemoryCompute.folded("/subscriptions/" + subscription + "/");
    synchronized (compute) {
      return compute.vms.entrySet().stream()
          .filter(vm -> vm.getKey().startsWith(scope))
          .map(vm -> vm.getValue().listed())
          .toList();
    }
  }

  @Override
  public Optional<Refusal> begin(SnapshotSet set) {
    azure.called("begin", set.name());
    if (!set.pointDisks().isEmpty()) {
      boolean there;
      synchronized (compute) {
        there = compute.isThere(pointId(set));
        if (!there) {
          compute.makeCollection(set);
        }
      }
      if (!there) {
        azure.called("beginPart", set.name());
        synchronized (compute) {
          Optional<Refusal> refusal = compute.makePoint(set);
          if (refusal.isPresent()) {
            return refusal;
          }
        }
      }
    }
    for (SourceDisk disk : set.singleDisks()) {
      azure.called("beginPart", set.snapshotName(disk.key()));
      synchronized (compute) {
        Optional<Refusal> refusal = compute.makeSnapshot(set, disk);
        if (refusal.isPresent()) {
          return refusal;
        }
      }
    }
    return Optional.empty();
  }

  @Override
  public SetState look(SnapshotSet set) {
    azure.called("look", set.name());
    synchronized (compute) {
      return compute.look(set);
    }
  }

  @Override
  public boolean remove(SnapshotSet set) {
    azure.called("remove", set.name());
    synchronized (compute) {
      boolean gone = true;
      for (String id : MemoryCompute.ids(set)) {
        gone &= compute.remove(id);
      }
      return gone;
    }
  }

  @Override
  public List<String> collections(String subscription, String group) {
    azure.called("collections", group);
    synchronized (compute) {
      return compute.collections(subscription, group);
    }
  }

  @Override
  public List<Found> restorePoints(String subscription, String group, String collection) {
    azure.called("restorePoints", collection);
    synchronized (compute) {
      return compute.restorePoints(subscription, group, collection);
    }
  }

  @Override
  public List<Found> snapshots(String subscription, String group) {
    azure.called("snapshots", group);
    synchronized (compute) {
      return compute.snapshots(subscription, group);
    }
  }

  @Override
  public boolean remove(Found found) {
    azure.called("removeFound", found.name());
    synchronized (compute) {
      return compute.remove(found.id());
    }
  }

  // ---- accesses

  @Override
  public Optional<DiskReader> open(String owner, DiskSnapshot snapshot, Duration until) {
    azure.called("open", snapshot.id());
    Optional<DiskReader> reader;
    synchronized (compute) {
      Known access =
          known.computeIfAbsent(
              owner + " " + snapshot.content() + " " + snapshot.id(), key -> new Known());
      if (access.reader == null) {
        advance(access, snapshot, until);
      }
      reader = Optional.ofNullable(access.reader);
    }
    azure.called("opened", snapshot.id());
    return reader;
  }

  private void advance(Known access, DiskSnapshot snapshot, Duration until) {
    if (access.asked == null) {
      endings.keySet().removeIf(key -> key.endsWith(" " + snapshot.id()));
      access.number = compute.accesses.grant(snapshot.id(), until);
      access.asked = compute.part(snapshot.id()).orElseThrow();
      return;
    }
    Part part = access.asked;
    access.asked = null;
    if (compute.accesses.holds(part, access.number)) {
      access.reader =
          new Reader(
              part,
              access.number,
              snapshot.guestState() ? part.guestState : part.held,
              snapshot.guestState());
      return;
    }
    String denied = "snapshot %s was granted for reading, but is denied".formatted(snapshot.id());
    access.denials++;
    if (access.denials < DENIALS_MAX) {
      throw new Unavailable(denied, Duration.ofSeconds(1), null);
    }
    throw new Invalid("SnapshotAccessDenied", denied);
  }

  private void forget(String snapshotId) {
    known.keySet().removeIf(key -> key.endsWith(" " + snapshotId));
  }

  @Override
  public boolean close(String owner, DiskSnapshot snapshot) {
    azure.called("close", snapshot.id());
    synchronized (compute) {
      forget(snapshot.id());
      String key = owner + " " + snapshot.id();
      Ending ending = endings.remove(key);
      Instant now = clock.instant();
      if (ending != null && now.isBefore(ending.looked().plus(ENDING_TRUSTED))) {
        ending.asked().settle();
        return true;
      }
      Optional<MemoryAccesses.Ending> asked = compute.accesses.end(snapshot.id());
      asked.ifPresent(each -> endings.put(key, new Ending(each, now)));
      return asked.isEmpty();
    }
  }

  private final class Reader implements DiskReader {
    private final Part part;
    private final long number;
    private final MemoryDisk held;
    private final boolean guestState;

    private Reader(Part part, long number, MemoryDisk held, boolean guestState) {
      this.part = part;
      this.number = number;
      this.held = held;
      this.guestState = guestState;
    }

    private String id() {
      return part.snapshot.id();
    }

    private boolean denied(String action) {
      azure.called(action, id());
      synchronized (compute) {
        boolean denied = !compute.accesses.holds(part, number);
        if (denied) {
          forget(id());
        }
        return denied;
      }
    }

    private void check(String action) {
      if (denied(action)) {
        throw new Unavailable(
            "cannot %s snapshot %s: the access has ended; it is asked for again"
                .formatted(action, id()),
            Duration.ofSeconds(1),
            null);
      }
    }

    @Override
    public long sizeBytes() {
      return held.sizeBytes();
    }

    @Override
    public long allocated(long offset, long length, Extents into) {
      check("allocated");
      long end = Math.min(offset + length, sizeBytes());
      try {
        return azure.ranges().answer(held.allocated(offset, end), offset, end, sizeBytes(), into);
      } catch (Malformed e) {
        throw new Unavailable("snapshot %s: %s".formatted(id(), e.getMessage()), e);
      }
    }

    @Override
    public long changed(DiskReader other, long offset, long length, Extents into)
        throws DiffRefused {
      if (!(other instanceof Reader base)) {
        throw new IllegalArgumentException("not a reader of this kind: " + other.getClass());
      }
      check("changed");
      if (base.denied("changedFrom")) {
        throw new DiffRefused("the base's snapshot is not found: there is no access to it");
      }
      if (guestState) {
        throw new DiffRefused("Azure compares no guest states");
      }
      if (azure.diffRefused().isPresent()) {
        throw new DiffRefused(azure.diffRefused().get());
      }
      if (!part.snapshot.family().equals(base.part.snapshot.family())) {
        throw new DiffRefused("the base's snapshot is of another family");
      }
      if (base.part.serial > part.serial) {
        throw new DiffRefused("the base's snapshot is newer");
      }
      long end = Math.min(offset + length, sizeBytes());
      List<Extent> changed = held.changedSince(base.held, offset, end);
      try {
        return azure.ranges().answer(changed, offset, end, sizeBytes(), into);
      } catch (Malformed e) {
        throw new DiffRefused(e.getMessage());
      }
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      check("read");
      byte[] bytes = new byte[target.remaining()];
      held.read(offset, bytes, bytes.length);
      target.put(bytes);
      azure.read(bytes.length);
    }

    @Override
    public String toString() {
      return "reader of " + id();
    }
  }
}
