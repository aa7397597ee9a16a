package io.holdfast.plan;

import java.time.Instant;
import java.util.List;

/**
 * What a change of a policy does to one item.
 *
 * @param itemId the item's
 * @param vmId ARM id of the VM
 * @param name of the VM
 * @param policyBefore name of the policy that it is under; null: none
 * @param policyAfter name of the policy that it would be under; null: none
 * @param why it would be under that one
 * @param expiring points that would expire and do not by the rule of before, newest first
 * @param rescued points that the rule of before lets expire and that would stay, newest first
 * @param pointsAfter how many points would stay
 * @param nextRun the next slot; null: there is none
 * @param nextDeletion when the next point would expire; null: none would
 * @param slotsPerDay how many backups a day the schedule asks for
 * @param instantRestoreDays how long snapshots would stay
 * @param pointsMax how many points the rule keeps at most when it has run for long
 * @param load what one backup moves
 */
public record ItemPlan(
    String itemId,
    String vmId,
    String name,
    String policyBefore,
    String policyAfter,
    String why,
    List<PointChange> expiring,
    List<PointChange> rescued,
    int pointsAfter,
    Instant nextRun,
    Instant nextDeletion,
    double slotsPerDay,
    int instantRestoreDays,
    int pointsMax,
    Load load) {
  public ItemPlan {
    expiring = List.copyOf(expiring);
    rescued = List.copyOf(rescued);
  }

  /**
   * A point of which the change makes another thing.
   *
   * @param id the point's
   * @param time its snapshot's
   * @param sizeBytes size of its disks
   * @param storedBytes what its backup added to the vault: other points may share it, so that less
   *     may be freed; null: the job is no longer on record
   * @param why the rule's words
   */
  public record PointChange(
      String id, Instant time, long sizeBytes, Long storedBytes, String why) {}
}
