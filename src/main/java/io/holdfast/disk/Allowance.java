package io.holdfast.disk;

import java.time.Duration;
import java.util.Optional;

/**
 * PORT: how many calls of Azure Resource Manager this app may make in a subscription. Azure counts
 * reads, writes and deletes apart, by subscription and identity (azure.microsoft.com, ARM
 * throttling of March 2024), so that all hosts of the app share one count.
 */
public interface Allowance {
  /** No limit of our own: for tests, and for programs that make few calls. */
  Allowance UNLIMITED =
      new Allowance() {
        @Override
        public Optional<Duration> take(String subscription, Kind kind) {
          return Optional.empty();
        }

        @Override
        public void pause(String subscription, Duration wait) {
          // Azure itself says when it is too much.
        }
      };

  /** What Azure counts apart. POST actions count as writes. */
  enum Kind {
    READ,
    WRITE,
    DELETE
  }

  /**
   * Takes one call.
   *
   * @return empty when it may be made; otherwise after what time to ask again
   */
  Optional<Duration> take(String subscription, Kind kind);

  /** Azure has refused a call for load: no host makes another one for this long. */
  void pause(String subscription, Duration wait);
}
