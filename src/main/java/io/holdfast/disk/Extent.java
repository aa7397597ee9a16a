package io.holdfast.disk;

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
}
