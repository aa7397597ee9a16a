package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/** The 16 bytes that name a data key, in an object's header and as {@code keys/<32 hex>.json}. */
public record KeyId(long high, long low) {
  public static final int BYTES = 16;

  /** What the header holds when there is no cipher. */
  static final KeyId NONE = new KeyId(0, 0);

  /**
   * Reads 32 lower-case hexadecimal digits.
   *
   * @throws IllegalArgumentException if it is anything else
   */
  public static KeyId ofHex(String hex) {
    if (!hex.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException("not a key id of 32 lower-case hex digits: " + hex);
    }
    ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(hex));
    return new KeyId(bytes.getLong(), bytes.getLong());
  }

  public String hex() {
    return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
  }

  @Override
  public String toString() {
    return hex();
  }
}
