package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.HeldRows.Grant;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.failure.Unavailable;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
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

    /**
     * The work is no longer open: leave it.
     *
     * @param next what to send: an access that came too late has to be ended
     */
    record Denied(List<Next> next) implements Access {}
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
      return new Access.Denied(List.of());
    }
    Grant grant = new Grant(name, snapshot);
    boolean known = catalogue.held().grant(job.id(), name).isPresent();
    if (!known && !catalogue.held().granted(job.id(), needs, grant)) {
      return new Access.Denied(List.of());
    }
    Optional<DiskReader> reader;
    try {
      reader = disks.open(job.id().toString(), snapshot, left);
    } catch (Unavailable unanswered) {
      // It may have happened: then it is there although nobody was told.
      List<Next> release = cameLate(job.id(), needs, grant);
      if (release.isEmpty()) {
        throw unanswered;
      }
      return new Access.Denied(release);
    }
    if (!catalogue.work().isOpen(job.id(), needs)) {
      return new Access.Denied(cameLate(job.id(), needs, grant));
    }
    return reader.<Access>map(Access.Granted::new).orElseGet(Access.Waiting::new);
  }

  /**
   * The release once more, where the job left its active states while Azure was asked: it may have
   * ended the accesses before this one came.
   */
  private List<Next> cameLate(JobId id, Open needs, Grant grant) {
    boolean late =
        !catalogue.work().isOpen(id, needs)
            && catalogue.jobs().reclaim(id, catalogue.held().grantedAgain(id, grant));
    return late ? List.of(Next.now(new Task.Finalize(id.toString()))) : List.of();
  }
}
