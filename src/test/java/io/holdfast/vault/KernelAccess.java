package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The vault's own kernels, for the benchmark: turning a chunk into an object and back, sealing and
 * opening. One for each vault, plain or encrypted.
 */
public final class KernelAccess {
  private final VaultKeys keys;
  private final ObjectCodec codec;

  private KernelAccess(VaultKeys keys, VaultConfig.Compression compression) {
    this.keys = keys;
    this.codec = new ObjectCodec(keys, compression, VaultConfig.CHUNK_BYTES_DEFAULT);
  }

  /** Of a vault without encryption. */
  public static KernelAccess plain(boolean compress) {
    return new KernelAccess(VaultKeys.none(), compression(compress));
  }

  /** Of an encrypted vault. */
  public static KernelAccess encrypted(boolean compress) {
    byte[] key = new byte[DataKey.KEY_BYTES];
    DataKey data = new DataKey(new KeyId(1, 1), key);
    long[] nonce = new long[1];
    VaultKeys keys =
        VaultKeys.of(
            Digester.hmacSha256(key),
            data,
            data,
            id -> Optional.of(data),
            bytes -> bytes[0] = (byte) nonce[0]++);
    return new KernelAccess(keys, compression(compress));
  }

  private static VaultConfig.Compression compression(boolean compress) {
    return compress ? VaultConfig.Compression.DEFAULT : VaultConfig.Compression.OFF;
  }

  public Digest id(ByteBuffer chunk) {
    return keys.digester().digest(chunk);
  }

  /** Compresses, checks that it decodes, seals; answers the object's length. */
  public int encode(Digest id, ByteBuffer chunk) {
    return codec.encode(ObjectKind.CHUNK, id, chunk, ByteBuffer::remaining);
  }

  /** The same, with the object in direct memory of its own. */
  public ByteBuffer object(Digest id, ByteBuffer chunk) {
    return codec.encode(
        ObjectKind.CHUNK,
        id,
        chunk,
        object -> ByteBuffer.allocateDirect(object.remaining()).put(object).flip());
  }

  /** Opens, decompresses, digests; answers the plaintext's length. */
  public int decode(Digest id, ByteBuffer object) {
    return codec.decode(ObjectKind.CHUNK, id, object, ByteBuffer::remaining);
  }
}
