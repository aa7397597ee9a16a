package io.holdfast.schedule;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The plain forms of a schedule, each of which is a cron expression said in words. Pure. */
public sealed interface Frequency {
  /**
   * Everything that is wrong with it, each fault a sentence that names the field within the form,
   * the value and what is allowed; empty: nothing is.
   */
  List<String> faults();

  /**
   * The cron expression of five fields that {@link Slots} takes.
   *
   * @throws IllegalArgumentException when it has faults
   */
  String cron();

  /**
   * Every so many hours, round the clock. All that may be chosen divide a day, so the local hours
   * are the same every day.
   *
   * @param every hours: 1, 2, 3, 4, 6, 8 or 12
   * @param from any one of its local times, {@code HH:mm}
   */
  record Hourly(int every, String from) implements Frequency {
    private static final List<Integer> HOURS = List.of(1, 2, 3, 4, 6, 8, 12);

    @Override
    public List<String> faults() {
      List<String> faults = new ArrayList<>();
      if (!HOURS.contains(every)) {
        faults.add("field every is %d, but must be 1, 2, 3, 4, 6, 8 or 12 hours".formatted(every));
      }
      LocalClock.fault("from", from).ifPresent(faults::add);
      return List.copyOf(faults);
    }

    @Override
    public String cron() {
      Faultless.check(this);
      String hours =
          every == 1
              ? "*"
              : IntStream.iterate(LocalClock.hour(from) % every, hour -> hour < 24, h -> h + every)
                  .mapToObj(Integer::toString)
                  .collect(Collectors.joining(","));
      return LocalClock.minute(from) + " " + hours + " * * *";
    }
  }

  /**
   * Once a day.
   *
   * @param at local time, {@code HH:mm}
   */
  record Daily(String at) implements Frequency {
    @Override
    public List<String> faults() {
      return LocalClock.fault("at", at).map(List::of).orElse(List.of());
    }

    @Override
    public String cron() {
      Faultless.check(this);
      return LocalClock.minute(at) + " " + LocalClock.hour(at) + " * * *";
    }
  }

  /**
   * On some days of the week.
   *
   * @param days English names such as {@code Monday}, in any case, each once; at least one
   * @param at local time, {@code HH:mm}
   */
  record Weekly(List<String> days, String at) implements Frequency {
    /** As cron counts them. */
    private static final List<String> NAMES =
        List.of("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday");

    public Weekly {
      days = List.copyOf(days);
    }

    @Override
    public List<String> faults() {
      List<String> faults = new ArrayList<>();
      if (days.isEmpty()) {
        faults.add("field days is empty, but must name at least one day, such as \"Saturday\"");
      }
      Set<Integer> seen = new HashSet<>();
      for (String day : days) {
        if (number(day) < 0) {
          faults.add(
              "field days has \"%s\", but must have names of days, Monday to Sunday"
                  .formatted(day));
        } else if (!seen.add(number(day))) {
          faults.add("field days has \"%s\" twice, but must have each day once".formatted(day));
        }
      }
      LocalClock.fault("at", at).ifPresent(faults::add);
      return List.copyOf(faults);
    }

    @Override
    public String cron() {
      Faultless.check(this);
      String numbers =
          days.stream().map(Weekly::number).collect(Collectors.toCollection(TreeSet::new)).stream()
              .map(number -> Integer.toString(number))
              .collect(Collectors.joining(","));
      return LocalClock.minute(at) + " " + LocalClock.hour(at) + " * * " + numbers;
    }

    private static int number(String day) {
      return NAMES.indexOf(day.toLowerCase(Locale.ROOT));
    }
  }

  /** Refuses what has faults where a cron expression is asked of it. */
  final class Faultless {
    private Faultless() {}

    private static void check(Frequency frequency) {
      if (!frequency.faults().isEmpty()) {
        throw new IllegalArgumentException("%s: %s".formatted(frequency, frequency.faults()));
      }
    }
  }

  /** A local time as users write it. */
  final class LocalClock {
    private static final Pattern FORM = Pattern.compile("([01][0-9]|2[0-3]):[0-5][0-9]");

    private LocalClock() {}

    private static Optional<String> fault(String field, String text) {
      return text != null && FORM.matcher(text).matches()
          ? Optional.empty()
          : Optional.of(
              "field %s is %s, but must be a local time from \"00:00\" to \"23:59\""
                  .formatted(field, text == null ? "missing" : "\"" + text + "\""));
    }

    private static int hour(String text) {
      return Integer.parseInt(text.substring(0, 2));
    }

    private static int minute(String text) {
      return Integer.parseInt(text.substring(3));
    }
  }
}
