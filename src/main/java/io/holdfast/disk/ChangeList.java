package io.holdfast.disk;

import io.holdfast.disk.DiskReader.DiffRefused;

/**
 * The ranges of a disk that matter, listed answer by answer: {@link DiskReader#allocated} or {@link
 * DiskReader#changed}. A disk may have millions of them; no more than one answer is ever held.
 */
@FunctionalInterface
public interface ChangeList {
  /**
   * Lists a window, as far as one answer of the service reaches.
   *
   * @param offset start of the window in bytes, a multiple of 512
   * @param length of the window in bytes, at least 512, a multiple of 512
   * @param into takes the ranges, in order, inside the window
   * @return the first byte that the answer does not cover: after {@code offset}, at most the
   *     window's end
   */
  long answer(long offset, long length, Extents into) throws DiffRefused;

  /**
   * One answer, asserted to get on.
   *
   * @return as {@link #answer}
   * @throws IllegalStateException when it does not, so that nobody asks for ever
   */
  default long step(long offset, long length, Extents into) throws DiffRefused {
    long reached = answer(offset, length, into);
    if (reached <= offset
        || reached > offset + length
        || (reached < offset + length && reached % Extent.PAGE_BYTES != 0)) {
      throw new IllegalStateException(
          "the change list of window %d..%d was read to %d"
              .formatted(offset, offset + length, reached));
    }
    return reached;
  }

  /**
   * All of a window. When it throws, some ranges may have been handed on: whoever takes them must
   * not have acted on them yet.
   */
  default void all(long offset, long length, Extents into) throws DiffRefused {
    long end = offset + length;
    long at = offset;
    while (at < end) {
      at = step(at, end - at, into);
    }
  }
}
