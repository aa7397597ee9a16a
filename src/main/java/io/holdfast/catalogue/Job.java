package io.holdfast.catalogue;

import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SnapshotSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A backup job.
 *
 * @param request what was asked for
 * @param vmId the VM's ARM id
 * @param vmName the VM's name
 * @param deadline no step works for the job after it
 * @param snapshot what was decided and achieved about the snapshot; null before the first decision
 * @param disks the frozen list of disks; empty before the start
 * @param excluded the VM's disks that are not backed up, with why; empty before the start
 * @param tasks the steps that users see
 * @param warnings what was asked for and not given
 * @param notes what a person who restores should know of the point
 * @param error why it failed; null otherwise
 * @param endTime when it ended; null before
 * @param released whether nothing that the job made or was granted is left
 */
public record Job(
    JobId id,
    Request request,
    String vmId,
    String vmName,
    JobStatus status,
    Instant createdAt,
    Instant deadline,
    Snapshot snapshot,
    List<JobDisk> disks,
    List<ExcludedDisk> excluded,
    List<JobTask> tasks,
    List<Warning> warnings,
    List<Warning> notes,
    JobError error,
    Instant endTime,
    boolean released) {

  /**
   * What was asked for.
   *
   * @param policy the policy's name; null for an on-demand backup
   * @param slot the schedule's instant; null for an on-demand backup
   * @param instantRestoreDays how long the snapshots stay, 0 to 30
   * @param retainUntil for an on-demand backup of a VM without a policy; null otherwise
   * @param protection how the VM is snapshotted; null in rows of before there was a choice
   */
  public record Request(
      String policy,
      Instant slot,
      int instantRestoreDays,
      Instant retainUntil,
      Protection protection) {
    public Request {
      protection = protection == null ? Protection.DEFAULT : protection;
    }

    /** A request for the best snapshots of all disks. */
    public Request(String policy, Instant slot, int instantRestoreDays, Instant retainUntil) {
      this(policy, slot, instantRestoreDays, retainUntil, Protection.DEFAULT);
    }
  }

  /**
   * The snapshot of a job.
   *
   * @param set the set that counts: the one of the newest number
   * @param guest what the VM was when the job started; null in rows of before it was noted
   * @param requested what was asked for
   * @param achieved what Azure says was achieved; null before it is there
   * @param time the instant that it holds; null before it is there
   * @param parts each disk's snapshot; empty before it is there
   */
  public record Snapshot(
      SnapshotSet set,
      GuestState guest,
      Consistency requested,
      Consistency achieved,
      Instant time,
      List<DiskSnapshot> parts) {
    public Snapshot {
      guest = guest == null ? GuestState.LINUX : guest;
      parts = List.copyOf(parts);
    }

    /** The same intent by another set, of which nothing is there yet. */
    public Snapshot by(SnapshotSet next) {
      return new Snapshot(next, guest, requested, null, null, List.of());
    }

    /** The snapshot of one disk. */
    public DiskSnapshot part(String disk) {
      return parts.stream()
          .filter(part -> part.disk().equals(disk))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no snapshot of disk " + disk));
    }
  }

  /**
   * A disk of the job.
   *
   * @param disk {@code os} or {@code lunN}
   * @param name resource name
   * @param id ARM id
   * @param uniqueId Azure's immutable id of it
   * @param lun -1 for the OS disk
   * @param sizeBytes size at the snapshot; before it, when the job started
   * @param result null until the commit
   */
  public record JobDisk(
      String disk,
      String name,
      String id,
      String uniqueId,
      int lun,
      long sizeBytes,
      DiskResult result) {}

  /**
   * What became of a disk.
   *
   * @param changeSource how the changes were found
   * @param reason why that way
   * @param bytesTotal bytes that had to be read
   * @param counts what was done
   * @param root id of the disk manifest, 64 hex digits
   */
  public record DiskResult(
      ChangeSource changeSource, String reason, long bytesTotal, ByteCounts counts, String root) {}

  /** What a VM is when its backup starts. */
  public enum GuestState {
    /** It does not run: nothing writes to its disks. */
    OFF,
    WINDOWS,
    LINUX
  }

  /**
   * A disk of the VM that the job leaves out.
   *
   * @param disk {@code os} or {@code lunN}
   * @param name resource name
   * @param id ARM id
   * @param lun -1 for the OS disk
   * @param reason why
   */
  public record ExcludedDisk(String disk, String name, String id, int lun, String reason) {}

  /**
   * A step that users see.
   *
   * @param failure why it failed, in Azure's own code and text, and what to do; null when it did
   *     not
   */
  public record JobTask(
      String name, String status, Instant startTime, Instant endTime, Warning failure) {}

  /** Something that was asked for and not given, with what to do about it. */
  public record Warning(String code, String message, String remedy) {}

  /** Why a job failed, in the shape of Azure's errors. */
  public record JobError(String code, String message) {}

  public Job {
    disks = List.copyOf(disks);
    excluded = excluded == null ? List.of() : List.copyOf(excluded);
    tasks = List.copyOf(tasks);
    warnings = List.copyOf(warnings);
    notes = notes == null ? List.of() : List.copyOf(notes);
  }

  /** A job as it is opened. */
  public static Job queued(
      JobId id, Request request, String vmId, String vmName, Instant now, Instant deadline) {
    return new Job(
        id,
        request,
        vmId,
        vmName,
        JobStatus.QUEUED,
        now,
        deadline,
        null,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        null,
        null,
        false);
  }

  /**
   * The job in another state.
   *
   * @throws IllegalStateException when there is no such way
   */
  public Job become(JobStatus next) {
    if (!status.mayBecome(next)) {
      throw new IllegalStateException("job %s cannot go from %s to %s".formatted(id, status, next));
    }
    return with(next, snapshot, disks, tasks, warnings, error, endTime, released);
  }

  public Job withSnapshot(Snapshot changed) {
    return with(status, changed, disks, tasks, warnings, error, endTime, released);
  }

  public Job withDisks(List<JobDisk> changed) {
    return with(status, snapshot, changed, tasks, warnings, error, endTime, released);
  }

  /** The job with the disks that it leaves out. */
  public Job withExcluded(List<ExcludedDisk> changed) {
    return new Job(
        id, request, vmId, vmName, status, createdAt, deadline, snapshot, disks, changed, tasks,
        warnings, notes, error, endTime, released);
  }

  /** The job with one more thing to know of its point. */
  public Job withNote(Warning note) {
    if (notes.contains(note)) {
      return this;
    }
    List<Warning> changed = new ArrayList<>(notes);
    changed.add(note);
    return new Job(
        id, request, vmId, vmName, status, createdAt, deadline, snapshot, disks, excluded, tasks,
        warnings, changed, error, endTime, released);
  }

  public Job withDeadline(Instant changed) {
    return new Job(
        id, request, vmId, vmName, status, createdAt, changed, snapshot, disks, excluded, tasks,
        warnings, notes, error, endTime, released);
  }

  public Job withWarning(Warning warning) {
    List<Warning> changed = new ArrayList<>(warnings);
    if (!changed.contains(warning)) {
      changed.add(warning);
    }
    return with(status, snapshot, disks, tasks, changed, error, endTime, released);
  }

  /** The job, ended for a cause. Tasks that were running end with it. */
  public Job failed(JobError cause, Instant now) {
    return become(JobStatus.FAILED).endTasks("Failed", now).withError(cause).withEnd(now);
  }

  /** The job while what it holds is released for its cancellation. Tasks that ran end with it. */
  public Job cancelling(Instant now) {
    return become(JobStatus.CANCELLING).endTasks("Cancelled", now);
  }

  public Job withEnd(Instant now) {
    return with(status, snapshot, disks, tasks, warnings, error, now, released);
  }

  public Job asReleased() {
    return with(status, snapshot, disks, tasks, warnings, error, endTime, true);
  }

  /** The job, to be released once more. */
  Job asUnreleased() {
    return with(status, snapshot, disks, tasks, warnings, error, endTime, false);
  }

  /** The job with the task begun; a task that runs or has run already is left alone. */
  public Job begin(String task, Instant now) {
    if (tasks.stream().anyMatch(known -> known.name().equals(task))) {
      return this;
    }
    List<JobTask> changed = new ArrayList<>(tasks);
    changed.add(new JobTask(task, "InProgress", now, null, null));
    return with(status, snapshot, disks, changed, warnings, error, endTime, released);
  }

  /** The job with the task ended, if it was running. */
  public Job end(String task, String outcome, Instant now) {
    return end(task, outcome, null, now);
  }

  /** The job with the task failed for a cause, if it was running. */
  public Job endFailed(String task, Warning failure, Instant now) {
    return end(task, "Failed", failure, now);
  }

  private Job end(String task, String outcome, Warning failure, Instant now) {
    List<JobTask> changed = new ArrayList<>();
    for (JobTask known : tasks) {
      boolean ends = known.name().equals(task) && known.endTime() == null;
      changed.add(ends ? new JobTask(task, outcome, known.startTime(), now, failure) : known);
    }
    return with(status, snapshot, disks, changed, warnings, error, endTime, released);
  }

  /** The task of that name, if it has begun and not ended. */
  public Optional<JobTask> running(String task) {
    return tasks.stream()
        .filter(known -> known.name().equals(task) && known.endTime() == null)
        .findFirst();
  }

  private Job endTasks(String outcome, Instant now) {
    Job job = this;
    for (JobTask task : tasks) {
      job = job.end(task.name(), outcome, now);
    }
    return job;
  }

  private Job withError(JobError cause) {
    return with(status, snapshot, disks, tasks, warnings, cause, endTime, released);
  }

  private Job with(
      JobStatus nextStatus,
      Snapshot nextSnapshot,
      List<JobDisk> nextDisks,
      List<JobTask> nextTasks,
      List<Warning> nextWarnings,
      JobError nextError,
      Instant nextEnd,
      boolean nextReleased) {
    return new Job(
        id,
        request,
        vmId,
        vmName,
        nextStatus,
        createdAt,
        deadline,
        nextSnapshot,
        nextDisks,
        excluded,
        nextTasks,
        nextWarnings,
        notes,
        nextError,
        nextEnd,
        nextReleased);
  }

  /** Whether all snapshots are there and the disks are being transferred. */
  public boolean transferring() {
    return status == JobStatus.IN_PROGRESS && snapshot != null && snapshot.time() != null;
  }

  /** Number of the snapshot set that counts; 0 before the first decision. */
  public int setNumber() {
    return snapshot == null ? 0 : snapshot.set().number();
  }
}
