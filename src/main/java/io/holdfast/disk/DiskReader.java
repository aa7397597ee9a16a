package io.holdfast.disk;

import io.holdfast.failure.Unavailable;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Read access to one snapshot of a disk. Safe for use by several threads. It hides a bearer secret
 * for the whole disk and never shows it.
 */
public interface DiskReader {
  /** Size of the disk in bytes, without the footer that Azure appends. */
  long sizeBytes();

  /**
   * The ranges of the window that hold data, in order. What is not listed reads as zeros.
   *
   * @param offset start of the window, a multiple of 512
   * @param length of the window in bytes
   * @throws Unavailable when the service is busy or did not answer, or the access has ended: the
   *     next try asks for it again
   */
  List<Extent> allocated(long offset, long length);

  /**
   * The ranges of the window in which this snapshot differs from an earlier one of its family, in
   * order; {@link Extent#clear} ones read as zeros now.
   *
   * @throws DiffRefused when the service cannot compare these two
   * @throws Unavailable as in {@link #allocated}
   */
  List<Extent> changed(DiskReader base, long offset, long length) throws DiffRefused;

  /**
   * Fills what remains of {@code target}, to the last byte; it ends at its limit.
   *
   * @param offset of the first byte in the disk
   * @param target a direct buffer or not
   * @throws Unavailable as in {@link #allocated}, also when the service gave fewer bytes
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
