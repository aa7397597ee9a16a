package io.holdfast.retention;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Lifecycle;
import io.holdfast.catalogue.Lifecycle.Mark;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Upkeep;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Vm;
import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Invalid;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.work.Delivery;
import io.holdfast.work.Next;
import io.holdfast.work.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The step that looks which points of an item have expired: it soft-deletes them, marks for purge
 * what was deleted long enough ago, tells the ledger, and notes what the snapshots' removal and the
 * views need to know. Everything that it does can be seen in the rows, so that a look that is cut
 * off needs no cursor: the next one goes on with what is left.
 */
public final class RetainItem {
  private static final Logger LOG = LoggerFactory.getLogger(RetainItem.class);

  private final Catalogue catalogue;
  private final OwnVault vault;
  private final Disks disks;
  private final Function<Vm, Optional<Policy>> covering;
  private final BiFunction<Policy.Schedule, Instant, Optional<Instant>> slots;
  private final Telling telling;
  private final Times times;
  private final InstantSource clock;

  /**
   * How long things take.
   *
   * @param softDelete how long a deleted point can be undeleted
   * @param visitMax after which the step leaves the rest to the next message
   */
  public record Times(Duration softDelete, Duration visitMax) {}

  /**
   * @param covering the policy that a VM is under now
   * @param slots the first slot of a schedule after an instant
   */
  public RetainItem(
      Catalogue catalogue,
      OwnVault vault,
      Disks disks,
      Function<Vm, Optional<Policy>> covering,
      BiFunction<Policy.Schedule, Instant, Optional<Instant>> slots,
      Times times,
      InstantSource clock) {
    this.catalogue = catalogue;
    this.vault = vault;
    this.disks = disks;
    this.covering = covering;
    this.slots = slots;
    this.telling = new Telling(catalogue, vault);
    this.times = times;
    this.clock = clock;
  }

  /** What is known of an item's VM. */
  private record Seen(boolean known, Optional<Vm> vm) {}

  /**
   * How far a part of a look came.
   *
   * @param changes rows that it changed
   * @param all whether nothing is left to do
   */
  private record Done(int changes, boolean all) {}

  /** Looks at one item. */
  public List<Next> run(Task.Retain task, Delivery delivery) {
    Optional<Item> item = catalogue.jobs().item(task.itemId()).map(Versioned::value);
    if (item.isEmpty()) {
      LOG.warn("there is no item {} any more whose points could expire", task.itemId());
      return List.of();
    }
    vault.assertOwned();
    vault.assertOurs("the row of item " + task.itemId(), item.get().vaultId());
    Seen seen = look(item.get());
    Optional<Policy> policy = seen.vm().flatMap(covering);
    Keeping keeping = Keeping.read(catalogue, task.itemId(), policy);
    Instant stop = clock.instant().plus(times.visitMax());
    Done expired = expire(keeping, stop);
    Done purged = expired.all() ? purge(keeping, stop) : new Done(0, false);
    if (expired.changes() + purged.changes() > 0) {
      keeping = Keeping.read(catalogue, task.itemId(), policy);
    }
    settle(task.itemId(), keeping);
    note(item.get(), seen, keeping);
    return purged.all() ? List.of() : List.of(Next.now(task));
  }

  /** A VM that may not be read is not taken for one that is gone. */
  private Seen look(Item item) {
    try {
      return new Seen(
          true, disks.vm(item.vmId()).filter(vm -> Item.idOf(vm.guid()).equals(item.id())));
    } catch (Invalid refused) {
      LOG.warn(
          "VM {} cannot be read; its points are kept by the rule that was known last",
          item.vmId(),
          refused);
      return new Seen(false, Optional.empty());
    }
  }

  /** Soft-deletes what has expired. */
  private Done expire(Keeping keeping, Instant stop) {
    Instant now = clock.instant();
    if (!keeping.stance().expires(now)) {
      return new Done(0, true);
    }
    int changes = 0;
    Map<String, Verdict> verdicts = new HashMap<>();
    keeping.verdicts(now).newestFirst().forEach(verdict -> verdicts.put(verdict.id(), verdict));
    for (Versioned<RecoveryPoint> row : keeping.points()) {
      RecoveryPoint point = row.value();
      Verdict verdict = verdicts.get(point.id());
      if (verdict == null || verdict.kept()) {
        continue;
      }
      vault.assertOurs("the row of recovery point " + point.id(), point.vaultId());
      Mark mark = new Mark(now, Acts.SERVICE, shortened(why(keeping, verdict)));
      // Whoever changed it meanwhile may have pinned it: the next look decides anew.
      if (catalogue.points().replace(row, Acts.delete(point, mark, now.plus(times.softDelete())))) {
        changes++;
        LOG.info("point {} has expired: {}", point.id(), mark.why());
      }
      if (!clock.instant().isBefore(stop)) {
        return new Done(changes, false);
      }
    }
    return new Done(changes, true);
  }

  private static String why(Keeping keeping, Verdict verdict) {
    return keeping
        .policy()
        .map(policy -> "policy %s: %s".formatted(policy.name(), verdict.text()))
        .orElse(verdict.text());
  }

  private static String shortened(String text) {
    return text.length() <= LedgerEntry.WHY_CHARS_MAX
        ? text
        : text.substring(0, LedgerEntry.WHY_CHARS_MAX - 3) + "...";
  }

  /**
   * Marks for purge what has been deleted for long enough and is in the ledger as such. Nothing is
   * marked while no good point is left that could be restored instead.
   */
  private Done purge(Keeping keeping, Instant stop) {
    Instant now = clock.instant();
    boolean another =
        keeping.points().stream()
            .map(Versioned::value)
            .anyMatch(point -> point.available() && keeping.isGood(point));
    if (!another || !keeping.stance().expires(now)) {
      return new Done(0, true);
    }
    int changes = 0;
    for (Versioned<RecoveryPoint> row : keeping.points()) {
      RecoveryPoint point = row.value();
      Lifecycle lifecycle = point.lifecycle();
      boolean due =
          lifecycle.state() == Lifecycle.State.SOFT_DELETED
              && !now.isBefore(lifecycle.deletion().purgeAfter())
              && !lifecycle.exempt()
              && lifecycle.untold().isEmpty();
      if (!due) {
        continue;
      }
      vault.assertOurs("the row of recovery point " + point.id(), point.vaultId());
      Mark mark =
          new Mark(
              now,
              Acts.SERVICE,
              "deleted on %s by %s, and not brought back until %s"
                  .formatted(
                      lifecycle.deletion().deleted().at(),
                      lifecycle.deletion().deleted().who(),
                      lifecycle.deletion().purgeAfter()));
      if (catalogue.points().replace(row, Acts.purge(point, mark))) {
        changes++;
        LOG.info("point {} is marked for purge", point.id());
      }
      if (!clock.instant().isBefore(stop)) {
        return new Done(changes, false);
      }
    }
    return new Done(changes, true);
  }

  private void settle(String itemId, Keeping keeping) {
    try {
      telling.settle(keeping.points().stream().map(Versioned::value).toList());
    } catch (Corrupt damaged) {
      // What waits in the rows goes on waiting, and nothing is purged until a person has looked.
      LOG.error("the ledger takes no lines of item {}: {}", itemId, damaged.getMessage());
    }
  }

  private void note(Item item, Seen seen, Keeping keeping) {
    Instant now = clock.instant();
    Upkeep was = catalogue.upkeep().of(item.id());
    Optional<RecoveryPoint> base = catalogue.points().base(item);
    BaseEnd end =
        base.filter(point -> seen.known())
            .map(
                point ->
                    BaseEnd.of(
                        point,
                        seen.vm().isPresent(),
                        keeping.policy(),
                        keeping.stance(),
                        now,
                        slots))
            .orElse(BaseEnd.NONE);
    ZoneId zone = keeping.zone();
    catalogue
        .upkeep()
        .put(
            item.id(),
            new Upkeep(
                keeping.policy().map(Policy::name).orElse(was.policy()),
                keeping.rule().orElse(null),
                keeping.rule().isEmpty() ? null : zone.getId(),
                now,
                base.map(RecoveryPoint::id).orElse(null),
                end.until(),
                end.why(),
                keeping.forecast(now, slots).next().map(Forecast.Deletion::time).orElse(null)));
  }
}
