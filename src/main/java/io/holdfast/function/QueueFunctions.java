package io.holdfast.function;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import io.holdfast.backup.Backup;
import io.holdfast.retention.RetainItem;
import io.holdfast.work.Queues;
import io.holdfast.work.Task;

/** The steps of backups and of retention, one function a queue. */
public final class QueueFunctions {
  private static final String CONNECTION = "AzureWebJobsStorage";

  private final TaskRunner runner;
  private final Backup backup;
  private final RetainItem retain;

  QueueFunctions(TaskRunner runner, Backup backup, RetainItem retain) {
    this.runner = runner;
    this.backup = backup;
    this.retain = retain;
  }

  /** Opens the job of a slot, freezes what is backed up, asks for the snapshot. */
  @FunctionName("startBackup")
  public void startBackup(
      @QueueTrigger(name = "body", queueName = Queues.BACKUP_REQUESTS, connection = CONNECTION)
          String body,
      @BindingName("DequeueCount") long dequeueCount,
      ExecutionContext context) {
    runner.run(
        body, dequeueCount, Task.StartBackup.class, backup.start()::run, context.getLogger());
  }

  /** Looks once whether the snapshot is there. */
  @FunctionName("awaitSnapshot")
  public void awaitSnapshot(
      @QueueTrigger(name = "body", queueName = Queues.SNAPSHOTS, connection = CONNECTION)
          String body,
      @BindingName("DequeueCount") long dequeueCount,
      ExecutionContext context) {
    runner.run(
        body, dequeueCount, Task.AwaitSnapshot.class, backup.await()::run, context.getLogger());
  }

  /** Finds out what changed on one disk. */
  @FunctionName("planDisk")
  public void planDisk(
      @QueueTrigger(name = "body", queueName = Queues.DISK_PLANS, connection = CONNECTION)
          String body,
      @BindingName("DequeueCount") long dequeueCount,
      ExecutionContext context) {
    runner.run(body, dequeueCount, Task.PlanDisk.class, backup.plan()::run, context.getLogger());
  }

  /** Goes on with one lane of a disk. */
  @FunctionName("transferSegment")
  public void transferSegment(
      @QueueTrigger(name = "body", queueName = Queues.SEGMENT_TRANSFERS, connection = CONNECTION)
          String body,
      @BindingName("DequeueCount") long dequeueCount,
      ExecutionContext context) {
    runner.run(
        body, dequeueCount, Task.Transfer.class, backup.transfer()::run, context.getLogger());
  }

  /** Commits the recovery point and removes the snapshots. */
  @FunctionName("finalizeBackup")
  public void finalizeBackup(
      @QueueTrigger(name = "body", queueName = Queues.FINALIZE, connection = CONNECTION)
          String body,
      @BindingName("DequeueCount") long dequeueCount,
      ExecutionContext context) {
    runner.run(body, dequeueCount, Task.Finalize.class, backup.finish()::run, context.getLogger());
  }

  /** Looks which recovery points of an item have expired. */
  @FunctionName("retainItem")
  public void retainItem(
      @QueueTrigger(name = "body", queueName = Queues.RETENTION, connection = CONNECTION)
          String body,
      @BindingName("DequeueCount") long dequeueCount,
      ExecutionContext context) {
    runner.run(body, dequeueCount, Task.Retain.class, retain::run, context.getLogger());
  }
}
