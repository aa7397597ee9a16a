package io.holdfast.failure;

/** Stored data is not what its name says: stop, and tell a human which object it is. */
public final class Corrupt extends Failure {
  private static final long serialVersionUID = 1L;

  public Corrupt(String message) {
    super(message, null);
  }

  public Corrupt(String message, Throwable cause) {
    super(message, cause);
  }
}
