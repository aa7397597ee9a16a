package io.holdfast.local.host;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** .NET time spans, as host.json writes them: {@code [d.]hh:mm:ss[.fffffff]}. */
final class TimeSpans {
  private static final Pattern SPAN =
      Pattern.compile("(?:(\\d+)\\.)?(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(?:\\.(\\d{1,7}))?");

  private TimeSpans() {}

  /** The duration that the text states, or empty where it is no time span. */
  static Optional<Duration> parse(String text) {
    Matcher matcher = SPAN.matcher(text.trim());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long days = matcher.group(1) == null ? 0 : Long.parseLong(matcher.group(1));
    String fraction = matcher.group(5) == null ? "0" : matcher.group(5);
    long nanos = Long.parseLong((fraction + "000000000").substring(0, 9));
    return Optional.of(
        Duration.ofDays(days)
            .plusHours(Long.parseLong(matcher.group(2)))
            .plusMinutes(Long.parseLong(matcher.group(3)))
            .plusSeconds(Long.parseLong(matcher.group(4)))
            .plusNanos(nanos));
  }
}
