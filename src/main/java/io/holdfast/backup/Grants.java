package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.WorkRows.Grant;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Read accesses, each on record before it is asked for, and only for work that is still open: so
 * that the release of a job finds every one of them.
 */
final class Grants {
  private final Catalogue catalogue;
  private final Disks disks;
  private final InstantSource clock;

  Grants(Catalogue catalogue, Disks disks, InstantSource clock) {
    this.catalogue = catalogue;
    this.disks = disks;
    this.clock = clock;
  }

  /** What came of asking. */
  sealed interface Access {
    record Granted(DiskReader reader) implements Access {}

    /** Azure has not granted it yet: come back. */
    record Waiting() implements Access {}

    /** The work is no longer open: leave it. */
    record Denied() implements Access {}
  }

  /** Name of the access to the base's snapshot of a disk. */
  static String ofBase(String disk) {
    return disk + "-base";
  }

  /**
   * Asks for access to a snapshot.
   *
   * @param needs the work that needs it
   * @param name of the access in its job
   */
  Access open(Job job, Open needs, String name, DiskSnapshot snapshot) {
    Duration left = Deadlines.accessFor(job, clock.instant());
    if (left.isNegative() || left.isZero()) {
      // The step was stalled past the deadline: whoever looks next ends the job.
      return new Access.Denied();
    }
    boolean known = catalogue.work().grant(job.id(), name).isPresent();
    if (!known && !catalogue.work().granted(job.id(), needs, name, new Grant(name, snapshot))) {
      return new Access.Denied();
    }
    Optional<DiskReader> reader = disks.open(job.id().toString(), snapshot, left);
    if (!catalogue.work().isOpen(job.id(), needs)) {
      boolean over =
          catalogue.jobs().find(job.id()).filter(now -> now.value().transferring()).isEmpty();
      if (over) {
        // The job was ended while Azure was asked, and its release may have been too early for
        // this.
        disks.close(snapshot);
      }
      return new Access.Denied();
    }
    return reader.<Access>map(Access.Granted::new).orElseGet(Access.Waiting::new);
  }
}
