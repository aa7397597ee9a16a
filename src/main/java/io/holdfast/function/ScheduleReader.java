package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.schedule.Frequency;
import io.holdfast.schedule.Slots;
import io.holdfast.work.Next;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** When a policy's backups are made, as a field of it. */
final class ScheduleReader {
  private static final List<String> FORMS = List.of("cron", "hourly", "daily", "weekly");

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
    Set<String> known = new HashSet<>(FORMS);
    known.addAll(Set.of("zone", "jitter", "window"));
    faults.onlyKnown(object, "schedule.", known);
    Optional<String> cron = cron(object);
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

  /** The cron expression, however the request says it; empty when it has faults. */
  private Optional<String> cron(ObjectNode object) {
    List<String> given = FORMS.stream().filter(object::hasNonNull).toList();
    if (given.size() > 1) {
      faults.add(
          "InvalidField",
          "schedule",
          "field schedule has %s, but must have exactly one of %s"
              .formatted(String.join(" and ", given), String.join(", ", FORMS)));
      return Optional.empty();
    }
    if (given.isEmpty() || given.get(0).equals("cron")) {
      return faults.text(object, "schedule.", "cron");
    }
    String form = given.get(0);
    String path = "schedule." + form + ".";
    return faults
        .object(object, "schedule.", form, true)
        .map(fields -> frequency(form, fields, path))
        .flatMap(frequency -> cron(frequency, path));
  }

  private Frequency frequency(String form, ObjectNode fields, String path) {
    switch (form) {
      case "hourly" -> {
        faults.onlyKnown(fields, path, Set.of("every", "from"));
        String from = fields.hasNonNull("from") ? fields.path("from").asText() : "00:00";
        return new Frequency.Hourly(fields.path("every").asInt(-1), from);
      }
      case "daily" -> {
        faults.onlyKnown(fields, path, Set.of("at"));
        return new Frequency.Daily(fields.path("at").asText(null));
      }
      default -> {
        faults.onlyKnown(fields, path, Set.of("days", "at"));
        return new Frequency.Weekly(
            faults.texts(fields, path, "days"), fields.path("at").asText(null));
      }
    }
  }

  private Optional<String> cron(Frequency frequency, String path) {
    for (String fault : frequency.faults()) {
      String field = fault.split(" ", 3)[1];
      faults.add("InvalidField", path + field, fault.replace("field ", "field " + path));
    }
    return frequency.faults().isEmpty() ? Optional.of(frequency.cron()) : Optional.empty();
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
