package io.holdfast.vault;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import io.holdfast.failure.Corrupt;
import io.holdfast.vault.Envelope.Malformed;
import java.util.Arrays;
import java.util.Optional;

/**
 * Plaintext to object and back. What it decodes is proved: every field of the header, the cipher's
 * tag, the length, and the digest that is the object's name. Safe for several threads.
 */
final class ObjectCodec {
  /** Indexes and manifests are at most this long; a disk manifest of 64 TiB has 512 KiB. */
  static final int MANIFEST_BYTES_MAX = 16 * 1024 * 1024;

  /** Compression has to save at least this part, or its decoding is not worth it. */
  private static final int SAVING_MIN = 16;

  /** RFC 8878, 3.1.1.1.1: behind the magic number. */
  private static final int ZSTD_DESCRIPTOR_AT = 4;

  /** The unused and the reserved bit, which decoders pass over, and the dictionary's two. */
  private static final int ZSTD_DESCRIPTOR_ZERO_BITS = 0b0001_1011;

  private final VaultKeys keys;
  private final VaultConfig.Compression compression;
  private final int chunkBytes;
  private final ScratchBuffers scratch;

  ObjectCodec(VaultKeys keys, VaultConfig.Compression compression, int chunkBytes) {
    this.keys = keys;
    this.compression = compression;
    this.chunkBytes = chunkBytes;
    this.scratch = new ScratchBuffers(workBytes(chunkBytes));
  }

  /** Room for the header and for whatever zstd makes of that many bytes, so that it never fails. */
  private static int workBytes(int plaintextLength) {
    return Math.toIntExact(Envelope.HEADER_BYTES + Zstd.compressBound(plaintextLength));
  }

  VaultKeys keys() {
    return keys;
  }

  Digester digester() {
    return keys.digester();
  }

  /**
   * Makes the object of these bytes.
   *
   * @param id the digest of the plaintext, which the caller has taken already
   */
  byte[] encode(ObjectKind kind, Digest id, byte[] plaintext) {
    checkLength(kind, plaintext.length)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException(kind.objectName(id) + ": " + fault);
            });
    byte[] work = scratch.take(workBytes(plaintext.length));
    try {
      int length = compress(plaintext, work);
      byte codec = length < plaintext.length ? Envelope.CODEC_ZSTD : Envelope.CODEC_RAW;
      return keys.sealing(kind)
          .map(key -> seal(kind, codec, key, id, plaintext.length, work, length))
          .orElseGet(() -> wrap(kind, codec, plaintext.length, work, length));
    } finally {
      scratch.give(work);
    }
  }

  /** Puts the payload behind the header's room in {@code work}; answers its length. */
  private int compress(byte[] plaintext, byte[] work) {
    int length = plaintext.length;
    int lengthMax = length - Math.max(1, (length + SAVING_MIN - 1) / SAVING_MIN);
    if (compression.zstd() && lengthMax > 0) {
      int from = Envelope.HEADER_BYTES;
      long compressed =
          Zstd.compressByteArray(
              work, from, work.length - from, plaintext, 0, length, compression.level());
      if (Zstd.isError(compressed)) {
        throw new IllegalStateException("zstd: " + Zstd.getErrorName(compressed));
      }
      if (compressed <= lengthMax) {
        checkDecodes(work, (int) compressed, plaintext);
        return (int) compressed;
      }
    }
    System.arraycopy(plaintext, 0, work, Envelope.HEADER_BYTES, length);
    return length;
  }

  /** Compressors have had bugs: nothing is stored that was not decoded and compared. */
  private void checkDecodes(byte[] work, int length, byte[] plaintext) {
    byte[] decoded = scratch.take(plaintext.length);
    try {
      long size =
          Zstd.decompressByteArray(
              decoded, 0, plaintext.length, work, Envelope.HEADER_BYTES, length);
      if (size != plaintext.length
          || !Arrays.equals(decoded, 0, plaintext.length, plaintext, 0, plaintext.length)) {
        throw new IllegalStateException(
            "zstd did not give back what it compressed: bad memory, or a bug in it");
      }
    } finally {
      scratch.give(decoded);
    }
  }

  private static byte[] wrap(
      ObjectKind kind, byte codec, int plaintextLength, byte[] work, int length) {
    byte[] object = Arrays.copyOf(work, Envelope.HEADER_BYTES + length);
    new Envelope(
            kind,
            codec,
            Envelope.CIPHER_NONE,
            plaintextLength,
            length,
            KeyId.NONE,
            new byte[Envelope.NONCE_BYTES])
        .write(object);
    return object;
  }

  private byte[] seal(
      ObjectKind kind,
      byte codec,
      DataKey key,
      Digest id,
      int plaintextLength,
      byte[] work,
      int length) {
    byte[] nonce = new byte[Envelope.NONCE_BYTES];
    keys.fillNonce(nonce);
    int payloadLength = length + Envelope.TAG_BYTES;
    Envelope header =
        new Envelope(
            kind,
            codec,
            Envelope.CIPHER_AES_256_GCM,
            plaintextLength,
            payloadLength,
            key.id(),
            nonce);
    byte[] object = new byte[Envelope.HEADER_BYTES + payloadLength];
    header.write(object);
    SealedPayload.seal(key, header, id, work, length, object);
    return object;
  }

  /**
   * The plaintext of an object, proved to be what its name says.
   *
   * @throws Corrupt naming the object and the first rule that it breaks
   */
  byte[] decode(ObjectKind kind, Digest id, byte[] object) {
    try {
      Envelope header = Envelope.read(kind, object);
      Optional<String> fault = checkLength(kind, header.plaintextLength());
      if (fault.isPresent()) {
        throw new Malformed(fault.get());
      }
      byte[] plaintext = decompress(header, open(header, id, object));
      if (!digester().digest(plaintext).equals(id)) {
        throw new Malformed("its content has another digest");
      }
      return plaintext;
    } catch (Malformed e) {
      throw new Corrupt("%s is damaged: %s".formatted(kind.objectName(id), e.getMessage()), e);
    }
  }

  /** An array and where in it the payload stands. */
  private record Slice(byte[] bytes, int from, int length) {}

  private Slice open(Envelope header, Digest id, byte[] object) throws Malformed {
    if (header.cipher() == Envelope.CIPHER_NONE) {
      Envelope.require(!keys.encrypts(), "it is not encrypted, and this vault's objects are");
      return new Slice(object, Envelope.HEADER_BYTES, header.payloadLength());
    }
    DataKey key =
        keys.byId(header.keyId())
            .orElseThrow(() -> new Malformed("there is no key " + header.keyId().hex()));
    byte[] plain = SealedPayload.open(key, header, id, object);
    return new Slice(plain, 0, plain.length);
  }

  private static byte[] decompress(Envelope header, Slice payload) throws Malformed {
    if (header.codec() == Envelope.CODEC_RAW) {
      Envelope.require(
          payload.length() == header.plaintextLength(), "its raw payload has another length");
      return Arrays.copyOfRange(payload.bytes(), payload.from(), payload.from() + payload.length());
    }
    try {
      // Exactly one frame that fills the payload: zstd would skip over others without a word.
      Envelope.require(
          Zstd.findFrameCompressedSize(payload.bytes(), payload.from(), payload.length())
              == payload.length(),
          "its payload is not one zstd frame");
      int descriptor = payload.bytes()[payload.from() + ZSTD_DESCRIPTOR_AT];
      Envelope.require(
          (descriptor & ZSTD_DESCRIPTOR_ZERO_BITS) == 0, "its zstd frame header has unknown bits");
      byte[] plaintext = new byte[header.plaintextLength()];
      // The output is bounded by the array, so a bomb costs no more than an honest object.
      long size =
          Zstd.decompressByteArray(
              plaintext, 0, plaintext.length, payload.bytes(), payload.from(), payload.length());
      Envelope.require(size == plaintext.length, "its payload does not decompress to its length");
      return plaintext;
    } catch (ZstdException e) {
      throw new Malformed("its payload does not decompress: " + e.getMessage(), e);
    }
  }

  /** What is wrong with a plaintext of this length; empty when nothing. */
  private Optional<String> checkLength(ObjectKind kind, int length) {
    boolean fits =
        switch (kind) {
          case CHUNK -> length == chunkBytes;
          case SEGMENT_INDEX -> length == SegmentIndex.PLAINTEXT_BYTES;
          case DISK_MANIFEST, POINT_MANIFEST -> length > 0 && length <= MANIFEST_BYTES_MAX;
        };
    return fits
        ? Optional.empty()
        : Optional.of(
            "a plaintext of %d bytes is no %s".formatted(length & 0xffffffffL, kind.name()));
  }
}
