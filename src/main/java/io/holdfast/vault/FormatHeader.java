package io.holdfast.vault;

import java.nio.ByteBuffer;

/** The first eight bytes of a segment index and of a disk manifest. */
record FormatHeader(DigestAlgorithm algorithm) {
  static FormatHeader read(ByteBuffer from, int magic, String magicText, byte version) {
    if (from.getInt() != magic) {
      throw new IllegalArgumentException("it does not begin with " + magicText);
    }
    int found = from.get() & 0xff;
    if (found != version) {
      throw new IllegalArgumentException(
          "its version is %d; this build reads version %d".formatted(found, version));
    }
    DigestAlgorithm algorithm = DigestAlgorithm.ofCode(from.get());
    if (from.getShort() != 0) {
      throw new IllegalArgumentException("its reserved bytes are not zero");
    }
    return new FormatHeader(algorithm);
  }
}
