package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes the ids of one vault, and knows zeros when it sees them. Buffers are read from position to
 * limit and keep both. Safe for several threads.
 */
public final class Digester {
  /** Long enough that the comparison is vectorised, short enough to stay in the first cache. */
  private static final int ZEROS_BYTES = 16 * 1024;

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ZEROS_BYTES).asReadOnlyBuffer();

  private final Optional<SecretKeySpec> idKey;

  private Digester(Optional<SecretKeySpec> idKey) {
    this.idKey = idKey;
  }

  /** Ids of a vault without encryption. */
  public static Digester sha256() {
    return new Digester(Optional.empty());
  }

  /**
   * Ids of an encrypted vault.
   *
   * @param idKey 32 bytes; copied
   */
  public static Digester hmacSha256(byte[] idKey) {
    if (idKey.length != DataKey.KEY_BYTES) {
      throw new IllegalArgumentException("an id key has 32 bytes, not " + idKey.length);
    }
    return new Digester(Optional.of(new SecretKeySpec(idKey, "HmacSHA256")));
  }

  public DigestAlgorithm algorithm() {
    return idKey.isPresent() ? DigestAlgorithm.HMAC_SHA_256 : DigestAlgorithm.SHA_256;
  }

  /** The id of these bytes, whatever they are: never {@link Digest#ZERO}. */
  public Digest digest(byte[] bytes) {
    return digest(ByteBuffer.wrap(bytes));
  }

  /** The id of these bytes, whatever they are: never {@link Digest#ZERO}. */
  public Digest digest(ByteBuffer bytes) {
    Crypto crypto = Crypto.get();
    ByteBuffer rest = bytes.duplicate();
    if (idKey.isEmpty()) {
      MessageDigest digest = crypto.sha256();
      while (Slices.next(rest, crypto.sliceBytes())) {
        digest.update(rest);
        Slices.rest(rest, bytes);
      }
      return Digest.of(digest.digest());
    }
    Mac mac = crypto.hmacSha256();
    try {
      mac.init(idKey.get());
    } catch (InvalidKeyException e) {
      throw new IllegalStateException("this Java takes no key of 32 bytes for HMAC-SHA-256", e);
    }
    while (Slices.next(rest, crypto.sliceBytes())) {
      mac.update(rest);
      Slices.rest(rest, bytes);
    }
    return Digest.of(mac.doFinal());
  }

  /** The id of a chunk: {@link Digest#ZERO} when all its bytes are zero. */
  public Digest chunkId(ByteBuffer chunk) {
    return isZero(chunk) ? Digest.ZERO : digest(chunk);
  }

  /** Whether all bytes are zero. */
  public static boolean isZero(ByteBuffer bytes) {
    for (int from = bytes.position(); from < bytes.limit(); from += ZEROS_BYTES) {
      int length = Math.min(bytes.limit() - from, ZEROS_BYTES);
      if (bytes.slice(from, length).mismatch(ZEROS.slice(0, length)) >= 0) {
        return false;
      }
    }
    return true;
  }
}
