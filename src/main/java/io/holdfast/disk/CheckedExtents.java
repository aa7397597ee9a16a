package io.holdfast.disk;

/**
 * Asserts rule 7 on the answer to one window of a change list, range by range: whole pages, in
 * order, without overlap, about this window, inside the source. An answer that breaks it comes from
 * a defect between here and the service, and must not become a backup. Ranges that reach over the
 * window's edges are cut to it: that a service cuts them itself is not documented.
 */
public final class CheckedExtents {
  private final long windowStart;
  private final long windowEnd;
  private final long diskEnd;
  private final long sourceEnd;
  private final Extents into;
  private long reached;

  /**
   * @param windowStart first byte that was asked for
   * @param windowEnd after the last byte that was asked for; at most {@code diskEnd}
   * @param diskEnd size of the disk in bytes
   * @param sourceEnd where the bytes of the source end: a source may have more than the disk's, and
   *     what it says about those is dropped
   * @param into takes what lies inside the window
   */
  public CheckedExtents(
      long windowStart, long windowEnd, long diskEnd, long sourceEnd, Extents into) {
    this.windowStart = windowStart;
    this.windowEnd = windowEnd;
    this.diskEnd = diskEnd;
    this.sourceEnd = sourceEnd;
    this.into = into;
  }

  /**
   * Takes the next range of the answer.
   *
   * @param end after its last byte
   * @param clear as {@link Extent#clear}
   * @throws Malformed naming the range, if it breaks the rule
   */
  public void take(long offset, long end, boolean clear) throws Malformed {
    if (offset % Extent.PAGE_BYTES != 0 || end % Extent.PAGE_BYTES != 0) {
      throw malformed("is not of whole pages of 512 bytes", offset, end);
    }
    if (offset < reached || end <= offset) {
      throw malformed("is out of order or overlaps, after offset " + reached, offset, end);
    }
    if (end > sourceEnd) {
      throw malformed("is past the end, which is at " + sourceEnd, offset, end);
    }
    if (end <= windowStart || (offset >= windowEnd && offset < diskEnd)) {
      throw malformed("is not of this window", offset, end);
    }
    reached = end;
    long from = Math.max(offset, windowStart);
    long to = Math.min(end, windowEnd);
    if (from < to) {
      into.take(new Extent(from, to - from, clear));
    }
  }

  private Malformed malformed(String what, long offset, long end) {
    return new Malformed(
        "the change list of window %d..%d has range %d..%d, which %s"
            .formatted(windowStart, windowEnd, offset, end, what));
  }

  /** A change list that breaks its own rule: nothing that it says can be trusted. */
  public static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    private Malformed(String message) {
      super(message);
    }
  }
}
