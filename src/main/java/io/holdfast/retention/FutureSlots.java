package io.holdfast.retention;

import java.time.Instant;
import java.util.Optional;

/** When the backups to come will be taken. */
@FunctionalInterface
public interface FutureSlots {
  /** No backups will be taken. */
  FutureSlots NONE = time -> Optional.empty();

  /**
   * The first backup after an instant.
   *
   * @param time exclusive
   * @return empty: there is none any more
   */
  Optional<Instant> after(Instant time);
}
