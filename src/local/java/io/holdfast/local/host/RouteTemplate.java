package io.holdfast.local.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A route as ASP.NET Core routing understands it: literals (any case), {@code {id}}, {@code {id?}},
 * {@code {id=default}}, {@code {x:constraint}}, {@code {*rest}}, and text around parameters in one
 * segment such as {@code {id}:cancel}.
 */
final class RouteTemplate {
  private final String text;
  private final List<RouteSegment> parts = new ArrayList<>();

  /** Reads the template, or throws {@link IllegalArgumentException} with what is wrong. */
  RouteTemplate(String text) {
    this.text = text;
    for (String segment : split(text)) {
      if (takesRest()) {
        throw new IllegalArgumentException("a catch-all must be the last segment of " + text);
      }
      parts.add(RouteSegment.parse(segment, text));
    }
  }

  /** The segments of a path; a slash at either end and empty segments do not count. */
  static List<String> split(String path) {
    List<String> segments = new ArrayList<>();
    for (String segment : path.split("/", -1)) {
      if (!segment.isEmpty()) {
        segments.add(segment);
      }
    }
    return segments;
  }

  /**
   * The parameters' values where the path matches.
   *
   * @param segments of the path, decoded by {@link #decode}
   */
  Optional<Map<String, String>> match(List<String> segments) {
    if (segments.size() > parts.size() && !takesRest()) {
      return Optional.empty();
    }
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      RouteSegment part = parts.get(i);
      List<String> left = segments.subList(Math.min(i, segments.size()), segments.size());
      boolean matches =
          left.isEmpty()
              ? part.matchNothing(values)
              : part.match(part.isRest() ? String.join("/", left) : left.get(0), values);
      if (!matches) {
        return Optional.empty();
      }
    }
    return Optional.of(values);
  }

  /**
   * Negative where this one is asked first: the better rank in the first segment that differs, as
   * ASP.NET's RoutePrecedence.
   */
  int precedes(RouteTemplate other) {
    for (int i = 0; i < Math.min(parts.size(), other.parts.size()); i++) {
      int order = parts.get(i).rank().compareTo(other.parts.get(i).rank());
      if (order != 0) {
        return order;
      }
    }
    int order = Integer.compare(parts.size(), other.parts.size());
    return order != 0 ? order : text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }

  private boolean takesRest() {
    return !parts.isEmpty() && parts.get(parts.size() - 1).isRest();
  }

  private static final Pattern ENCODED_SLASH = Pattern.compile("%2[fF]");

  /** Percent-decodes a segment, but leaves an encoded slash as it is, as ASP.NET Core does. */
  static String decode(String segment) {
    if (segment.indexOf('%') < 0) {
      return segment;
    }
    // URLDecoder would also turn a plus into a blank, which in a path is itself.
    String safe = ENCODED_SLASH.matcher(segment.replace("+", "%2B")).replaceAll("%252F");
    try {
      return java.net.URLDecoder.decode(safe, java.nio.charset.StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      return segment;
    }
  }
}
