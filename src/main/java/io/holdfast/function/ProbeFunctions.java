package io.holdfast.function;

import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.TimerTrigger;

/** Placeholder until the real functions land. */
public final class ProbeFunctions {
  @FunctionName("probe")
  public void probe(@TimerTrigger(name = "timer", schedule = "0 */5 * * * *") String timer) {}
}
