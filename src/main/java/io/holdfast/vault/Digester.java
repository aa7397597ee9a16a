package io.holdfast.vault;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes the ids of one vault, and knows zeros when it sees them. Safe for several threads. */
public final class Digester {
  /** Long enough that the comparison is vectorised, short enough to stay in the first cache. */
  private static final byte[] ZEROS = new byte[16 * 1024];

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
    try {
      if (idKey.isPresent()) {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(idKey.get());
        return Digest.of(mac.doFinal(bytes));
      }
      return Digest.of(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  /** The id of a chunk: {@link Digest#ZERO} when all its bytes are zero. */
  public Digest chunkId(byte[] chunk) {
    return isZero(chunk) ? Digest.ZERO : digest(chunk);
  }

  /** Whether all bytes are zero. */
  public static boolean isZero(byte[] bytes) {
    for (int from = 0; from < bytes.length; from += ZEROS.length) {
      int to = Math.min(bytes.length, from + ZEROS.length);
      if (Arrays.mismatch(bytes, from, to, ZEROS, 0, to - from) >= 0) {
        return false;
      }
    }
    return true;
  }
}
