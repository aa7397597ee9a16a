package io.holdfast.vault;

import java.nio.ByteBuffer;

/** The codec on arrays, for tests. */
final class Codecs {
  private Codecs() {}

  static byte[] encode(ObjectCodec codec, ObjectKind kind, Digest id, byte[] plaintext) {
    return codec.encode(kind, id, ByteBuffer.wrap(plaintext), Codecs::bytes);
  }

  static byte[] decode(ObjectCodec codec, ObjectKind kind, Digest id, byte[] object) {
    return codec.decode(kind, id, ByteBuffer.wrap(object), Codecs::bytes);
  }

  /** What remains in a buffer. */
  static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  /** A chunk, read back and proved. */
  static byte[] chunk(Vault vault, Digest id) {
    byte[][] read = new byte[1][];
    vault.readChunk(id, chunk -> read[0] = bytes(chunk));
    return read[0];
  }
}
