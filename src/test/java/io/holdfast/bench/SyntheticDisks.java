package io.holdfast.bench;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Extents;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.disk.VmFacts;
import io.holdfast.disk.VmFacts.Extension;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Azure Compute with one VM of one synthetic disk. Answers at once, and counts. */
final class SyntheticDisks implements Disks {
  /** Nothing has to be installed first. */
  private static final VmFacts EXTENDED =
      new VmFacts(
          VmFacts.Agent.READY,
          "Ready",
          VmFacts.Security.STANDARD,
          List.of(),
          List.of(
              new Extension(
                  "VMSnapshotLinux",
                  VmFacts.SNAPSHOT_PUBLISHER + ".VMSnapshotLinux",
                  Extension.State.SUCCEEDED,
                  List.of())),
          List.of());

  static final String GUID = "00000000-0000-0000-0000-0000000000b1";
  static final String VM_ID =
      "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/bench"
          + "/providers/Microsoft.Compute/virtualMachines/bench";
  private static final int SECTOR_BYTES = 512;

  private final SyntheticDisk disk;
  private final Counts counts;
  private final InstantSource clock;

  /** The instant that each snapshot holds. */
  private final Map<String, Integer> instants = new ConcurrentHashMap<>();

  SyntheticDisks(SyntheticDisk disk, Counts counts, InstantSource clock) {
    this.disk = disk;
    this.counts = counts;
    this.clock = clock;
  }

  private void arm() {
    counts.add("ARM requests", 1);
  }

  @Override
  public Optional<Vm> vm(String vmId) {
    arm();
    VmDisk os = new VmDisk("os", "bench-os", VM_ID + "-os", GUID, -1, disk.sizeBytes(), "{}");
    return Optional.of(
        new Vm(
            VM_ID,
            GUID,
            "bench",
            "westeurope",
            false,
            true,
            Map.of(),
            List.of(os),
            EXTENDED,
            "{}"));
  }

  @Override
  public List<Vm> vms(String subscription) {
    throw new UnsupportedOperationException("no backup lists VMs");
  }

  private static String id(SnapshotSet set) {
    return "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/%s/providers/Microsoft.Compute/restorePointCollections/%s/restorePoints/%s/diskRestorePoints/os"
        .formatted(set.group(), set.collection(), set.name());
  }

  @Override
  public Optional<Refusal> begin(SnapshotSet set) {
    arm();
    instants.putIfAbsent(id(set), disk.now());
    return Optional.empty();
  }

  @Override
  public SetState look(SnapshotSet set) {
    arm();
    if (!instants.containsKey(id(set))) {
      return new SetState.Missing();
    }
    return new SetState.Ready(
        clock.instant(),
        Consistency.FILE_SYSTEM_CONSISTENT,
        List.of(new DiskSnapshot("os", id(set), true, GUID, "family", SECTOR_BYTES)));
  }

  @Override
  public boolean remove(SnapshotSet set) {
    arm();
    instants.remove(id(set));
    return true;
  }

  @Override
  public Optional<DiskReader> open(String owner, DiskSnapshot snapshot, Duration until) {
    // The adapter asks Azure once a job and process, and keeps the access: this counts the asking.
    counts.add("accesses asked for", 1);
    return Optional.of(new Reader(instants.get(snapshot.id())));
  }

  @Override
  public boolean close(String owner, DiskSnapshot snapshot) {
    arm();
    return true;
  }

  @Override
  public List<String> collections(String subscription, String group) {
    return List.of();
  }

  @Override
  public List<Found> restorePoints(String subscription, String group, String collection) {
    return List.of();
  }

  @Override
  public List<Found> snapshots(String subscription, String group) {
    return List.of();
  }

  @Override
  public boolean remove(Found found) {
    throw new UnsupportedOperationException("nothing is found here");
  }

  private final class Reader implements DiskReader {
    private final int at;

    private Reader(int at) {
      this.at = at;
    }

    @Override
    public long sizeBytes() {
      return disk.sizeBytes();
    }

    @Override
    public long allocated(long offset, long length, Extents into) {
      counts.add("page-range queries", 1);
      disk.allocated(at, offset, Math.min(offset + length, sizeBytes())).forEach(into::take);
      return offset + length;
    }

    @Override
    public long changed(DiskReader base, long offset, long length, Extents into) {
      counts.add("page-range queries", 1);
      long end = Math.min(offset + length, sizeBytes());
      disk.changed(((Reader) base).at, at, offset, end).forEach(into::take);
      return offset + length;
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      counts.add("page reads", 1);
      disk.read(at, offset, target);
    }
  }
}
