package io.holdfast.function;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which compiler the JVM may use. The Functions worker starts it with the quick one only (C1),
 * under which digests run ten times slower; app settings undo that, where the hosting plan honours
 * them.
 */
final class JitTier {
  private static final Logger LOG = LoggerFactory.getLogger(JitTier.class);
  private static final int FULL = 4;

  private JitTier() {}

  /** What to log at the start; warns when it is the quick one. */
  static String report() {
    HotSpotDiagnosticMXBean jvm =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    int tier = Integer.parseInt(jvm.getVMOption("TieredStopAtLevel").getValue());
    if (tier < FULL) {
      LOG.warn(
          "the JVM compiles up to tier {} only: backups take several times as long. Set the app"
              + " settings JAVA_OPTS and languageWorkers__java__arguments to"
              + " -XX:TieredStopAtLevel=4",
          tier);
    }
    return "JIT tier " + tier;
  }
}
