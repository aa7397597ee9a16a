package io.holdfast.failure;

import java.time.Duration;
import java.util.Optional;

/**
 * Try again later; the call may already have happened. A timeout, a refusal for load (429, 503), a
 * server's fault, or a race that was lost.
 */
public final class Unavailable extends Failure {
  private static final long serialVersionUID = 1L;

  private final Duration retryAfter;

  public Unavailable(String message) {
    this(message, null, null);
  }

  public Unavailable(String message, Throwable cause) {
    this(message, null, cause);
  }

  /**
   * @param retryAfter how long the service asked us to stay away, or null when it did not say
   */
  public Unavailable(String message, Duration retryAfter, Throwable cause) {
    super(message, cause);
    this.retryAfter = retryAfter;
  }

  /** How long the service asked us to stay away: present when it throttled the call. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
