package io.holdfast.schedule;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import io.holdfast.catalogue.Policy;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** The instants at which a schedule asks for a backup. Pure. */
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
   * The first slot after an instant.
   *
   * @return empty when there is none within ten years
   */
  public static Optional<Instant> next(Policy.Schedule schedule, Instant after) {
    for (Duration ahead = Duration.ofHours(6);
        ahead.toDays() < 3_660;
        ahead = ahead.multipliedBy(4)) {
      List<Instant> slots = between(schedule, after, after.plus(ahead));
      if (!slots.isEmpty() && slots.size() < SLOTS_MAX) {
        return Optional.of(slots.get(0));
      }
    }
    return Optional.empty();
  }

  /**
   * The slots after one instant, up to another.
   *
   * @param after exclusive
   * @param until inclusive
   * @return in order; at most {@link #SLOTS_MAX}, the newest ones then
   */
  public static List<Instant> between(Policy.Schedule schedule, Instant after, Instant until) {
    ExecutionTime times = ExecutionTime.forCron(PARSER.parse(schedule.cron()));
    ZoneId zone = ZoneId.of(schedule.zone());
    TreeSet<Instant> slots = new TreeSet<>();
    // From the end, so that a long stop of the app costs no more than a short one.
    Optional<ZonedDateTime> slot = times.lastExecution(until.plusMillis(1).atZone(zone));
    while (slot.isPresent() && slot.get().toInstant().isAfter(after) && slots.size() < SLOTS_MAX) {
      slots.add(slot.get().toInstant());
      slot = times.lastExecution(slot.get());
    }
    slots.addAll(inGaps(times, zone, after, until));
    while (slots.size() > SLOTS_MAX) {
      slots.pollFirst();
    }
    return List.copyOf(slots);
  }

  /**
   * The slots whose local time was left out when the clocks went forward: as much later as the
   * clocks went, so that a nightly backup is not missing from that night.
   */
  private static List<Instant> inGaps(
      ExecutionTime times, ZoneId zone, Instant after, Instant until) {
    List<Instant> slots = new ArrayList<>();
    // The slots of a gap are at most its own length after it.
    ZoneOffsetTransition transition =
        zone.getRules().nextTransition(after.minus(Duration.ofDays(1)));
    while (transition != null && !transition.getInstant().isAfter(until)) {
      LocalDateTime gapStart = transition.getDateTimeBefore();
      Optional<ZonedDateTime> slot =
          transition.isGap()
              ? times.lastExecution(transition.getDateTimeAfter().atZone(ZoneOffset.UTC))
              : Optional.empty();
      while (slot.isPresent() && !slot.get().toLocalDateTime().isBefore(gapStart)) {
        Instant shifted = slot.get().toLocalDateTime().atZone(zone).toInstant();
        if (shifted.isAfter(after) && !shifted.isAfter(until)) {
          slots.add(shifted);
        }
        slot = times.lastExecution(slot.get());
      }
      transition = zone.getRules().nextTransition(transition.getInstant());
    }
    return slots;
  }
}
