package io.holdfast.vault;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;

/** How the ids of a vault are made. The byte stands in indexes and manifests, the name in JSON. */
public enum DigestAlgorithm {
  SHA_256(1, "SHA-256"),
  /** Under the vault's id key: who lacks it cannot tell which known data a vault holds. */
  HMAC_SHA_256(2, "HMAC-SHA-256");

  private final byte code;
  private final String label;

  DigestAlgorithm(int code, String label) {
    this.code = (byte) code;
    this.label = label;
  }

  byte code() {
    return code;
  }

  /** The name in {@code holdfast.json}. */
  @JsonValue
  public String label() {
    return label;
  }

  @JsonCreator
  static DigestAlgorithm ofLabel(String label) {
    return Arrays.stream(values())
        .filter(algorithm -> algorithm.label.equals(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("unknown digest '" + label + "'"));
  }

  /**
   * @throws IllegalArgumentException if no algorithm has that byte
   */
  static DigestAlgorithm ofCode(byte code) {
    for (DigestAlgorithm algorithm : values()) {
      if (algorithm.code == code) {
        return algorithm;
      }
    }
    throw new IllegalArgumentException("unknown digest algorithm " + (code & 0xff));
  }
}
