package io.holdfast.retention;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.Lifecycle.Mark;
import io.holdfast.catalogue.Lifecycle.State;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Versioned;
import io.holdfast.failure.Failure;
import io.holdfast.failure.Invalid;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.vault.LedgerEvent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What persons do to recovery points. What protects a point is in the ledger before the row, what
 * takes protection away after it, so that a catalogue that is made again from the vault never lacks
 * a protection that somebody was told of.
 *
 * <p>Each act may be repeated: what is as it shall be stays. Of acts at once all happen, in some
 * order. All throw {@link io.holdfast.failure.Corrupt} when the ledger is damaged where it must be
 * written first, {@link Invalid} when the vault is not ours, {@link
 * io.holdfast.failure.Unavailable} when it is unknown whether it happened: ask again.
 */
public final class PointActs {
  private static final Logger LOG = LoggerFactory.getLogger(PointActs.class);

  /** Codes of refusals: the point is not in a state for the act. */
  public static final List<String> CONFLICTS =
      List.of(
          "RecoveryPointDeleted",
          "RecoveryPointPurged",
          "RecoveryPointPinned",
          "RecoveryPointUnderLegalHold",
          "RecoveryPointNotPublished",
          "LastGoodRecoveryPoint");

  private final Catalogue catalogue;
  private final OwnVault vault;
  private final Telling telling;
  private final Duration softDelete;
  private final InstantSource clock;

  /**
   * @param softDelete how long a deleted point can be undeleted
   */
  public PointActs(Catalogue catalogue, OwnVault vault, Duration softDelete, InstantSource clock) {
    this.catalogue = catalogue;
    this.vault = vault;
    this.telling = new Telling(catalogue, vault);
    this.softDelete = softDelete;
    this.clock = clock;
  }

  /**
   * Exempts a point from retention and deletion until the pin is taken away.
   *
   * @param who 1 to {@value LedgerEntry#WHO_CHARS_MAX} characters
   * @param why 1 to {@value LedgerEntry#WHY_CHARS_MAX} characters
   * @return empty: there is no such point
   */
  public Optional<RecoveryPoint> pin(String pointId, String who, String why) {
    Mark mark = new Mark(clock.instant(), who, why);
    return protect(
        pointId,
        point -> same(point.lifecycle().pin(), mark),
        point -> List.of(Acts.line(point, LedgerEvent.PINNED, mark, null)),
        point -> point.with(point.lifecycle().withPin(mark)));
  }

  /** Takes a pin away; see {@link #pin}. */
  public Optional<RecoveryPoint> unpin(String pointId, String who, String why) {
    Mark mark = new Mark(clock.instant(), who, why);
    return remove(
        pointId,
        point ->
            point.lifecycle().pin() == null
                ? Optional.empty()
                : Optional.of(Acts.unpin(point, mark)));
  }

  /** Forbids a point's deletion for a legal reason; see {@link #pin}. */
  public Optional<RecoveryPoint> hold(String pointId, String who, String why) {
    Mark mark = new Mark(clock.instant(), who, why);
    return protect(
        pointId,
        point -> same(point.lifecycle().legalHold(), mark),
        point -> List.of(Acts.line(point, LedgerEvent.HELD_FOR_LAW, mark, null)),
        point -> point.with(point.lifecycle().withLegalHold(mark)));
  }

  /** Ends a legal hold; see {@link #pin}. */
  public Optional<RecoveryPoint> release(String pointId, String who, String why) {
    Mark mark = new Mark(clock.instant(), who, why);
    return remove(
        pointId,
        point ->
            point.lifecycle().legalHold() == null
                ? Optional.empty()
                : Optional.of(Acts.release(point, mark)));
  }

  /**
   * Soft-deletes a point.
   *
   * @return empty: there is no such point
   * @throws Invalid when it is pinned, under legal hold, not in the vault yet, or the item's last
   *     good one
   */
  public Optional<RecoveryPoint> delete(String pointId, String who, String why) {
    Instant now = clock.instant();
    Mark mark = new Mark(now, who, why);
    return remove(
        pointId,
        point -> {
          if (point.lifecycle().state() != State.AVAILABLE) {
            return Optional.empty();
          }
          refuseDeletion(point);
          return Optional.of(Acts.delete(point, mark, now.plus(softDelete)));
        });
  }

  /**
   * Brings a soft-deleted point back, and pins it: no rule holds it any more.
   *
   * @return empty: there is no such point
   * @throws Invalid when it was marked for purge
   */
  public Optional<RecoveryPoint> undelete(String pointId, String who, String why) {
    Mark mark = new Mark(clock.instant(), who, why);
    Optional<RecoveryPoint> found = find(pointId);
    if (found.isEmpty() || found.get().lifecycle().state() == State.AVAILABLE) {
      return found;
    }
    refusePurged(found.get());
    telling.first(
        List.of(
            Acts.line(found.get(), LedgerEvent.UNDELETED, mark, null),
            Acts.line(found.get(), LedgerEvent.PINNED, mark, null)));
    return catalogue
        .points()
        .change(
            pointId,
            point -> {
              refusePurged(point);
              return point.lifecycle().state() == State.AVAILABLE
                  ? Optional.empty()
                  : Optional.of(Acts.undelete(point, mark));
            });
  }

  private Optional<RecoveryPoint> find(String pointId) {
    Optional<RecoveryPoint> found = catalogue.points().find(pointId).map(Versioned::value);
    found.ifPresent(
        point -> vault.assertOurs("the row of recovery point " + point.id(), point.vaultId()));
    return found;
  }

  private static boolean same(Mark is, Mark asked) {
    return is != null && is.who().equals(asked.who()) && is.why().equals(asked.why());
  }

  private Optional<RecoveryPoint> protect(
      String pointId,
      Function<RecoveryPoint, Boolean> isSo,
      Function<RecoveryPoint, List<LedgerEntry>> lines,
      Function<RecoveryPoint, RecoveryPoint> next) {
    Optional<RecoveryPoint> found = find(pointId);
    if (found.isEmpty()) {
      return found;
    }
    refuseDeleted(found.get());
    if (isSo.apply(found.get())) {
      return found;
    }
    telling.first(lines.apply(found.get()));
    return catalogue
        .points()
        .change(
            pointId,
            point -> {
              refuseDeleted(point);
              return Optional.of(next.apply(point));
            });
  }

  private Optional<RecoveryPoint> remove(
      String pointId, Function<RecoveryPoint, Optional<RecoveryPoint>> next) {
    if (find(pointId).isEmpty()) {
      return Optional.empty();
    }
    vault.assertOwned();
    Optional<RecoveryPoint> after = catalogue.points().change(pointId, next);
    after.ifPresent(this::tell);
    return after;
  }

  /**
   * The row says it already; what the ledger does not take now, the next look at the item tells.
   */
  private void tell(RecoveryPoint point) {
    try {
      telling.settle(List.of(point));
    } catch (Failure later) {
      LOG.warn("the ledger could not be told of point {} yet", point.id(), later);
    }
  }

  private void refuseDeletion(RecoveryPoint point) {
    Lifecycle lifecycle = point.lifecycle();
    if (lifecycle.legalHold() != null) {
      throw new Invalid(
          "RecoveryPointUnderLegalHold",
          "recovery point %s is under legal hold by %s: %s; end the hold with :release first"
              .formatted(point.id(), lifecycle.legalHold().who(), lifecycle.legalHold().why()));
    }
    if (lifecycle.pin() != null) {
      throw new Invalid(
          "RecoveryPointPinned",
          "recovery point %s is pinned by %s: %s; take the pin away with :unpin first"
              .formatted(point.id(), lifecycle.pin().who(), lifecycle.pin().why()));
    }
    if (!point.published()) {
      throw new Invalid(
          "RecoveryPointNotPublished",
          "recovery point %s is not in the vault yet: its backup is still under way"
              .formatted(point.id()));
    }
    Keeping item = Keeping.read(catalogue, point.itemId(), Optional.empty());
    boolean lastGood =
        item.isGood(point)
            && item.points().stream()
                .map(Versioned::value)
                .filter(other -> !other.id().equals(point.id()))
                .filter(RecoveryPoint::available)
                .noneMatch(other -> item.isGood(other) && newer(other, point));
    if (lastGood) {
      throw new Invalid(
          "LastGoodRecoveryPoint",
          "recovery point %s is the newest good one of item %s, which is never deleted: make another backup first"
              .formatted(point.id(), point.itemId()));
    }
  }

  private static boolean newer(RecoveryPoint other, RecoveryPoint point) {
    int later = other.time().compareTo(point.time());
    return later > 0 || (later == 0 && other.id().compareTo(point.id()) > 0);
  }

  private static void refuseDeleted(RecoveryPoint point) {
    refusePurged(point);
    if (point.lifecycle().state() == State.SOFT_DELETED) {
      throw new Invalid(
          "RecoveryPointDeleted",
          "recovery point %s was deleted on %s: bring it back with :undelete first, until %s"
              .formatted(
                  point.id(),
                  point.lifecycle().deletion().deleted().at(),
                  point.lifecycle().deletion().purgeAfter()));
    }
  }

  private static void refusePurged(RecoveryPoint point) {
    if (point.lifecycle().state() == State.PURGE_MARKED) {
      throw new Invalid(
          "RecoveryPointPurged",
          "recovery point %s was marked for purge on %s, which is final: it cannot be brought back"
              .formatted(point.id(), point.lifecycle().deletion().purge().at()));
    }
  }
}
