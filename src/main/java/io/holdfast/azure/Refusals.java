package io.holdfast.azure;

import com.azure.core.management.exception.ManagementException;
import io.holdfast.disk.Disks.Refusal;
import java.time.Duration;
import java.util.Optional;

/** Which of Azure's errors mean "not this snapshot", and which are failures of the call. */
final class Refusals {
  /** A wait this long is not throttling of calls but the limit of three restore points an hour. */
  static final Duration RATE_LIMIT_MIN = Duration.ofMinutes(1);

  private Refusals() {}

  /**
   * Reads a refusal to create a snapshot.
   *
   * @throws RuntimeException the failure, when it is none: no access, load, a fault of the service
   */
  static Refusal of(ManagementException e, String action, String what) {
    int status = e.getResponse().getStatusCode();
    RuntimeException failure = AzureFailures.of(e, action, what);
    Optional<Duration> retryAfter =
        failure instanceof io.holdfast.failure.Unavailable busy
            ? busy.retryAfter()
            : Optional.empty();
    boolean rateLimited =
        status == 429 && retryAfter.filter(wait -> wait.compareTo(RATE_LIMIT_MIN) >= 0).isPresent();
    boolean refused = status == 400 || status == 409 || status == 412 || status == 422;
    if (!rateLimited && !refused) {
      throw failure;
    }
    return new Refusal(code(e), text(e), retryAfter.orElse(null));
  }

  static String code(ManagementException e) {
    return e.getValue() == null || e.getValue().getCode() == null
        ? "HttpStatus" + e.getResponse().getStatusCode()
        : e.getValue().getCode();
  }

  private static String text(ManagementException e) {
    return e.getValue() == null || e.getValue().getMessage() == null
        ? "Azure gave no text"
        : AzureFailures.redact(e.getValue().getMessage());
  }

  /** Whether the error says that there is no such resource. */
  static boolean notFound(RuntimeException e) {
    return e instanceof ManagementException known && known.getResponse().getStatusCode() == 404;
  }

  /** Whether the error says that another operation, or an access, is in the way. */
  static boolean conflict(RuntimeException e) {
    return e instanceof ManagementException known && known.getResponse().getStatusCode() == 409;
  }
}
