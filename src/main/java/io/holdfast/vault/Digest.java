package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * The 32 bytes that name an object: SHA-256 of its plaintext, or HMAC-SHA-256 of it in an encrypted
 * vault. Held as four big-endian numbers, so that two are compared by value.
 */
public record Digest(long a, long b, long c, long d) {
  /** Length in bytes. */
  public static final int BYTES = 32;

  /**
   * The reserved id of the chunk that is all zeros, and of the segment that has only such chunks.
   * No object of this name is ever stored.
   */
  public static final Digest ZERO = new Digest(0, 0, 0, 0);

  private static final HexFormat HEX = HexFormat.of();
  private static final int HEX_DIGITS_PER_LONG = 16;

  /**
   * @throws IllegalArgumentException if these are not exactly {@link #BYTES} bytes
   */
  public static Digest of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a digest has 32 bytes, not " + bytes.length);
    }
    return read(ByteBuffer.wrap(bytes));
  }

  /** Reads the next {@link #BYTES} bytes of a big-endian buffer. */
  public static Digest read(ByteBuffer from) {
    return new Digest(from.getLong(), from.getLong(), from.getLong(), from.getLong());
  }

  /**
   * Reads 64 lower-case hexadecimal digits. Upper case is refused, since an id has one spelling.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static Digest ofHex(String hex) {
    if (!isHex(hex)) {
      throw new IllegalArgumentException("not a digest of 64 lower-case hex digits: " + hex);
    }
    return of(HEX.parseHex(hex));
  }

  static boolean isHex(String text) {
    return text.length() == 2 * BYTES
        && text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  /** Whether this is the reserved id {@link #ZERO}. */
  public boolean isZero() {
    return (a | b | c | d) == 0;
  }

  /** Writes the 32 bytes to a big-endian buffer. */
  public void write(ByteBuffer to) {
    to.putLong(a).putLong(b).putLong(c).putLong(d);
  }

  /** The 32 bytes, in an array of their own. */
  public byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    write(buffer);
    return buffer.array();
  }

  /** 64 lower-case hexadecimal digits. */
  public String hex() {
    return new StringBuilder(4 * HEX_DIGITS_PER_LONG)
        .append(HEX.toHexDigits(a))
        .append(HEX.toHexDigits(b))
        .append(HEX.toHexDigits(c))
        .append(HEX.toHexDigits(d))
        .toString();
  }

  @Override
  public String toString() {
    return hex();
  }
}
