package io.holdfast.local.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The JVM flags that the real Java worker runs with, in its order: a later flag wins. */
final class WorkerFlags {
  /** azure-functions-java-worker, worker.config.json. */
  private static final List<String> WORKER =
      List.of(
          "-XX:+TieredCompilation", "-XX:TieredStopAtLevel=1", "-Djava.net.preferIPv4Stack=true");

  /**
   * The memory of the instance that the deployment asks for: the JVM takes a quarter of it as heap,
   * or what the settings say.
   */
  private static final String INSTANCE_MEMORY = "-XX:MaxRAM=2g";

  private WorkerFlags() {}

  static List<String> of(Map<String, String> settings) {
    List<String> flags = new ArrayList<>();
    flags.add(INSTANCE_MEMORY);
    flags.addAll(WORKER);
    for (String name : List.of("JAVA_OPTS", "languageWorkers__java__arguments")) {
      String value = settings.getOrDefault(name, "").trim();
      if (!value.isEmpty()) {
        flags.addAll(List.of(value.split("\\s+")));
      }
    }
    return flags;
  }
}
