package io.holdfast.backup;

import java.util.Locale;
import java.util.Set;

/**
 * What Azure's codes of failed restore points say of whose fault it was (azure-compute-docs,
 * restore-point-troubleshooting).
 */
final class GuestFaults {
  private static final Set<String> TRANSIENT =
      Set.of("vmrestorepointinternalerror", "allocationfailed", "osprovisioningclienterror");

  private static final Set<String> GUESTS =
      Set.of(
          "vmrestorepointclienterror",
          "vmagentstatuscommunicationerror",
          "extensionstuck",
          "extensionfailed");

  private GuestFaults() {}

  /** Whether the same may work a minute later. */
  static boolean isTransient(String code) {
    String folded = code.toLowerCase(Locale.ROOT);
    return TRANSIENT.contains(folded) || folded.startsWith("internalerror");
  }

  /** Whether the guest, its agent or its extension is the cause: a bad freeze. */
  static boolean isGuests(String code) {
    String folded = code.toLowerCase(Locale.ROOT);
    return GUESTS.contains(folded)
        || folded.contains("fsfreeze")
        || folded.contains("script")
        || folded.contains("vmsnapshot")
        || folded.contains("vss");
  }
}
