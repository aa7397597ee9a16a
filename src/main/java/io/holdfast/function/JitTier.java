package io.holdfast.function;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which compiler the JVM may use. The Functions worker starts it with the quick one only (C1),
 * under which Java code that works on bytes runs up to ten times slower; app settings undo that,
 * where the hosting plan honours them.
 */
final class JitTier {
  /** The two app settings that carry it, and what they should carry. */
  static final String REMEDY =
      "JAVA_OPTS and languageWorkers__java__arguments to -XX:TieredStopAtLevel=4";

  private static final Logger LOG = LoggerFactory.getLogger(JitTier.class);
  private static final String FLAG = "TieredStopAtLevel";
  private static final int FULL = 4;

  private JitTier() {}

  /** What to log at the start; warns when it is the quick one. */
  static String report() {
    return report(ofThisJvm());
  }

  /**
   * @param tier 0 (interpreter) to 4 (both compilers); empty if the JVM does not say
   */
  static String report(OptionalInt tier) {
    if (tier.isEmpty()) {
      return "JIT tier unknown";
    }
    if (tier.getAsInt() < FULL) {
      LOG.warn(
          "the JVM compiles up to tier {} only: a backup takes up to a quarter longer with native"
              + " cryptography, and many times as long where that does not load. Set the app settings"
              + " {}",
          tier.getAsInt(),
          REMEDY);
    }
    return "JIT tier " + tier.getAsInt();
  }

  /** A JVM that is not HotSpot, or was built without the second compiler, has no such flag. */
  static OptionalInt ofThisJvm() {
    HotSpotDiagnosticMXBean jvm =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (jvm == null) {
      return OptionalInt.empty();
    }
    try {
      return OptionalInt.of(Integer.parseInt(jvm.getVMOption(FLAG).getValue()));
    } catch (IllegalArgumentException e) {
      // It says so of a flag that it does not have, and of a value that is no number.
      return OptionalInt.empty();
    }
  }
}
