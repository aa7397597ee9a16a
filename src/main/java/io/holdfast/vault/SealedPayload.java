package io.holdfast.vault;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM over a payload, with header and id as associated data, so that an object cannot pass
 * for another one nor its header be changed.
 */
final class SealedPayload {
  /** The JDK compiles its GCM kernel after many calls only; big ones stay at tens of MiB/s. */
  private static final int SLICE_BYTES = 16 * 1024;

  private SealedPayload() {}

  /** Encrypts {@code plain[from, from + length)} to {@code out[outFrom..)}, tag last. */
  static void seal(
      DataKey key, Envelope header, Digest id, byte[] plain, int length, byte[] object) {
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, header, id, object);
      int written =
          run(cipher, plain, Envelope.HEADER_BYTES, length, object, Envelope.HEADER_BYTES);
      if (written != length + Envelope.TAG_BYTES) {
        throw new IllegalStateException("GCM wrote %d bytes for %d".formatted(written, length));
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
  }

  /** Decrypts an object's payload into an array of its own, after the tag was found right. */
  static byte[] open(DataKey key, Envelope header, Digest id, byte[] object)
      throws Envelope.Malformed {
    byte[] plain = new byte[header.payloadLength() - Envelope.TAG_BYTES];
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, header, id, object);
      int written = run(cipher, object, Envelope.HEADER_BYTES, header.payloadLength(), plain, 0);
      if (written != plain.length) {
        throw new IllegalStateException("GCM gave %d bytes".formatted(written));
      }
      return plain;
    } catch (AEADBadTagException e) {
      throw new Envelope.Malformed("its tag does not fit: it was changed, or its key is wrong", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
  }

  private static Cipher cipher(int mode, DataKey key, Envelope header, Digest id, byte[] object)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(
        mode, key.secret(), new GCMParameterSpec(Envelope.TAG_BYTES * Byte.SIZE, header.nonce()));
    cipher.updateAAD(object, 0, Envelope.HEADER_BYTES);
    cipher.updateAAD(id.bytes());
    return cipher;
  }

  private static int run(Cipher cipher, byte[] from, int fromAt, int length, byte[] to, int toAt)
      throws GeneralSecurityException {
    int written = 0;
    int read = 0;
    while (length - read > SLICE_BYTES) {
      written += cipher.update(from, fromAt + read, SLICE_BYTES, to, toAt + written);
      read += SLICE_BYTES;
    }
    return written + cipher.doFinal(from, fromAt + read, length - read, to, toAt + written);
  }
}
