package io.holdfast.disk;

/** Takes the ranges of a change list one by one, in order, while the list is being read. */
@FunctionalInterface
public interface Extents {
  /**
   * Takes the next range.
   *
   * @param extent begins at or after the end of the one before
   */
  void take(Extent extent);
}
