package io.holdfast.vault;

import java.util.Arrays;

/** What a line of the ledger tells. */
public enum LedgerEvent {
  POINT_MADE("PointMade"),
  PINNED("Pinned"),
  UNPINNED("Unpinned"),
  HELD_FOR_LAW("LegalHold"),
  LEGAL_HOLD_ENDED("LegalHoldEnded"),
  SOFT_DELETED("SoftDeleted"),
  UNDELETED("Undeleted"),
  PURGE_MARKED("PurgeMarked"),
  POLICY_PUT("PolicyPut"),
  POLICY_DELETED("PolicyDeleted"),
  PROTECTION_CHANGED("ProtectionChanged"),

  /** Read only: a later build wrote it, and this one does not know what it is. */
  OTHER("Other");

  private final String label;

  LedgerEvent(String label) {
    this.label = label;
  }

  /** The name in the ledger. */
  public String label() {
    return label;
  }

  static LedgerEvent ofLabel(String label) {
    return Arrays.stream(values())
        .filter(event -> event.label.equals(label))
        .findFirst()
        .orElse(OTHER);
  }
}
