package io.holdfast.local.sim;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the name of a VM size says (sizes/overview, "VM size naming conventions"). */
final class Sizes {
  private static final Pattern NAME =
      Pattern.compile(
          "(Standard|Basic)_([A-Z]+)(\\d+)(?:-\\d+)?([a-z]*)(?:_.*)?", Pattern.CASE_INSENSITIVE);

  private Sizes() {}

  /**
   * Whether a size takes Premium storage: an {@code s} among its features, or an old family such as
   * DS or GS. A name of another shape, and none, count as capable.
   */
  static boolean isPremiumCapable(String size) {
    Matcher matcher = NAME.matcher(size);
    if (!matcher.matches()) {
      return true;
    }
    String family = matcher.group(2);
    boolean old = family.length() > 1 && (family.endsWith("S") || family.endsWith("s"));
    return old || matcher.group(4).contains("s");
  }
}
