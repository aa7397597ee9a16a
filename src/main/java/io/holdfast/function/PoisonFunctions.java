package io.holdfast.function;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.QueueTrigger;
import io.holdfast.work.Queues;

/** What the host moved away after too many failures: one function a poison queue. */
public final class PoisonFunctions {
  private static final String CONNECTION = "AzureWebJobsStorage";

  private final TaskRunner runner;

  PoisonFunctions(TaskRunner runner) {
    this.runner = runner;
  }

  /** Ends the job of a poisoned message of {@code startBackup}, and keeps the message. */
  @FunctionName("startBackupPoison")
  public void startBackup(
      @QueueTrigger(
              name = "body",
              queueName = Queues.BACKUP_REQUESTS + Queues.POISON_SUFFIX,
              connection = CONNECTION)
          String body,
      @BindingName("Id") String messageId,
      ExecutionContext context) {
    runner.poisoned(Queues.BACKUP_REQUESTS, messageId, body, context.getLogger());
  }

  /** Ends the job of a poisoned message of {@code awaitSnapshot}, and keeps the message. */
  @FunctionName("awaitSnapshotPoison")
  public void awaitSnapshot(
      @QueueTrigger(
              name = "body",
              queueName = Queues.SNAPSHOTS + Queues.POISON_SUFFIX,
              connection = CONNECTION)
          String body,
      @BindingName("Id") String messageId,
      ExecutionContext context) {
    runner.poisoned(Queues.SNAPSHOTS, messageId, body, context.getLogger());
  }

  /** Ends the job of a poisoned message of {@code planDisk}, and keeps the message. */
  @FunctionName("planDiskPoison")
  public void planDisk(
      @QueueTrigger(
              name = "body",
              queueName = Queues.DISK_PLANS + Queues.POISON_SUFFIX,
              connection = CONNECTION)
          String body,
      @BindingName("Id") String messageId,
      ExecutionContext context) {
    runner.poisoned(Queues.DISK_PLANS, messageId, body, context.getLogger());
  }

  /** Ends the job of a poisoned message of {@code transferSegment}, and keeps the message. */
  @FunctionName("transferSegmentPoison")
  public void transferSegment(
      @QueueTrigger(
              name = "body",
              queueName = Queues.SEGMENT_TRANSFERS + Queues.POISON_SUFFIX,
              connection = CONNECTION)
          String body,
      @BindingName("Id") String messageId,
      ExecutionContext context) {
    runner.poisoned(Queues.SEGMENT_TRANSFERS, messageId, body, context.getLogger());
  }

  /** Ends the job of a poisoned message of {@code finalizeBackup}, and keeps the message. */
  @FunctionName("finalizeBackupPoison")
  public void finalizeBackup(
      @QueueTrigger(
              name = "body",
              queueName = Queues.FINALIZE + Queues.POISON_SUFFIX,
              connection = CONNECTION)
          String body,
      @BindingName("Id") String messageId,
      ExecutionContext context) {
    runner.poisoned(Queues.FINALIZE, messageId, body, context.getLogger());
  }

  /** Keeps a poisoned message of {@code retainItem}: the next look at the item needs none. */
  @FunctionName("retainItemPoison")
  public void retainItem(
      @QueueTrigger(
              name = "body",
              queueName = Queues.RETENTION + Queues.POISON_SUFFIX,
              connection = CONNECTION)
          String body,
      @BindingName("Id") String messageId,
      ExecutionContext context) {
    runner.poisoned(Queues.RETENTION, messageId, body, context.getLogger());
  }
}
