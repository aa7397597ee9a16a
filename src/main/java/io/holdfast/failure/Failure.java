package io.holdfast.failure;

/**
 * Something went wrong. There are three kinds, named by what the one who handles it does next: wait
 * ({@link Unavailable}), change the request ({@link Invalid}), or tell a human ({@link Corrupt}).
 * Anything else that is thrown is a bug.
 */
public abstract sealed class Failure extends RuntimeException
    permits Unavailable, Invalid, Corrupt {
  private static final long serialVersionUID = 1L;

  Failure(String message, Throwable cause) {
    super(message, cause);
  }
}
