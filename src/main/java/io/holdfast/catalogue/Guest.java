package io.holdfast.catalogue;

import java.time.Duration;
import java.time.Instant;

/**
 * What is remembered of an item's guest, so that backups do it no harm.
 *
 * @param badFreezes consistent snapshots in a row that its freeze or its extension failed
 * @param lastCode Azure's code of the last of them; null when there is none
 * @param lastMessage Azure's text of it; null when there is none
 * @param fellAt when the item fell to crash-consistent snapshots; null when it has not
 * @param extensionAskedAt when the snapshot extension was asked for; null: never
 */
public record Guest(
    int badFreezes, String lastCode, String lastMessage, Instant fellAt, Instant extensionAskedAt) {
  /** A guest of which nothing is known. */
  public static final Guest UNKNOWN = new Guest(0, null, null, null, null);

  /** After so many bad freezes in a row the item falls. */
  public static final int BAD_FREEZES_MAX = 2;

  /** An item that fell tries consistent snapshots again after this time. */
  public static final Duration FALLEN = Duration.ofDays(7);

  /** Until when no consistent snapshot is tried; null when one may be tried. */
  public Instant fallenUntil(Instant now) {
    return fellAt != null && now.isBefore(fellAt.plus(FALLEN)) ? fellAt.plus(FALLEN) : null;
  }

  /** After a consistent snapshot that went well. */
  public Guest good() {
    return new Guest(0, null, null, null, extensionAskedAt);
  }

  /** After one that the guest failed. */
  public Guest bad(String code, String message, Instant now) {
    int bad = badFreezes + 1;
    return new Guest(bad, code, message, bad >= BAD_FREEZES_MAX ? now : fellAt, extensionAskedAt);
  }

  /** After the extension was asked for. */
  public Guest asked(Instant now) {
    return new Guest(badFreezes, lastCode, lastMessage, fellAt, now);
  }
}
