package io.holdfast.vault;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Cipher;
import javax.crypto.Mac;

/** Where digests, MACs and ciphers come from. Safe for several threads. */
public final class Crypto {
  /** The JDK compiles its GCM kernel after many calls only; big ones stay at tens of MiB/s. */
  private static final int SLICE_BYTES = 16 * 1024;

  private static final Crypto INSTANCE = new Crypto();

  private Crypto() {}

  /** The one of this process. */
  public static Crypto get() {
    return INSTANCE;
  }

  MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  Mac hmacSha256() {
    try {
      return Mac.getInstance("HmacSHA256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
    }
  }

  Cipher aesGcm() {
    try {
      return Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
  }

  /** Most bytes that one update should be given. */
  int sliceBytes() {
    return SLICE_BYTES;
  }

  /** What a start-up log says of it. */
  public String description() {
    return "JDK";
  }
}
