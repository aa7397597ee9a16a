package io.holdfast.retention;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When points will expire.
 *
 * @param expiries point id to the instant from which on nothing holds it; what never expires, or
 *     not within {@value #YEARS_MAX} years, is not in it
 */
public record Forecast(Map<String, Instant> expiries) {
  /** Further than this it is not looked. Azure Backup keeps points for at most 99 years. */
  public static final int YEARS_MAX = 100;

  public Forecast {
    expiries = Map.copyOf(expiries);
  }

  /** When a point expires; empty: never. */
  public Optional<Instant> of(String id) {
    return Optional.ofNullable(expiries.get(id));
  }

  /** What expires first of all; empty: nothing ever does. */
  public Optional<Deletion> next() {
    Optional<Instant> first = expiries.values().stream().min(Instant::compareTo);
    return first.map(
        time ->
            new Deletion(
                time,
                expiries.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(time))
                    .map(Map.Entry::getKey)
                    .sorted()
                    .toList()));
  }

  /**
   * What expires at one instant.
   *
   * @param ids of the points, sorted; at least one
   */
  public record Deletion(Instant time, List<String> ids) {
    public Deletion {
      ids = List.copyOf(ids);
    }
  }
}
