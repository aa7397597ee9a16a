package io.holdfast.work;

/**
 * How a message came.
 *
 * @param attempt 1 at its first delivery; higher when an earlier one failed, was lost with its
 *     host, or outlived its lease
 */
public record Delivery(long attempt) {
  public static final Delivery FIRST = new Delivery(1);

  /** Whether this message was delivered before. */
  public boolean redelivered() {
    return attempt > 1;
  }
}
