package io.holdfast.disk;

import io.holdfast.failure.Unavailable;
import java.nio.ByteBuffer;

/**
 * Read access to one snapshot of a disk. Safe for use by several threads. It hides a bearer secret
 * for the whole disk and never shows it.
 */
public interface DiskReader {
  /** Size of the disk in bytes, without the footer that Azure appends. */
  long sizeBytes();

  /**
   * Lists the ranges of a window that hold data, in order, as far as one answer of the service
   * reaches; what is not listed reads as zeros. A range that two answers or windows share comes as
   * its two parts. The answer is asserted as a whole before its first range is handed on.
   *
   * @param offset start of the window in bytes, a multiple of 512
   * @param length of the window in bytes, a multiple of 512
   * @param into takes each range
   * @return the first byte that is not covered yet: after {@code offset}, at most the window's end
   * @throws Unavailable when the service is busy or did not answer, its answer breaks rule 7, or
   *     the access has ended: the next try asks for it again
   */
  long allocated(long offset, long length, Extents into);

  /**
   * Lists the ranges of a window in which this snapshot differs from an earlier one of its family,
   * as {@link #allocated} does; {@link Extent#clear} ones read as zeros now.
   *
   * @throws DiffRefused when the service cannot compare these two, or its answer breaks rule 7
   * @throws Unavailable as in {@link #allocated}
   */
  long changed(DiskReader base, long offset, long length, Extents into) throws DiffRefused;

  /**
   * Fills {@code target}, heap or direct, from its position to its limit with the bytes at {@code
   * offset}. Exactly so many, or it throws and they are worth nothing. Once it has returned or
   * thrown, nothing is written to {@code target} any more.
   *
   * @throws Unavailable as in {@link #allocated}; also when the source gave fewer or other bytes
   *     than it was asked for, or stalled
   */
  void read(long offset, ByteBuffer target);

  /** The service will not compare these two snapshots: another change source must serve. */
  final class DiffRefused extends Exception {
    private static final long serialVersionUID = 1L;

    public DiffRefused(String message) {
      super(message);
    }
  }
}
