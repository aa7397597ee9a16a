package io.holdfast.local.sim;

import java.time.Duration;

/**
 * An answer that says no, in Azure's codes. ARM paths send it as a JSON error, access URLs as XML.
 */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final int status;
  private final String code;
  private final long retryAfterSeconds;

  Refusal(int status, String code, String message) {
    this(status, code, message, Duration.ZERO);
  }

  Refusal(int status, String code, String message, Duration retryAfter) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.retryAfterSeconds = retryAfter.toSeconds();
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  /** 0 means that the answer carries no Retry-After. */
  long retryAfterSeconds() {
    return retryAfterSeconds;
  }

  static Refusal notAllowed(String message) {
    return new Refusal(409, "OperationNotAllowed", message);
  }

  static Refusal invalid(String field, String message) {
    return new Refusal(400, "InvalidParameter", "'" + field + "': " + message);
  }

  static Refusal notFound(ArmId id) {
    return new Refusal(
        404,
        "ResourceNotFound",
        "The Resource 'Microsoft.Compute/%s' with id '%s' was not found."
            .formatted(id.type(), id.text()));
  }
}
