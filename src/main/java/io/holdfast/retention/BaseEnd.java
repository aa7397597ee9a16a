package io.holdfast.retention;

import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Stance;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * From when on the snapshots of the point on which the next backup builds are kept for nothing:
 * design.md 4. Pure.
 *
 * @param until null: it is not foreseen
 * @param why for a person; null with it
 */
record BaseEnd(Instant until, String why) {
  /** No end is foreseen. */
  static final BaseEnd NONE = new BaseEnd(null, null);

  /**
   * Decides.
   *
   * @param isThere whether the VM is
   * @param policy that the VM is under
   * @param next the first slot of a schedule after an instant
   */
  static BaseEnd of(
      RecoveryPoint base,
      boolean isThere,
      Optional<Policy> policy,
      Stance stance,
      Instant now,
      BiFunction<Policy.Schedule, Instant, Optional<Instant>> next) {
    if (!isThere) {
      return new BaseEnd(now, "the VM is gone");
    }
    Stance.State state = stance.at(now);
    if (state == Stance.State.STOPPED || state == Stance.State.SUSPENDED) {
      return new BaseEnd(now, "its protection was stopped");
    }
    if (policy.isEmpty()) {
      return new BaseEnd(now, "no policy selects the VM");
    }
    Policy.Schedule schedule = policy.get().schedule();
    Optional<Instant> second =
        next.apply(schedule, base.time()).flatMap(first -> next.apply(schedule, first));
    // A slot has passed when no backup of it may begin any more.
    Optional<Instant> passed =
        second.flatMap(
            slot ->
                schedule.window() == null
                    ? next.apply(schedule, slot)
                    : Optional.of(slot.plus(schedule.window())));
    return passed
        .map(
            end ->
                new BaseEnd(
                    end,
                    "two slots of policy %s without a new recovery point"
                        .formatted(policy.get().name())))
        .orElse(NONE);
  }
}
