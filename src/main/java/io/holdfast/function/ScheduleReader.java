package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.schedule.Slots;
import io.holdfast.work.Next;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** When a policy's backups are made, as a field of it. */
final class ScheduleReader {
  private static final Set<String> FIELDS = Set.of("cron", "zone", "jitter", "window");

  private final Faults faults;
  private final String zoneDefault;

  /**
   * @param zoneDefault zone of a schedule that names none
   */
  ScheduleReader(Faults faults, String zoneDefault) {
    this.faults = faults;
    this.zoneDefault = zoneDefault;
  }

  Schedule read(ObjectNode object) {
    faults.onlyKnown(object, "schedule.", FIELDS);
    Optional<String> cron = faults.text(object, "schedule.", "cron");
    cron.flatMap(Slots::faultOfCron)
        .ifPresent(
            why ->
                faults.add(
                    "InvalidCron",
                    "schedule.cron",
                    "field schedule.cron is \"%s\", but must be five fields as in crontab, such as"
                            .formatted(cron.get())
                        + " \"0 2 * * *\": "
                        + why));
    String zone =
        object.hasNonNull("zone")
            ? faults.text(object, "schedule.", "zone").orElse(zoneDefault)
            : zoneDefault;
    Slots.faultOfZone(zone)
        .ifPresent(
            why ->
                faults.add(
                    "InvalidZone",
                    "schedule.zone",
                    "field schedule.zone is \"%s\": %s".formatted(zone, why)));
    Optional<Duration> jitter = duration(object, "jitter");
    Optional<Duration> window = duration(object, "window");
    if (window.isPresent() && window.get().compareTo(jitter.orElse(Duration.ZERO)) < 0) {
      faults.add(
          "WindowTooShort",
          "schedule.window",
          "field schedule.window is %s, but must not be shorter than schedule.jitter, %s: the last VMs"
                  .formatted(window.get(), jitter.orElse(Duration.ZERO))
              + " of a slot would begin after it");
    }
    return new Schedule(cron.orElse(""), zone, jitter.orElse(null), window.orElse(null));
  }

  private Optional<Duration> duration(ObjectNode object, String name) {
    if (!object.hasNonNull(name)) {
      return Optional.empty();
    }
    Optional<String> text = faults.text(object, "schedule.", name);
    try {
      Optional<Duration> read = text.map(Duration::parse);
      if (read.filter(d -> !d.isNegative() && d.compareTo(Next.DELAY_MAX) <= 0).isPresent()
          || text.isEmpty()) {
        return read;
      }
    } catch (DateTimeException e) {
      // Told below, as what is out of range is.
    }
    faults.add(
        "InvalidField",
        "schedule." + name,
        "field schedule.%s is \"%s\", but must be a duration such as PT30M, at most 7 days"
            .formatted(name, text.get()));
    return Optional.empty();
  }

  /** A schedule as a field of a policy. */
  static void write(Schedule schedule, ObjectNode policy) {
    policy
        .putObject("schedule")
        .put("cron", schedule.cron())
        .put("zone", schedule.zone())
        .put("jitter", schedule.jitter().toString())
        .put("window", schedule.window() == null ? null : schedule.window().toString());
  }
}
