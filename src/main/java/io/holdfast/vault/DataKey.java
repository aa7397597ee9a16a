package io.holdfast.vault;

import javax.crypto.spec.SecretKeySpec;

/** A key that objects are sealed with, in the clear. Never logged: it has no text form. */
public final class DataKey {
  /** AES-256: 32 bytes. */
  public static final int KEY_BYTES = 32;

  private final KeyId id;
  private final SecretKeySpec secret;

  /**
   * @param id not zero: zero in a header means "no cipher"
   * @param key 32 bytes; copied
   */
  public DataKey(KeyId id, byte[] key) {
    if (id.equals(KeyId.NONE)) {
      throw new IllegalArgumentException("the key id of zeros is reserved");
    }
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes, not " + key.length);
    }
    this.id = id;
    this.secret = new SecretKeySpec(key, "AES");
  }

  public KeyId id() {
    return id;
  }

  SecretKeySpec secret() {
    return secret;
  }

  @Override
  public String toString() {
    return "DataKey[" + id.hex() + "]";
  }
}
