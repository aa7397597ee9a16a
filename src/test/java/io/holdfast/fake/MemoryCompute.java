package io.holdfast.fake;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks.Found;
import io.holdfast.disk.Disks.Refusal;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Surroundings.PointMade;
import io.holdfast.failure.Invalid;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What Azure knows: VMs, collections, restore points, single snapshots. All processes share it; the
 * caller holds its monitor. Every order in it is that of creation or of names, so that the same
 * calls give the same answers.
 */
final class MemoryCompute {
  private static final int SECTOR_BYTES = 512;
  private static final String GUEST_STATE = "#guestState";

  /** A removal ends by then though nobody looks. */
  private static final Duration UNSEEN_MAX = Duration.ofSeconds(5);

  /** Azure makes one restore point of a VM at a time; it takes no longer than this. */
  private static final Duration CREATION_MAX = Duration.ofSeconds(60);

  /**
   * @param ours whether it has Holdfast's tag
   */
  private record PointCollection(String name, boolean ours, String owner, String vmId) {}

  /** A restore point with its disks, or a single snapshot. */
  static final class Made {
    private final String id;
    private final SnapshotSet set;
    private final boolean ours;
    private final String owner;
    private final Instant created;
    private final Consistency achieved;
    private final List<Part> parts = new ArrayList<>();
    private int looksLeft;
    private Instant removed;

    private Made(
        String id,
        SnapshotSet set,
        boolean ours,
        String owner,
        Instant created,
        Consistency achieved) {
      this.id = id;
      this.set = set;
      this.ours = ours;
      this.owner = owner;
      this.created = created;
      this.achieved = achieved;
    }

    private Found found() {
      return new Found(id, id.substring(id.lastIndexOf('/') + 1), owner, created);
    }
  }

  /** The snapshot of one disk. The fields of its access are those of {@link MemoryAccesses}. */
  static final class Part {
    final Made made;
    final DiskSnapshot snapshot;
    final MemoryDisk held;

    /** The guest state that was kept with it; null when there is none. */
    final MemoryDisk guestState;

    /** Snapshots of a disk are in the order of these. */
    final long serial;

    MemoryAccesses.Access access;

    private Part(
        Made made, DiskSnapshot snapshot, MemoryDisk held, MemoryDisk guestState, long serial) {
      this.made = made;
      this.snapshot = snapshot;
      this.held = held;
      this.guestState = guestState;
      this.serial = serial;
    }
  }

  final Map<String, MemoryVm> vms = new TreeMap<>();
  private final List<MemoryVm> deletedVms = new ArrayList<>();
  private final Map<String, PointCollection> collections = new TreeMap<>();
  private final Map<String, Made> made = new LinkedHashMap<>();
  private final Map<String, Part> parts = new LinkedHashMap<>();
  private final Map<String, MemoryDisk> history = new HashMap<>();
  final Map<SnapshotMethod, Refusal> refusals = new EnumMap<>(SnapshotMethod.class);
  final Map<SnapshotMethod, SetState.Failed> failures = new EnumMap<>(SnapshotMethod.class);
  final MemoryAccesses accesses;
  private final InstantSource clock;
  int pendingLooks = 2;
  int setsMade;
  int removalsWithAccess;
  boolean stuckRemovals;
  Optional<Consistency> downgrade = Optional.empty();
  private long serials;

  MemoryCompute(InstantSource clock) {
    this.clock = clock;
    this.accesses = new MemoryAccesses(this, clock);
  }

  static String folded(String id) {
    return id.toLowerCase(Locale.ROOT);
  }

  private static String scope(String subscription, String group) {
    return "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute/"
        .formatted(subscription, group);
  }

  private static String scope(SnapshotSet set) {
    return scope(set.vmId().split("/", -1)[2], set.group());
  }

  private static String collectionId(SnapshotSet set) {
    return scope(set) + "restorePointCollections/" + set.collection();
  }

  static String pointId(SnapshotSet set) {
    return collectionId(set) + "/restorePoints/" + set.name();
  }

  static String snapshotId(SnapshotSet set, SourceDisk disk) {
    return scope(set) + "snapshots/" + set.snapshotName(disk.key());
  }

  // ---- its owner

  void delete(MemoryVm vm) {
    vms.remove(folded(vm.id()));
    deletedVms.add(vm);
  }

  /** Someone else's collection, restore point and snapshot, without a tag of ours. */
  void foreign(MemoryVm vm, String group) {
    SnapshotSet set =
        new SnapshotSet(
            1,
            SnapshotMethod.CRASH_RESTORE_POINT,
            vm.id(),
            "westeurope",
            group,
            "someones",
            "hf-someones",
            null,
            List.of());
    collections.put(
        folded(collectionId(set)), new PointCollection(set.collection(), false, null, vm.id()));
    for (String id : List.of(pointId(set), scope(set) + "snapshots/" + set.name())) {
      made.put(
          folded(id),
          new Made(id, set, false, null, clock.instant(), Consistency.CRASH_CONSISTENT));
    }
  }

  void deleteAll() {
    made.clear();
    parts.clear();
  }

  void endPending() {
    made.values().forEach(each -> each.looksLeft = 0);
  }

  List<String> left() {
    settle();
    return made.values().stream()
        .filter(each -> each.ours)
        .map(each -> each.set.name())
        .distinct()
        .toList();
  }

  MemoryDisk heldBy(DiskSnapshot snapshot) {
    return history.get(folded(snapshot.id()) + (snapshot.guestState() ? GUEST_STATE : ""));
  }

  /** The restore points of a collection, as a pre-check sees them. */
  List<PointMade> pointsIn(String subscription, String group, String collection) {
    String id = folded(scope(subscription, group) + "restorePointCollections/" + collection + "/");
    return made.entrySet().stream()
        .filter(each -> each.getKey().startsWith(id))
        .map(each -> each.getValue())
        .map(
            each ->
                new PointMade(
                    each.created, each.set.method() == SnapshotMethod.CRASH_RESTORE_POINT))
        .toList();
  }

  Collection<Part> parts() {
    return parts.values();
  }

  Optional<Part> part(String id) {
    return Optional.ofNullable(parts.get(folded(id)));
  }

  /** What the clock has ended since the last call. */
  void settle() {
    accesses.settle();
    if (!stuckRemovals) {
      made.values().stream()
          .filter(each -> each.removed != null)
          .filter(each -> !clock.instant().isBefore(each.removed.plus(UNSEEN_MAX)))
          .toList()
          .forEach(this::erase);
    }
  }

  private void erase(Made gone) {
    made.remove(folded(gone.id));
    gone.parts.forEach(part -> parts.remove(folded(part.snapshot.id())));
  }

  // ---- creation

  boolean isThere(String id) {
    settle();
    return made.containsKey(folded(id));
  }

  void makeCollection(SnapshotSet set) {
    String id = folded(collectionId(set));
    if (!collections.containsKey(id)) {
      requireVm(set);
      collections.put(id, new PointCollection(set.collection(), true, set.owner(), set.vmId()));
    }
  }

  private MemoryVm requireVm(SnapshotSet set) {
    MemoryVm vm = vms.get(folded(set.vmId()));
    if (vm == null) {
      throw new Invalid(
          "ResourceNotFound",
          "cannot create restore point %s: Azure answered 404: there is no VM %s"
              .formatted(set.name(), set.vmId()));
    }
    return vm;
  }

  Optional<Refusal> makePoint(SnapshotSet set) {
    if (isThere(pointId(set))) {
      return Optional.empty();
    }
    if (refusals.get(set.method()) != null) {
      return Optional.of(refusals.get(set.method()));
    }
    MemoryVm vm = requireVm(set);
    if (set.method() == SnapshotMethod.RESTORE_POINT && !vm.whole().running()) {
      return Optional.of(
          new Refusal("OperationNotAllowed", "VM %s is not running".formatted(vm.id()), null));
    }
    Optional<Refusal> unfit = unfit(set, vm);
    if (unfit.isPresent()) {
      return unfit;
    }
    if (made.values().stream().anyMatch(other -> isBeingMadeOf(vm, other))) {
      return Optional.of(
          new Refusal("OperationNotAllowed", "another restore point is being created", null));
    }
    setsMade++;
    Made point =
        new Made(
            pointId(set),
            set,
            true,
            collections.get(folded(collectionId(set))).owner(),
            clock.instant(),
            achieved(set, vm));
    // Azure takes all disks that are attached now, whichever the job had in mind.
    in(set, vm)
        .forEach(
            (diskId, disk) -> {
              String diskName = diskId.substring(diskId.lastIndexOf('/') + 1);
              String id = "%s/diskRestorePoints/%d-%s".formatted(point.id, ++serials, diskName);
              keep(point, keyOf(set, disk, diskId), id, "points-", disk, vm);
            });
    put(point);
    return Optional.empty();
  }

  /** The disks that are attached and not left out, by ARM id. */
  private static Map<String, MemoryDisk> in(SnapshotSet set, MemoryVm vm) {
    Map<String, MemoryDisk> in = new LinkedHashMap<>(vm.attached());
    in.keySet().removeIf(id -> set.leftOut().stream().anyMatch(id::equalsIgnoreCase));
    return in;
  }

  /** Azure refuses what a mode cannot hold and nobody left out. */
  private static Optional<Refusal> unfit(SnapshotSet set, MemoryVm vm) {
    return vm.whole().disks().stream()
        .filter(disk -> in(set, vm).containsKey(disk.id()))
        .filter(disk -> !set.method().holds(disk.facts().fit()))
        .findFirst()
        .map(
            disk ->
                new Refusal(
                    "OperationNotAllowed",
                    "disk %s cannot be in this restore point".formatted(disk.name()),
                    null));
  }

  private boolean isBeingMadeOf(MemoryVm vm, Made other) {
    return other.looksLeft > 0
        && other.set.method() != SnapshotMethod.DISK_SNAPSHOTS
        && folded(other.set.vmId()).equals(folded(vm.id()))
        && clock.instant().isBefore(other.created.plus(CREATION_MAX));
  }

  private static String keyOf(SnapshotSet set, MemoryDisk disk, String diskId) {
    return set.disks().stream()
        .filter(source -> source.uniqueId().equals(disk.uniqueId()))
        .map(SourceDisk::key)
        .findFirst()
        .orElse("unexpected " + diskId);
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

  Optional<Refusal> makeSnapshot(SnapshotSet set, SourceDisk source) {
    String id = snapshotId(set, source);
    if (isThere(id)) {
      return Optional.empty();
    }
    if (refusals.get(set.method()) != null) {
      return Optional.of(refusals.get(set.method()));
    }
    MemoryDisk disk =
        disk(source.id())
            .orElseThrow(
                () ->
                    new Invalid(
                        "ResourceNotFound",
                        "cannot create snapshot %s: Azure answered 404: there is no disk %s"
                            .formatted(set.snapshotName(source.key()), source.id())));
    if (set.disks().stream().noneMatch(other -> made.containsKey(folded(snapshotId(set, other))))) {
      setsMade++;
    }
    Made snapshot =
        new Made(id, set, true, set.owner(), clock.instant(), Consistency.CRASH_CONSISTENT);
    keep(snapshot, source.key(), id, "snapshots-", disk, ownerOf(source.id()));
    put(snapshot);
    return Optional.empty();
  }

  /** A disk outlives its VM. */
  private Optional<MemoryDisk> disk(String id) {
    return Stream.concat(vms.values().stream(), deletedVms.stream())
        .flatMap(vm -> vm.diskOf(id).stream())
        .findFirst();
  }

  private MemoryVm ownerOf(String diskId) {
    return Stream.concat(vms.values().stream(), deletedVms.stream())
        .filter(vm -> vm.diskOf(diskId).isPresent())
        .findFirst()
        .orElseThrow();
  }

  private void keep(Made of, String key, String id, String family, MemoryDisk disk, MemoryVm vm) {
    DiskSnapshot snapshot =
        new DiskSnapshot(
            key,
            id,
            family.startsWith("points"),
            disk.uniqueId(),
            family + disk.uniqueId(),
            SECTOR_BYTES);
    MemoryDisk held = disk.copy();
    MemoryDisk state = key.equals("os") && vm.guestState() != null ? vm.guestState().copy() : null;
    of.parts.add(new Part(of, snapshot, held, state, ++serials));
    history.put(folded(id), held);
    history.put(folded(id) + GUEST_STATE, state);
  }

  private void put(Made each) {
    each.looksLeft = pendingLooks;
    made.put(folded(each.id), each);
    each.parts.forEach(part -> parts.put(folded(part.snapshot.id()), part));
  }

  // ---- looks

  SetState look(SnapshotSet set) {
    settle();
    List<String> ids = ids(set);
    List<Made> found = new ArrayList<>();
    for (String id : ids) {
      Made each = made.get(folded(id));
      if (each == null) {
        return new SetState.Missing();
      }
      found.add(each);
    }
    boolean pending = false;
    for (Made each : found) {
      pending |= each.removed != null || each.looksLeft > 0;
      each.looksLeft = Math.max(0, each.looksLeft - 1);
    }
    if (pending) {
      return new SetState.Pending();
    }
    if (failures.containsKey(set.method())) {
      return failures.get(set.method());
    }
    List<DiskSnapshot> snapshots =
        found.stream()
            .flatMap(each -> each.parts.stream())
            .flatMap(part -> snapshots(set, part))
            .toList();
    if (snapshots.size() != set.parts()) {
      return new SetState.Failed(
          "RestorePointIncomplete",
          "restore point %s holds %d disks, not %d"
              .formatted(set.name(), snapshots.size(), set.parts()));
    }
    Instant time = found.stream().map(each -> each.created).max(Comparator.naturalOrder()).get();
    Consistency least =
        found.stream().map(each -> each.achieved).max(Comparator.naturalOrder()).get();
    return new SetState.Ready(time, least, snapshots);
  }

  /** Ids of the restore point and single snapshots that a set consists of. */
  static List<String> ids(SnapshotSet set) {
    List<String> ids = new ArrayList<>();
    if (!set.pointDisks().isEmpty()) {
      ids.add(pointId(set));
    }
    set.singleDisks().forEach(disk -> ids.add(snapshotId(set, disk)));
    return ids;
  }

  private static Stream<DiskSnapshot> snapshots(SnapshotSet set, Part part) {
    boolean withState =
        set.disks().stream()
            .anyMatch(
                disk -> disk.guestState() && disk.uniqueId().equals(part.snapshot.uniqueId()));
    return withState
        ? Stream.of(part.snapshot, part.snapshot.ofGuestState())
        : Stream.of(part.snapshot);
  }

  /** Whether its disks may be read. */
  boolean readable(Part part) {
    return part.made.looksLeft == 0
        && part.made.removed == null
        && !failures.containsKey(part.made.set.method());
  }

  // ---- what is there, and its removal

  List<String> collections(String subscription, String group) {
    String scope = folded(scope(subscription, group));
    return collections.entrySet().stream()
        .filter(each -> each.getKey().startsWith(scope) && each.getValue().ours())
        .map(each -> each.getValue().name())
        .sorted()
        .toList();
  }

  List<Found> restorePoints(String subscription, String group, String collection) {
    String id = folded(scope(subscription, group) + "restorePointCollections/" + collection);
    return found(id + "/restorepoints/");
  }

  List<Found> snapshots(String subscription, String group) {
    return found(folded(scope(subscription, group) + "snapshots/"));
  }

  private List<Found> found(String prefix) {
    settle();
    return made.entrySet().stream()
        .filter(each -> each.getKey().startsWith(prefix) && each.getValue().ours)
        .map(each -> each.getValue().found())
        .sorted(Comparator.comparing(Found::name))
        .toList();
  }

  /** One step: an access that is in the way is ended, and Azure refuses the removal until then. */
  boolean remove(String id) {
    settle();
    Made each = made.get(folded(id));
    if (each == null) {
      return true;
    }
    if (each.removed != null) {
      if (!stuckRemovals) {
        erase(each);
      }
      return !stuckRemovals;
    }
    if (each.parts.stream().anyMatch(accesses::isOpen)) {
      removalsWithAccess++;
      each.parts.forEach(part -> accesses.end(part.snapshot.id()));
      return false;
    }
    each.removed = clock.instant();
    return false;
  }
}
