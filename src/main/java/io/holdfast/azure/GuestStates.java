package io.holdfast.azure;

import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SnapshotSet;
import java.util.List;

/** The guest states that are kept with snapshots of the OS disks of Trusted Launch VMs. */
final class GuestStates {
  private GuestStates() {}

  /** Adds the guest state of each disk that the set wants it of. */
  static void add(SnapshotSet set, List<DiskSnapshot> snapshots) {
    for (DiskSnapshot snapshot : List.copyOf(snapshots)) {
      boolean wanted =
          set.disks().stream()
              .anyMatch(
                  disk ->
                      disk.guestState() && disk.uniqueId().equalsIgnoreCase(snapshot.uniqueId()));
      if (wanted) {
        snapshots.add(snapshot.ofGuestState());
      }
    }
  }
}
