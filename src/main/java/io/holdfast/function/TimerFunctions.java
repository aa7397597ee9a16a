package io.holdfast.function;

import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.TimerTrigger;
import io.holdfast.backup.Backup;
import io.holdfast.retention.RetainAll;
import io.holdfast.schedule.Tick;
import io.holdfast.work.Next;
import java.util.function.Consumer;

/** What happens by the clock. */
public final class TimerFunctions {
  private final Tick tick;
  private final Backup backup;
  private final RetainAll retention;
  private final Consumer<Next> queues;

  TimerFunctions(Tick tick, Backup backup, RetainAll retention, Consumer<Next> queues) {
    this.tick = tick;
    this.backup = backup;
    this.retention = retention;
    this.queues = queues;
  }

  /** Turns the slots that are due into messages. */
  @FunctionName("schedule")
  public void schedule(
      @TimerTrigger(name = "timer", schedule = "0 */5 * * * *") String timer,
      ExecutionContext context) {
    tick.run();
  }

  /** Looks after open jobs: lost messages, deadlines, what never opened. */
  @FunctionName("reconcile")
  public void reconcile(
      @TimerTrigger(name = "timer", schedule = "0 */15 * * * *") String timer,
      ExecutionContext context) {
    backup.reconcile().run(queues);
  }

  /** Asks for a look at the points of those items whose hour it is. */
  @FunctionName("retention")
  public void retention(
      @TimerTrigger(name = "timer", schedule = "0 5 * * * *") String timer,
      ExecutionContext context) {
    retention.run();
  }
}
