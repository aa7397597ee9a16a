package io.holdfast.vault;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;

/**
 * Something that was done to a point, an item or a policy. The ledger is never encrypted: nothing
 * in here may be a secret or come out of a guest.
 *
 * @param id the caller's own, by which it may append the entry again and have it there once: what
 *     is done a second time (a point pinned anew) needs another id; 1 to 256 characters
 * @param at when it was done, by the clock of whoever did it
 * @param itemId null when it concerns none
 * @param pointId null when it concerns none
 * @param policy name of the policy that was put or deleted; null otherwise
 * @param who the user or the part of the service that did it; 1 to 256 characters
 * @param why the reason that was given, or the rule; 1 to 1,024 characters
 * @param until end of what was begun, such as a pin; null when it has none
 */
public record LedgerEntry(
    String id,
    Instant at,
    LedgerEvent event,
    String itemId,
    String pointId,
    String policy,
    String who,
    String why,
    Instant until) {
  /** Most characters of an id. */
  public static final int ID_CHARS_MAX = 256;

  /** Most characters of a user's or a part's name. */
  public static final int WHO_CHARS_MAX = 256;

  /** Most characters of a reason. */
  public static final int WHY_CHARS_MAX = 1_024;

  private static final int POLICY_CHARS_MAX = 256;

  public LedgerEntry {
    requireShort("id", id, ID_CHARS_MAX);
    VaultNames.requirePresent("at", at);
    VaultNames.requirePresent("event", event);
    requireShort("who", who, WHO_CHARS_MAX);
    requireShort("why", why, WHY_CHARS_MAX);
    if (itemId != null) {
      VaultNames.requireItemId(itemId);
    }
    if (pointId != null) {
      VaultNames.requirePointId(pointId);
    }
    if (policy != null) {
      requireShort("policy", policy, POLICY_CHARS_MAX);
    }
  }

  /** Of a point; its item is the one that its id names. */
  public static LedgerEntry ofPoint(
      String id,
      Instant at,
      LedgerEvent event,
      String pointId,
      String who,
      String why,
      Instant until) {
    String itemId = VaultNames.itemOfPoint(VaultNames.requirePointId(pointId)).orElseThrow();
    return new LedgerEntry(id, at, event, itemId, pointId, null, who, why, until);
  }

  /** Of an item as a whole. */
  public static LedgerEntry ofItem(
      String id,
      Instant at,
      LedgerEvent event,
      String itemId,
      String who,
      String why,
      Instant until) {
    return new LedgerEntry(
        id, at, event, VaultNames.requireItemId(itemId), null, null, who, why, until);
  }

  /** Of a policy. */
  public static LedgerEntry ofPolicy(
      String id, Instant at, LedgerEvent event, String policy, String who, String why) {
    return new LedgerEntry(
        id,
        at,
        event,
        null,
        null,
        requireShort("policy", policy, POLICY_CHARS_MAX),
        who,
        why,
        null);
  }

  private static String requireShort(String field, String value, int charsMax) {
    if (VaultNames.require(field, value).length() > charsMax) {
      throw new IllegalArgumentException(
          "%s has %d characters, more than %d".formatted(field, value.length(), charsMax));
    }
    if (!UTF_8.newEncoder().canEncode(value)) {
      throw new IllegalArgumentException(field + " has half of a character in it");
    }
    return value;
  }
}
