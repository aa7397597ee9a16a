package io.holdfast.disk;

import java.util.ArrayList;
import java.util.List;

/**
 * A range of bytes of a disk.
 *
 * @param offset first byte, a multiple of 512
 * @param length bytes, at least 512, a multiple of 512
 * @param clear whether all of it reads as zeros now (a "clear range" of a diff)
 */
public record Extent(long offset, long length, boolean clear) {
  /** Page blobs deal in pages of this many bytes. */
  public static final int PAGE_BYTES = 512;

  public Extent {
    if (offset < 0 || length <= 0 || offset % PAGE_BYTES != 0 || length % PAGE_BYTES != 0) {
      throw new IllegalArgumentException(
          "not a range of whole pages: offset %d, length %d".formatted(offset, length));
    }
  }

  /** First byte after the range. */
  public long end() {
    return offset + length;
  }

  /**
   * Asserts rule 7 on a change list: in order, without overlap, inside the window. A list that
   * breaks it comes from a defect between here and the service, and must not become a backup.
   *
   * @throws IllegalStateException naming the first range that breaks the rule
   */
  public static List<Extent> checked(List<Extent> extents, long windowStart, long windowEnd) {
    long reached = windowStart;
    for (Extent extent : extents) {
      if (extent.offset() < reached || extent.end() > windowEnd) {
        throw new IllegalStateException(
            "the change list of window %d..%d has range %d+%d after offset %d"
                .formatted(windowStart, windowEnd, extent.offset(), extent.length(), reached));
      }
      reached = extent.end();
    }
    return extents;
  }

  /** The parts of the extents that lie inside a window. */
  public static List<Extent> clipped(List<Extent> extents, long windowStart, long windowEnd) {
    List<Extent> inside = new ArrayList<>(extents.size());
    for (Extent extent : extents) {
      long start = Math.max(extent.offset(), windowStart);
      long end = Math.min(extent.end(), windowEnd);
      if (start < end) {
        inside.add(new Extent(start, end - start, extent.clear()));
      }
    }
    return inside;
  }
}
