package io.holdfast.proof;

import java.util.List;
import java.util.stream.Stream;

/**
 * The faults of {@code docs/proof.md}, in the order of the rules. Whoever changes a line that is
 * named here plants the fault in the new line.
 */
final class PlantedFaults {
  private PlantedFaults() {}

  static List<PlantedFault> all() {
    return Stream.of(
            CommitFaults.all(),
            WorkFaults.all(),
            ByteFaults.all(),
            LeftoverFaults.all(),
            GuestFaults.all())
        .flatMap(List::stream)
        .toList();
  }
}
