package io.holdfast.function;

import com.microsoft.azure.functions.ExecutionContext;
import io.holdfast.backup.Backup;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.retention.RetainItem;
import io.holdfast.work.Next;
import io.holdfast.work.Queues;
import java.util.Map;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Gives messages to the queue functions, as the host does. */
public final class Deliveries {
  /** Silent: what the functions log of injected faults is no news. */
  private static final Logger LOG = Logger.getLogger(Deliveries.class.getName());

  static {
    LOG.setLevel(Level.OFF);
  }

  private interface Function {
    void run(String body, long dequeueCount, ExecutionContext context);
  }

  private interface Poison {
    void run(String body, String messageId, ExecutionContext context);
  }

  private final Map<String, Function> functions;
  private final Map<String, Poison> poisons;

  public Deliveries(Catalogue catalogue, Backup backup, RetainItem retain, Consumer<Next> queues) {
    TaskRunner runner = new TaskRunner(catalogue, backup.jobEnd(), backup.poisoned(), queues);
    QueueFunctions steps = new QueueFunctions(runner, backup, retain);
    PoisonFunctions poison = new PoisonFunctions(runner);
    functions =
        Map.of(
            Queues.BACKUP_REQUESTS, steps::startBackup,
            Queues.SNAPSHOTS, steps::awaitSnapshot,
            Queues.DISK_PLANS, steps::planDisk,
            Queues.SEGMENT_TRANSFERS, steps::transferSegment,
            Queues.FINALIZE, steps::finalizeBackup,
            Queues.RETENTION, steps::retainItem);
    poisons =
        Map.of(
            Queues.BACKUP_REQUESTS, poison::startBackup,
            Queues.SNAPSHOTS, poison::awaitSnapshot,
            Queues.DISK_PLANS, poison::planDisk,
            Queues.SEGMENT_TRANSFERS, poison::transferSegment,
            Queues.FINALIZE, poison::finalizeBackup,
            Queues.RETENTION, poison::retainItem);
  }

  /** Delivers a message; what the function throws comes through. */
  public void deliver(String queue, String body, long dequeueCount) {
    functions.get(queue).run(body, dequeueCount, context());
  }

  /** Delivers a message of a poison queue. */
  public void poison(String queue, String messageId, String body) {
    poisons.get(queue).run(body, messageId, context());
  }

  static ExecutionContext context() {
    return new ExecutionContext() {
      @Override
      public Logger getLogger() {
        return LOG;
      }

      @Override
      public String getInvocationId() {
        return "invocation-1";
      }

      @Override
      public String getFunctionName() {
        return "test";
      }
    };
  }
}
