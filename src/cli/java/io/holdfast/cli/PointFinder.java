package io.holdfast.cli;

import io.holdfast.failure.Invalid;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.Vault;
import io.holdfast.vault.Vault.ListedPoint;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Finds a point by its id, and helps who mistyped it. */
final class PointFinder {
  private static final int SUGGESTIONS_MAX = 3;

  private PointFinder() {}

  /**
   * @throws Invalid {@code PointNotFound}, naming the ids nearest to it
   */
  static PointManifest load(Vault vault, String pointId) {
    List<ListedPoint> found = vault.findPoint(pointId);
    for (ListedPoint point : found) {
      if (!point.purged()) {
        return vault.loadPoint(point.name());
      }
    }
    if (!found.isEmpty()) {
      throw new Invalid("PointNotFound", "point %s was purged".formatted(pointId));
    }
    throw new Invalid(
        "PointNotFound",
        "there is no point '%s' in the vault; %s".formatted(pointId, near(vault, pointId)));
  }

  private static String near(Vault vault, String pointId) {
    String near =
        vault.listPoints().stream()
            .filter(point -> !point.purged())
            .map(point -> point.name().pointId())
            .distinct()
            .sorted(
                Comparator.comparingInt((String id) -> distance(id, pointId))
                    .thenComparing(Comparator.reverseOrder()))
            .limit(SUGGESTIONS_MAX)
            .collect(Collectors.joining(", "));
    return near.isEmpty() ? "it has none" : "near to it: " + near;
  }

  /** Levenshtein: how many letters have to be put in, taken out or changed. */
  static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
