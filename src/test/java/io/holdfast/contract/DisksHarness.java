package io.holdfast.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.disk.ArmId;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** What the laws of the port to Azure Compute need of an implementation, and what they all do. */
public abstract class DisksHarness {
  protected static final int OS_BYTES = 4 << 20;
  protected static final int DATA_BYTES = 1 << 20;
  protected static final Duration HOUR = Duration.ofHours(1);
  protected static final String CATALOGUE = "00000000-0000-0000-0000-00000000c0de";

  /** Longer than Azure takes for what nobody looks at. */
  protected static final Duration A_WHILE = Duration.ofSeconds(6);

  protected static final int LOOKS_MAX = 20;
  private static final AtomicInteger NAMES = new AtomicInteger();

  // ---- what each implementation provides

  /** The machine's owner, its guest, and Azure's clock. */
  protected interface Machines {
    /**
     * Makes a Linux VM that runs, with tag {@code backup: nightly}, an OS disk of {@link #OS_BYTES}
     * and data disks of {@link #DATA_BYTES} at LUNs 5 and 2, attached in that order.
     *
     * @return its ARM id
     */
    String create(String name);

    void write(String vm, String disk, int offset, byte[] bytes);

    /** Offset and length are multiples of 4 KiB. */
    void discard(String vm, String disk, int offset, int length);

    void grow(String vm, String disk, int sizeBytes);

    byte[] bytes(String vm, String disk);

    void powerOff(String vm);

    void delete(String vm);

    /** Someone else makes a collection with a restore point, and a snapshot: without our tags. */
    void foreign(String vm, String group);

    /** Azure refuses this rung from now on; null: none. */
    void refuse(SnapshotMethod method);

    Instant now();

    void advance(Duration by);
  }

  protected abstract Machines machines();

  /** The port as one process has it, the same for all calls of one test. */
  protected abstract Disks disks();

  /** The port as a process has it that knows nothing yet. */
  protected abstract Disks process();

  // ---- what tests do

  /** A name that no other test has. */
  protected final String name = "vm" + NAMES.incrementAndGet();

  protected final Vm vm() {
    return disks().vm(machines().create(name)).orElseThrow();
  }

  /** The resource group of this test's snapshots. */
  protected final String group() {
    return "group-" + name;
  }

  protected static String subscription(Vm vm) {
    return ArmId.subscriptionOf(vm.id());
  }

  protected final SnapshotSet set(Vm vm, int number, SnapshotMethod method) {
    return set(vm, number, method, CATALOGUE);
  }

  protected final SnapshotSet set(Vm vm, int number, SnapshotMethod method, String owner) {
    return new SnapshotSet(
        number,
        method,
        vm.id(),
        vm.location(),
        group(),
        "holdfast-" + name,
        "hf-%s-20261123-%d".formatted(name, number),
        owner,
        vm.disks().stream()
            .map(disk -> new SourceDisk(disk.key(), disk.id(), disk.uniqueId()))
            .toList());
  }

  protected final SetState.Ready ready(SnapshotSet set) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      SetState state = disks().look(set);
      if (state instanceof SetState.Ready ready) {
        return ready;
      }
      assertThat(state).isInstanceOf(SetState.Pending.class);
    }
    throw new AssertionError("it did not get ready");
  }

  protected final SetState.Ready made(SnapshotSet set) {
    assertThat(disks().begin(set)).isEmpty();
    return ready(set);
  }

  protected static DiskSnapshot part(SetState.Ready ready, String disk) {
    return ready.snapshots().stream()
        .filter(part -> part.disk().equals(disk))
        .findFirst()
        .orElseThrow();
  }

  protected static DiskReader open(Disks disks, String owner, DiskSnapshot snapshot) {
    return open(disks, owner, snapshot, HOUR);
  }

  protected static DiskReader open(
      Disks disks, String owner, DiskSnapshot snapshot, Duration until) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      Optional<DiskReader> reader = disks.open(owner, snapshot, until);
      if (reader.isPresent()) {
        return reader.get();
      }
    }
    throw new AssertionError("no access was granted");
  }

  protected static void close(Disks disks, DiskSnapshot snapshot) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      if (disks.close("job", snapshot)) {
        return;
      }
    }
    throw new AssertionError("the access did not end");
  }

  protected interface Step {
    boolean done();
  }

  /** Repeats a step of removal until it is done. */
  protected final void toItsEnd(Step step) {
    for (int look = 0; look < LOOKS_MAX; look++) {
      if (step.done()) {
        return;
      }
      machines().advance(A_WHILE);
    }
    throw new AssertionError("it was not removed");
  }

  protected final void remove(SnapshotSet set) {
    toItsEnd(() -> disks().remove(set));
  }

  protected static byte[] read(DiskReader reader) {
    byte[] all = new byte[(int) reader.sizeBytes()];
    reader.read(0, ByteBuffer.wrap(all));
    return all;
  }
}
