package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The 48-byte header of an object. All numbers are big-endian; {@code docs/vault-format.md} has the
 * offsets.
 *
 * @param plaintextLength bytes after decryption and decompression
 * @param payloadLength bytes after the header, the cipher's tag included
 * @param keyId {@link KeyId#NONE} when there is no cipher
 * @param nonce 12 bytes, zero when there is no cipher
 */
record Envelope(
    ObjectKind kind,
    byte codec,
    byte cipher,
    int plaintextLength,
    int payloadLength,
    KeyId keyId,
    byte[] nonce) {
  static final int HEADER_BYTES = 48;
  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;
  static final byte VERSION = 1;
  static final byte CODEC_RAW = 0;
  static final byte CODEC_ZSTD = 1;
  static final byte CIPHER_NONE = 0;
  static final byte CIPHER_AES_256_GCM = 1;

  private static final int MAGIC = 0x48464f42; // "HFOB"

  /** Writes the header to a big-endian buffer, which moves behind it. */
  void write(ByteBuffer to) {
    to.putInt(MAGIC)
        .put(VERSION)
        .put(kind.code())
        .put(codec)
        .put(cipher)
        .putInt(plaintextLength)
        .putInt(payloadLength)
        .putLong(keyId.high())
        .putLong(keyId.low())
        .put(nonce)
        .putInt(0);
  }

  /**
   * Reads the header of the object that remains in the buffer, and checks each field and the
   * object's length. The buffer stays as it is.
   *
   * @throws Malformed naming the first field that breaks a rule
   */
  static Envelope read(ObjectKind kind, ByteBuffer object) throws Malformed {
    int length = object.remaining();
    if (length < HEADER_BYTES) {
      throw new Malformed("it has %d bytes, less than a header".formatted(length));
    }
    ByteBuffer header = object.slice(object.position(), HEADER_BYTES);
    require(header.getInt() == MAGIC, "it does not begin with HFOB");
    int version = header.get() & 0xff;
    require(version == VERSION, "its version is %d; this build reads version 1", version);
    int kindCode = header.get() & 0xff;
    require(kindCode == kind.code(), "its kind is %d, not %d", kindCode, kind.code());
    byte codec = header.get();
    require(codec == CODEC_RAW || codec == CODEC_ZSTD, "unknown codec %d", codec & 0xff);
    byte cipher = header.get();
    require(
        cipher == CIPHER_NONE || cipher == CIPHER_AES_256_GCM, "unknown cipher %d", cipher & 0xff);
    int plaintextLength = header.getInt();
    int payloadLength = header.getInt();
    require(
        payloadLength == length - HEADER_BYTES,
        "its header says %d bytes of payload, it has %d",
        payloadLength & 0xffffffffL,
        length - HEADER_BYTES);
    KeyId keyId = new KeyId(header.getLong(), header.getLong());
    byte[] nonce = new byte[NONCE_BYTES];
    header.get(nonce);
    require(header.getInt() == 0, "its reserved bytes are not zero");
    if (cipher == CIPHER_NONE) {
      require(keyId.equals(KeyId.NONE), "it has a key id but no cipher");
      require(Arrays.equals(nonce, new byte[NONCE_BYTES]), "it has a nonce but no cipher");
    } else {
      require(payloadLength >= TAG_BYTES, "its payload is shorter than a tag");
    }
    return new Envelope(kind, codec, cipher, plaintextLength, payloadLength, keyId, nonce);
  }

  /** The object breaks a rule of the format; the message continues "is damaged: ". */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String message) {
      super(message);
    }

    Malformed(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static void require(boolean holds, String message, Object... values) throws Malformed {
    if (!holds) {
      throw new Malformed(message.formatted(values));
    }
  }
}
