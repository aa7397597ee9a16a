package io.holdfast.azure;

/**
 * How much of a disk one request for its ranges covers. It is learnt from the answers and kept from
 * call to call, so that a fragmented disk does not pay for the same refused size again and again.
 * Safe for use by several threads: a lost update costs a request.
 */
final class ListWindow {
  /** Most elements of one answer; an answer of this many or more may have been cut off. */
  static final int ELEMENTS_MAX = 10_000;

  /** Elements that the next answer should have: room for a denser stretch without a refusal. */
  private static final int ELEMENTS_AIM = 7_500;

  private static final int PAGE_BYTES = 512;
  private static final int ROUND_BYTES = 1 << 20;

  private final long maxBytes;
  private volatile long bytes;

  ListWindow(long maxBytes) {
    this.maxBytes = maxBytes;
    this.bytes = maxBytes;
  }

  /** What to ask for, of so many bytes that are left. */
  long of(long left) {
    return Math.min(left, bytes);
  }

  /** The answer was complete: a nearly empty one lets the next window be twice as large. */
  void answered(long asked, int elements) {
    double grown = Math.min(2.0, (double) ELEMENTS_AIM / Math.max(1, elements)) * asked;
    if (grown > bytes) {
      bytes = rounded(Math.min(maxBytes, (long) grown));
    }
  }

  /**
   * The answer may have been cut off, or took too long.
   *
   * @param asked bytes, more than a page
   * @return what to ask for instead
   */
  long halved(long asked) {
    bytes = rounded(asked / 2);
    return bytes;
  }

  private static long rounded(long size) {
    int unit = size >= ROUND_BYTES ? ROUND_BYTES : PAGE_BYTES;
    return Math.max(PAGE_BYTES, size / unit * unit);
  }
}
