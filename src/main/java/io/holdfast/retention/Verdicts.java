package io.holdfast.retention;

import java.util.List;
import java.util.Optional;

/**
 * What retention says of all points of an item.
 *
 * @param newestFirst one verdict a point
 */
public record Verdicts(List<Verdict> newestFirst) {
  public Verdicts {
    newestFirst = List.copyOf(newestFirst);
  }

  /** The ids of the points that stay, newest first. */
  public List<String> kept() {
    return newestFirst.stream().filter(Verdict::kept).map(Verdict::id).toList();
  }

  /** The ids of the points that may go, newest first. */
  public List<String> expired() {
    return newestFirst.stream().filter(verdict -> !verdict.kept()).map(Verdict::id).toList();
  }

  /** The verdict of one point; looks through all of them. */
  public Optional<Verdict> of(String id) {
    return newestFirst.stream().filter(verdict -> verdict.id().equals(id)).findFirst();
  }
}
