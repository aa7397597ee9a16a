package io.holdfast.fake;

import io.holdfast.contract.DisksContract;
import io.holdfast.disk.Disks;
import io.holdfast.disk.SnapshotMethod;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

class MemoryDisksTest extends DisksContract {
  private Instant now = Instant.parse("2026-11-23T20:00:00Z");
  private final MemoryDisks disks = new MemoryDisks(() -> now);
  private final Map<String, MemoryVm> vms = new HashMap<>();

  private final Machines machines =
      new Machines() {
        @Override
        public String create(String name) {
          MemoryVm vm = new MemoryVm(name, UUID.nameUUIDFromBytes(name.getBytes()).toString());
          vm.tag("backup", "nightly");
          vm.attach("os", new MemoryDisk(name + "-os-id", OS_BYTES));
          vm.attach("lun5", new MemoryDisk(name + "-lun5-id", DATA_BYTES));
          vm.attach("lun2", new MemoryDisk(name + "-lun2-id", DATA_BYTES));
          vms.put(name, disks.add(vm));
          return vm.id();
        }

        @Override
        public void write(String vm, String disk, int offset, byte[] bytes) {
          vms.get(vm).get(disk).write(offset, bytes);
        }

        @Override
        public void discard(String vm, String disk, int offset, int length) {
          vms.get(vm).get(disk).discard(offset, length);
        }

        @Override
        public void grow(String vm, String disk, int sizeBytes) {
          vms.get(vm).get(disk).grow(sizeBytes);
        }

        @Override
        public byte[] bytes(String vm, String disk) {
          return vms.get(vm).get(disk).bytes();
        }

        @Override
        public void powerOff(String vm) {
          vms.get(vm).off();
        }

        @Override
        public void delete(String vm) {
          disks.delete(vms.get(vm));
        }

        @Override
        public void foreign(String vm, String group) {
          disks.foreign(vms.get(vm), group);
        }

        @Override
        public void refuse(SnapshotMethod refused) {
          for (SnapshotMethod method : SnapshotMethod.values()) {
            disks.refuse(
                method,
                method == refused ? new Disks.Refusal("ScopeLocked", "a lock", null) : null);
          }
        }

        @Override
        public Instant now() {
          return now;
        }

        @Override
        public void advance(Duration by) {
          now = now.plus(by);
        }
      };

  @Override
  protected Machines machines() {
    return machines;
  }

  @Override
  protected Disks disks() {
    return disks;
  }

  @Override
  protected Disks process() {
    return disks.process();
  }
}
