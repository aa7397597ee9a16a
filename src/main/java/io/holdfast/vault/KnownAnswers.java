package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the algorithms must give, asked once before a native library is trusted with backups: a
 * wrong digest would name chunks wrongly for good, and a cipher that takes any tag would open
 * forgeries. Direct buffers with bytes around them, as the vault uses them.
 */
final class KnownAnswers {
  private static final HexFormat HEX = HexFormat.of();

  /** FIPS 180-4, example of one block. */
  private static final String SHA_256_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  /** RFC 4231, test case 2. */
  private static final String HMAC_CASE_2 =
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

  /** McGrew and Viega, "The Galois/Counter Mode of Operation", test case 16. */
  private static final String GCM_KEY =
      "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";

  private static final String GCM_NONCE = "cafebabefacedbaddecaf888";
  private static final String GCM_AAD = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
  private static final String GCM_PLAIN =
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
  private static final String GCM_SEALED =
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
          + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
          + "76fc6ece0f4e1768cddf8853bb2d551b";

  private KnownAnswers() {}

  /**
   * @throws IllegalStateException naming the algorithm that gives something else
   * @throws GeneralSecurityException when one refuses what it must take
   */
  static void check(Crypto crypto) throws GeneralSecurityException {
    var sha = crypto.sha256();
    sha.update(direct("abc".getBytes(StandardCharsets.US_ASCII)));
    require("SHA-256", SHA_256_ABC, HEX.formatHex(sha.digest()));

    Mac mac = crypto.hmacSha256();
    mac.init(new SecretKeySpec("Jefe".getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
    mac.update(direct("what do ya want for nothing?".getBytes(StandardCharsets.US_ASCII)));
    require("HMAC-SHA-256", HMAC_CASE_2, HEX.formatHex(mac.doFinal()));

    Cipher cipher = crypto.aesGcm();
    require(
        "AES-256-GCM", GCM_SEALED, run(cipher, Cipher.ENCRYPT_MODE, HEX.parseHex(GCM_PLAIN), 16));
    byte[] sealed = HEX.parseHex(GCM_SEALED);
    require("AES-256-GCM", GCM_PLAIN, run(cipher, Cipher.DECRYPT_MODE, sealed, -16));
    sealed[sealed.length - 1] ^= 1;
    try {
      String forged = run(cipher, Cipher.DECRYPT_MODE, sealed, -16);
      throw new IllegalStateException("AES-256-GCM opened a forgery: " + forged);
    } catch (AEADBadTagException e) {
      // As it must be.
      return;
    }
  }

  private static String run(Cipher cipher, int mode, byte[] input, int growth)
      throws GeneralSecurityException {
    cipher.init(
        mode,
        new SecretKeySpec(HEX.parseHex(GCM_KEY), "AES"),
        new GCMParameterSpec(128, HEX.parseHex(GCM_NONCE)));
    cipher.updateAAD(HEX.parseHex(GCM_AAD));
    ByteBuffer in = direct(input);
    ByteBuffer out = direct(new byte[input.length + growth]);
    int from = out.position();
    int written = cipher.doFinal(in, out);
    if (written != input.length + growth || in.hasRemaining() || out.hasRemaining()) {
      throw new IllegalStateException("AES-256-GCM moves buffers otherwise than its contract says");
    }
    byte[] result = new byte[written];
    out.get(from, result);
    return HEX.formatHex(result);
  }

  /** These bytes in the middle of a direct buffer. */
  private static ByteBuffer direct(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length + 7);
    return buffer.put(3, bytes).position(3).limit(3 + bytes.length);
  }

  private static void require(String algorithm, String expected, String actual) {
    if (!expected.equals(actual)) {
      throw new IllegalStateException(
          "%s gives %s where %s is right".formatted(algorithm, actual, expected));
    }
  }
}
