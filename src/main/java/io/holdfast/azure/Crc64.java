package io.holdfast.azure;

import com.azure.storage.common.implementation.contentvalidation.StorageCrc64Calculator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/**
 * The CRC64 that Blob Storage checks a body by, header {@code x-ms-content-crc64} ("Put Blob" of
 * its REST reference; service version 2019-02-02 and later). Why not Content-MD5, which it checks
 * as well: under the quick compiler MD5 costs 2.3 CPU seconds a GiB in the JDK and 1.2 natively,
 * this one 0.8, and 0.2 with both compilers.
 *
 * <p>It finds damage on the way, by accident, to one body. What a blob should contain for years is
 * said by the digest that is its name.
 */
final class Crc64 {
  /** The SDK's calculator takes arrays only: a direct buffer passes through one in slices. */
  private static final int SLICE_BYTES = 32 * 1024;

  private Crc64() {}

  /**
   * The header's value: the eight bytes, least significant first, in Base64.
   *
   * @param body from its position to its limit, neither of which moves
   */
  static String header(ByteBuffer body) {
    long crc = of(body);
    return Base64.getEncoder()
        .encodeToString(
            ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(crc).array());
  }

  private static long of(ByteBuffer body) {
    if (body.hasArray()) {
      return StorageCrc64Calculator.compute(
          body.array(), body.arrayOffset() + body.position(), body.remaining(), 0);
    }
    ByteBuffer rest = body.duplicate();
    byte[] slice = new byte[Math.min(SLICE_BYTES, rest.remaining())];
    long crc = 0;
    while (rest.hasRemaining()) {
      int count = Math.min(slice.length, rest.remaining());
      rest.get(slice, 0, count);
      crc = StorageCrc64Calculator.compute(slice, 0, count, crc);
    }
    return crc;
  }
}
