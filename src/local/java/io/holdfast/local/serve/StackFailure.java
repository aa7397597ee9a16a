package io.holdfast.local.serve;

/** Why the local stack cannot start or go on, in words for its user. */
public final class StackFailure extends Exception {
  private static final long serialVersionUID = 1;

  StackFailure(String message) {
    super(message);
  }

  StackFailure(String message, Throwable cause) {
    super(message, cause);
  }
}
