package io.holdfast.backup;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.vault.Vault;
import java.util.Optional;

/**
 * What a backup does when the point that it would build on cannot be read: it reads all, and takes
 * nothing that is in the vault on trust, since a damaged object has the name that it would write.
 */
final class UnusableBase {
  private static final String REASON = "the base cannot be read: ";

  private UnusableBase() {}

  /** Why a plan is made without a base that is there; empty when the base can be read. */
  static Optional<String> reason(Catalogue catalogue, Optional<RecoveryPoint> base) {
    return base.flatMap(point -> catalogue.points().unusable(point.jobId()))
        .map(why -> REASON + why);
  }

  private static boolean made(DiskPlan plan) {
    return plan.decision().changeSource() == ChangeSource.FULL
        && plan.decision().reason().startsWith(REASON);
  }

  /** The vault as the disk of this plan is written to it. */
  static Vault writer(Vault vault, DiskPlan plan) {
    return made(plan) ? vault.proving() : vault;
  }

  /** The warning of a plan that was made without its base; empty for any other. */
  static Optional<Warning> warning(DiskPlan plan) {
    return made(plan)
        ? Optional.of(
            new Warning(
                "BaseUnusable",
                "disk %s was read and proved as a whole: %s"
                    .formatted(plan.disk(), plan.decision().reason()),
                "Look for what else is damaged with 'holdfast vault verify'; the older points that"
                    + " share the object may be mended by this backup."))
        : Optional.empty();
  }
}
