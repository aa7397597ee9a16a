package io.holdfast.schedule;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;

/** Spreads the items of one slot over the time that a policy allows. Pure. */
public final class Spread {
  private Spread() {}

  /**
   * When an item's backup of a slot starts. It is the same on every host and in every slot, so the
   * distance between two backups of an item is that of the schedule, and a platform's floor holds.
   *
   * @param slot the schedule's instant
   * @param itemKey what tells the item from others, spelt the same each time
   * @param policyName another policy spreads its items another way
   * @param jitter over how long, whole seconds count; under a second: no spread
   * @return from {@code slot} on, to the second, and before {@code slot} plus {@code jitter}
   * @throws IllegalArgumentException for a negative jitter
   */
  public static Instant startOf(Instant slot, String itemKey, String policyName, Duration jitter) {
    if (jitter.isNegative()) {
      throw new IllegalArgumentException("jitter %s is negative".formatted(jitter));
    }
    long seconds = jitter.toSeconds();
    return seconds == 0
        ? slot
        : slot.plusSeconds(Long.remainderUnsigned(hash(policyName, itemKey), seconds));
  }

  /** Of 64 bits, so that the remainder by a day prefers no second by more than one in 10^14. */
  private static long hash(String policyName, String itemKey) {
    try {
      // A policy's name has no line feed, so no two pairs are one text.
      byte[] text = (policyName + "\n" + itemKey).getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
