package io.holdfast.work;

import java.time.Instant;

/**
 * One message of a queue. Messages hold ids and numbers only; rows hold the truth. Any of them may
 * arrive twice, late, or at the same time as itself.
 */
public sealed interface Task {
  /** The queue whose function runs this task. */
  String queue();

  /**
   * Start a backup of a VM.
   *
   * @param vmId ARM id of the VM
   * @param jobId the job, when the asker has opened it already; null: the step opens it
   * @param policy name of the policy that asks; null for an on-demand backup
   * @param slot the instant for which the policy's schedule asks; null for an on-demand backup
   * @param instantRestoreDays how long the snapshots stay after the commit, 0 to 30
   * @param missed how many slots, the newest of them this one, went by without a look at the clock:
   *     they are put on record, and nothing is backed up; 0: the slot is due
   */
  record StartBackup(
      String vmId, String jobId, String policy, Instant slot, int instantRestoreDays, int missed)
      implements Task {
    /** A backup that is due. */
    public StartBackup(
        String vmId, String jobId, String policy, Instant slot, int instantRestoreDays) {
      this(vmId, jobId, policy, slot, instantRestoreDays, 0);
    }

    @Override
    public String queue() {
      return Queues.BACKUP_REQUESTS;
    }
  }

  /**
   * Look once whether a job's snapshot set is there.
   *
   * @param set number of the snapshot set; work for another number is dropped
   * @param look how often this set was looked at before: decides the delay to the next look
   */
  record AwaitSnapshot(String jobId, int set, int look) implements Task {
    @Override
    public String queue() {
      return Queues.SNAPSHOTS;
    }
  }

  /**
   * Find out what changed on one disk and freeze the plan.
   *
   * @param disk {@code os} or {@code lunN}
   * @param plan number of the plan; work for another number is dropped
   */
  record PlanDisk(String jobId, String disk, int plan) implements Task {
    @Override
    public String queue() {
      return Queues.DISK_PLANS;
    }
  }

  /**
   * Go on with one lane of a disk.
   *
   * @param lane 0 to lanes - 1
   * @param cursor where the lane's row stood when this message was sent
   */
  record Transfer(String jobId, String disk, int plan, int lane, long cursor) implements Task {
    @Override
    public String queue() {
      return Queues.SEGMENT_TRANSFERS;
    }
  }

  /**
   * Commit the job's recovery point, or release what an ended job holds: as the job's row says.
   *
   * @param look how often Azure was looked at before for the end of the release
   */
  record Finalize(String jobId, int look) implements Task {
    public Finalize(String jobId) {
      this(jobId, 0);
    }

    @Override
    public String queue() {
      return Queues.FINALIZE;
    }
  }

  /**
   * Look which points of an item have expired.
   *
   * @param itemId the item
   */
  record Retain(String itemId) implements Task {
    @Override
    public String queue() {
      return Queues.RETENTION;
    }
  }
}
