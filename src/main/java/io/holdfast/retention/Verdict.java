package io.holdfast.retention;

import java.util.List;

/**
 * What retention says of one point.
 *
 * @param id the point's
 * @param reasons all that keep it, at least one; of an expired one exactly one of kind {@link
 *     Reason.Kind#EXPIRED}
 */
public record Verdict(String id, boolean kept, List<Reason> reasons) {
  public Verdict {
    reasons = List.copyOf(reasons);
  }

  /** All reasons in one line. */
  public String text() {
    return String.join("; ", reasons.stream().map(Reason::text).toList());
  }
}
