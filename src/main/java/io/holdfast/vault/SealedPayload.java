package io.holdfast.vault;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM over a payload, with header and id as associated data, so that an object cannot pass
 * for another one nor its header be changed.
 */
final class SealedPayload {
  private SealedPayload() {}

  /**
   * Encrypts what remains of {@code plain} to {@code sealed}, tag last.
   *
   * @param sealed another buffer, with room for the tag too; ends behind it
   */
  static void seal(DataKey key, Envelope header, Digest id, ByteBuffer plain, ByteBuffer sealed) {
    int length = plain.remaining();
    try {
      int written = run(cipher(Cipher.ENCRYPT_MODE, key, header, id), plain, sealed);
      if (written != length + Envelope.TAG_BYTES) {
        throw new IllegalStateException("GCM wrote %d bytes for %d".formatted(written, length));
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
  }

  /**
   * Decrypts what remains of {@code sealed} to {@code plain}, whose bytes count only after this has
   * returned: until then the tag was not looked at.
   *
   * @param plain another buffer; ends behind the plaintext
   */
  static void open(DataKey key, Envelope header, Digest id, ByteBuffer sealed, ByteBuffer plain)
      throws Envelope.Malformed {
    int length = sealed.remaining() - Envelope.TAG_BYTES;
    try {
      // In one call: no provider gives a byte before it has seen the tag, so slices are only
      // copied.
      int written = cipher(Cipher.DECRYPT_MODE, key, header, id).doFinal(sealed.duplicate(), plain);
      if (written != length) {
        throw new IllegalStateException("GCM gave %d bytes for %d".formatted(written, length));
      }
    } catch (AEADBadTagException e) {
      throw new Envelope.Malformed("its tag does not fit: it was changed, or its key is wrong", e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES-256-GCM", e);
    }
  }

  private static Cipher cipher(int mode, DataKey key, Envelope header, Digest id)
      throws GeneralSecurityException {
    Cipher cipher = Crypto.get().aesGcm();
    cipher.init(
        mode, key.secret(), new GCMParameterSpec(Envelope.TAG_BYTES * Byte.SIZE, header.nonce()));
    byte[] associated = new byte[Envelope.HEADER_BYTES + Digest.BYTES];
    ByteBuffer into = ByteBuffer.wrap(associated);
    header.write(into);
    id.write(into);
    cipher.updateAAD(associated);
    return cipher;
  }

  /** In slices, which the JDK's cipher needs and the native one has not. */
  private static int run(Cipher cipher, ByteBuffer from, ByteBuffer to)
      throws GeneralSecurityException {
    int sliceBytes = Crypto.get().sliceBytes();
    ByteBuffer rest = from.duplicate();
    int written = 0;
    while (from.limit() - rest.position() > sliceBytes) {
      rest.limit(rest.position() + sliceBytes);
      written += cipher.update(rest, to);
      rest.limit(from.limit());
    }
    return written + cipher.doFinal(rest, to);
  }
}
