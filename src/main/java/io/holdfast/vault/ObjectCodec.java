package io.holdfast.vault;

import io.holdfast.failure.Corrupt;
import io.holdfast.vault.Envelope.Malformed;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Plaintext to object and back. What it decodes is proved: every field of the header, the cipher's
 * tag, the length, and the digest that is the object's name. It works on direct buffers of its own
 * and copies no payload that a kernel can read where it is. Safe for several threads.
 */
final class ObjectCodec {
  /** Indexes and manifests are at most this long; a disk manifest of 64 TiB has 512 KiB. */
  static final int MANIFEST_BYTES_MAX = 16 * 1024 * 1024;

  /** Compression has to save at least this part, or its decoding is not worth it. */
  private static final int SAVING_MIN = 16;

  private final VaultKeys keys;
  private final VaultConfig.Compression compression;
  private final int chunkBytes;
  private final ZstdFrames zstd;
  private final Buffers buffers;

  ObjectCodec(VaultKeys keys, VaultConfig.Compression compression, int chunkBytes) {
    this.keys = keys;
    this.compression = compression;
    this.chunkBytes = chunkBytes;
    this.zstd = new ZstdFrames(compression.level());
    this.buffers = Buffers.of(objectBytesMax(chunkBytes));
  }

  /**
   * The longest object of a plaintext of that length: it is stored raw where zstd gains nothing.
   */
  static int objectBytesMax(int plaintextLength) {
    return Math.addExact(plaintextLength, Envelope.HEADER_BYTES + Envelope.TAG_BYTES);
  }

  VaultKeys keys() {
    return keys;
  }

  Digester digester() {
    return keys.digester();
  }

  /** Buffers that hold a chunk, and any object of one. */
  Buffers buffers() {
    return buffers;
  }

  /**
   * Makes the object of these bytes and hands it on.
   *
   * @param id the digest of the plaintext, which the caller has taken already
   * @param plaintext what remains in it; it stays as it is
   * @param use given the object, which is its own for the length of the call only
   */
  <T> T encode(ObjectKind kind, Digest id, ByteBuffer plaintext, Function<ByteBuffer, T> use) {
    int length = plaintext.remaining();
    checkLength(kind, length)
        .ifPresent(
            fault -> {
              throw new IllegalArgumentException(kind.objectName(id) + ": " + fault);
            });
    ByteBuffer object = buffers.take(objectBytesMax(length));
    try {
      Optional<DataKey> key = keys.sealing(kind);
      if (key.isEmpty()) {
        byte codec = pack(plaintext, object.position(Envelope.HEADER_BYTES));
        header(kind, codec, length, object.position() - Envelope.HEADER_BYTES, key)
            .write(object.duplicate().rewind());
        return use.apply(object.flip());
      }
      ByteBuffer sealed = buffers.take(objectBytesMax(length));
      try {
        byte codec = pack(plaintext, object);
        object.flip();
        Envelope header = header(kind, codec, length, object.remaining() + Envelope.TAG_BYTES, key);
        header.write(sealed);
        SealedPayload.seal(key.get(), header, id, object, sealed);
        return use.apply(sealed.flip());
      } finally {
        buffers.give(sealed);
      }
    } finally {
      buffers.give(object);
    }
  }

  /** Puts the payload behind the buffer's position and moves that; answers the codec. */
  private byte pack(ByteBuffer plaintext, ByteBuffer into) {
    int length = plaintext.remaining();
    int start = into.position();
    int lengthMax = length - Math.max(1, (length + SAVING_MIN - 1) / SAVING_MIN);
    if (compression.zstd() && lengthMax > 0) {
      ByteBuffer scratch = buffers.take(length);
      try {
        ByteBuffer plain = plaintext;
        if (!plaintext.isDirect()) {
          // The kernels want direct memory; what is not there yet is a manifest, and small.
          plain = scratch.duplicate().put(plaintext.duplicate()).flip();
        }
        if (zstd.compress(plain, into.limit(start + lengthMax))) {
          ByteBuffer frame = into.duplicate().flip().position(start);
          checkDecodes(frame, plain == plaintext ? scratch : null, plain);
          into.limit(into.capacity());
          return Envelope.CODEC_ZSTD;
        }
      } finally {
        buffers.give(scratch);
      }
    }
    into.limit(into.capacity()).position(start).put(plaintext.duplicate());
    return Envelope.CODEC_RAW;
  }

  /** Compressors have had bugs: nothing is stored that was not decoded and compared. */
  private void checkDecodes(ByteBuffer frame, ByteBuffer free, ByteBuffer plaintext) {
    ByteBuffer decoded = free == null ? buffers.take(plaintext.remaining()) : free;
    try {
      ZstdFrames.decompress(frame, decoded.clear(), plaintext.remaining());
      if (decoded.flip().mismatch(plaintext) >= 0) {
        throw new IllegalStateException(
            "zstd did not give back what it compressed: bad memory, or a bug in it");
      }
    } catch (Malformed e) {
      throw new IllegalStateException("zstd cannot read what it wrote: " + e.getMessage(), e);
    } finally {
      if (free == null) {
        buffers.give(decoded);
      }
    }
  }

  private Envelope header(
      ObjectKind kind, byte codec, int plaintextLength, int payloadLength, Optional<DataKey> key) {
    byte[] nonce = new byte[Envelope.NONCE_BYTES];
    key.ifPresent(k -> keys.fillNonce(nonce));
    return new Envelope(
        kind,
        codec,
        key.isPresent() ? Envelope.CIPHER_AES_256_GCM : Envelope.CIPHER_NONE,
        plaintextLength,
        payloadLength,
        key.map(DataKey::id).orElse(KeyId.NONE),
        nonce);
  }

  /** What is done with a plaintext that was proved. */
  interface Use<T, E extends Exception> {
    /**
     * @param plaintext what remains in it; it must not be kept
     */
    T with(ByteBuffer plaintext) throws E;
  }

  /**
   * Proves that an object is what its name says, and hands its plaintext on.
   *
   * @param object what remains in it; it stays as it is
   * @throws Corrupt naming the object and the first rule that it breaks
   */
  <T, E extends Exception> T decode(ObjectKind kind, Digest id, ByteBuffer object, Use<T, E> use)
      throws E {
    try (Scratch scratch = new Scratch(buffers)) {
      ByteBuffer plaintext;
      try {
        plaintext = proved(kind, id, object, scratch);
      } catch (Malformed e) {
        throw new Corrupt("%s is damaged: %s".formatted(kind.objectName(id), e.getMessage()), e);
      }
      return use.with(plaintext.slice().asReadOnlyBuffer());
    }
  }

  /** Buffers for the kernels that cannot work where the bytes are, until the use is over. */
  private static final class Scratch implements AutoCloseable {
    private final Buffers buffers;
    private final List<ByteBuffer> taken = new ArrayList<>(2);

    Scratch(Buffers buffers) {
      this.buffers = buffers;
    }

    ByteBuffer take(int bytesMin) {
      ByteBuffer buffer = buffers.take(bytesMin);
      taken.add(buffer);
      return buffer;
    }

    @Override
    public void close() {
      taken.forEach(buffers::give);
    }
  }

  private ByteBuffer proved(ObjectKind kind, Digest id, ByteBuffer object, Scratch scratch)
      throws Malformed {
    Envelope header = Envelope.read(kind, object);
    Optional<String> fault = checkLength(kind, header.plaintextLength());
    if (fault.isPresent()) {
      throw new Malformed(fault.get());
    }
    ByteBuffer payload = object.duplicate();
    payload.position(object.position() + Envelope.HEADER_BYTES);
    ByteBuffer plaintext = unpacked(header, opened(header, id, payload, scratch), scratch);
    if (!digester().digest(plaintext).equals(id)) {
      throw new Malformed("its content has another digest");
    }
    return plaintext;
  }

  private ByteBuffer opened(Envelope header, Digest id, ByteBuffer payload, Scratch scratch)
      throws Malformed {
    if (header.cipher() == Envelope.CIPHER_NONE) {
      Envelope.require(!keys.encrypts(), "it is not encrypted, and this vault's objects are");
      return payload;
    }
    ByteBuffer opened = scratch.take(header.payloadLength());
    SealedPayload.open(keyOf(header), header, id, payload, opened);
    return opened.flip();
  }

  /** A key that cannot be had makes the object unreadable, so both are named. */
  private DataKey keyOf(Envelope header) throws Malformed {
    try {
      return keys.byId(header.keyId())
          .orElseThrow(() -> new Malformed("there is no key " + header.keyId().hex()));
    } catch (Corrupt e) {
      throw new Malformed("its key cannot be had: " + e.getMessage(), e);
    }
  }

  private static ByteBuffer unpacked(Envelope header, ByteBuffer payload, Scratch scratch)
      throws Malformed {
    if (header.codec() != Envelope.CODEC_ZSTD) {
      Envelope.require(
          payload.remaining() == header.plaintextLength(), "its raw payload has another length");
      return payload;
    }
    // The kernel wants direct memory.
    ByteBuffer frame =
        payload.isDirect() ? payload : scratch.take(payload.remaining()).put(payload).flip();
    ByteBuffer plaintext = scratch.take(header.plaintextLength());
    ZstdFrames.decompress(frame, plaintext, header.plaintextLength());
    return plaintext.flip();
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
