package io.holdfast.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.holdfast.catalogue.Policy;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The instants at which a schedule asks for a backup. Pure.
 *
 * <p>A schedule is a list of local times, and each of them is one slot. A local time that is left
 * out when the clocks go forward is a slot at the first instant after the change; several of one
 * change, and a slot that falls on that instant anyway, are one. A local time that comes twice when
 * they go back is a slot the first time only. So a schedule of every hour, or every five minutes,
 * pauses while that hour is repeated: Vixie's cron runs such jobs by elapsed time, but a backup at
 * a wall clock's time is what a policy asks for, and one rule for all is one that can be told.
 */
public final class Slots {
  /** More slots than this between two ticks are not counted one by one. */
  static final int SLOTS_MAX = 1_000;

  private static final CronParser PARSER =
      new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX));

  private Slots() {}

  /** What is wrong with a cron expression; empty when nothing is. */
  public static Optional<String> faultOfCron(String cron) {
    try {
      Cron parsed = PARSER.parse(cron).validate();
      Optional<ZonedDateTime> next =
          ExecutionTime.forCron(parsed).nextExecution(ZonedDateTime.parse("2026-01-01T00:00:00Z"));
      return next.isPresent() ? Optional.empty() : Optional.of("it never fires");
    } catch (IllegalArgumentException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** What is wrong with the name of a time zone; empty when nothing is. */
  public static Optional<String> faultOfZone(String zone) {
    try {
      ZoneId unused = ZoneId.of(zone);
      return Optional.empty();
    } catch (DateTimeException e) {
      return Optional.of("there is no such time zone: use an IANA name such as Europe/Berlin");
    }
  }

  /**
   * The slots after one instant, up to another.
   *
   * @param after exclusive
   * @param until inclusive
   * @return in order; at most {@link #SLOTS_MAX}, the newest ones then
   */
  public static List<Instant> between(Policy.Schedule schedule, Instant after, Instant until) {
    ExecutionTime times = times(schedule.cron());
    ZoneRules rules = ZoneId.of(schedule.zone()).getRules();
    TreeSet<Instant> slots = new TreeSet<>();
    // From the end, so that a long stop of the app costs no more than a short one.
    LocalDateTime end = lastLocal(rules, until).truncatedTo(ChronoUnit.MINUTES).plusMinutes(1);
    Optional<ZonedDateTime> local = times.lastExecution(end.atZone(ZoneOffset.UTC));
    while (local.isPresent() && slots.size() < SLOTS_MAX) {
      Instant slot = instantOf(rules, local.get().toLocalDateTime());
      if (!slot.isAfter(after)) {
        break;
      }
      if (!slot.isAfter(until)) {
        slots.add(slot);
      }
      local = times.lastExecution(local.get());
    }
    return List.copyOf(slots);
  }

  /**
   * The first slot after an instant.
   *
   * @param after exclusive
   * @return empty: there is none any more
   */
  public static Optional<Instant> next(Policy.Schedule schedule, Instant after) {
    ExecutionTime times = times(schedule.cron());
    ZoneRules rules = ZoneId.of(schedule.zone()).getRules();
    LocalDateTime start = lastLocal(rules, after).truncatedTo(ChronoUnit.MINUTES).minusMinutes(1);
    Optional<ZonedDateTime> local = times.nextExecution(start.atZone(ZoneOffset.UTC));
    while (local.isPresent()) {
      Instant slot = instantOf(rules, local.get().toLocalDateTime());
      if (slot.isAfter(after)) {
        return Optional.of(slot);
      }
      local = times.nextExecution(local.get());
    }
    return Optional.empty();
  }

  /**
   * Asked in UTC, where no time is left out or comes twice: for local times as they are written.
   */
  static ExecutionTime times(String cron) {
    return ExecutionTime.forCron(PARSER.parse(cron));
  }

  /**
   * The one instant of a local time: the first that there is from then on. One that was left out
   * comes when the clocks have gone forward, one that comes twice comes the first time.
   */
  private static Instant instantOf(ZoneRules rules, LocalDateTime local) {
    List<ZoneOffset> offsets = rules.getValidOffsets(local);
    return offsets.isEmpty()
        ? rules.getTransition(local).getInstant()
        : local.toInstant(offsets.get(0));
  }

  /**
   * A local time whose instant, and that of all before it, is not after the given one, while those
   * of all after it are: when an hour comes the second time, all of it has been.
   */
  private static LocalDateTime lastLocal(ZoneRules rules, Instant time) {
    LocalDateTime local = LocalDateTime.ofInstant(time, rules.getOffset(time));
    ZoneOffsetTransition change = rules.getTransition(local);
    return change != null && change.isOverlap() && !change.getInstant().isAfter(time)
        ? change.getDateTimeBefore().minusNanos(1)
        : local;
  }
}
