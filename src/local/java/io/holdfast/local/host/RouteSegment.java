package io.holdfast.local.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One segment of a route template: a literal, a parameter, text around parameters, or the rest. */
final class RouteSegment {
  /** The order in which segments of different templates are asked; the first wins. */
  enum Rank {
    LITERAL,
    MIXED,
    CONSTRAINED,
    PARAMETER,
    REST
  }

  private record Parameter(String name, List<Pattern> constraints) {}

  // Asterisks, name, constraints (with braces only inside parentheses), default, question mark.
  private static final Pattern PARAMETER =
      Pattern.compile("\\{(\\*{0,2})(\\w+)((?::\\w+(?:\\([^)]*\\))?)*)(?:=([^{}?]*))?(\\?)?\\}");
  private static final Pattern CONSTRAINT = Pattern.compile(":(\\w+(?:\\([^)]*\\))?)");

  private final Pattern pattern;
  private final List<Parameter> parameters;
  private final Rank rank;
  private final boolean optional;
  private final String absent;

  private RouteSegment(
      Pattern pattern, List<Parameter> parameters, Rank rank, boolean optional, String absent) {
    this.pattern = pattern;
    this.parameters = parameters;
    this.rank = rank;
    this.optional = optional;
    this.absent = absent;
  }

  static RouteSegment parse(String segment, String route) {
    Matcher matcher = PARAMETER.matcher(segment);
    StringBuilder regex = new StringBuilder();
    List<Parameter> parameters = new ArrayList<>();
    int end = 0;
    boolean rest = false;
    boolean optional = false;
    String absent = null;
    while (matcher.find()) {
      regex.append(literal(segment.substring(end, matcher.start()), route)).append("(.+)");
      end = matcher.end();
      rest |= !matcher.group(1).isEmpty();
      absent = matcher.group(4);
      optional |= matcher.group(5) != null || absent != null;
      parameters.add(new Parameter(matcher.group(2), constraints(matcher.group(3), route)));
    }
    regex.append(literal(segment.substring(end), route));
    boolean alone = parameters.size() == 1 && regex.toString().equals("(.+)");
    if (!alone && (rest || optional)) {
      throw new IllegalArgumentException(
          "in '%s' only a whole segment may be optional or take the rest: %s"
              .formatted(route, segment));
    }
    return new RouteSegment(
        Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE | Pattern.DOTALL),
        List.copyOf(parameters),
        rank(parameters, alone, rest),
        optional || rest,
        absent);
  }

  private static Rank rank(List<Parameter> parameters, boolean alone, boolean rest) {
    if (parameters.isEmpty()) {
      return Rank.LITERAL;
    }
    if (rest) {
      return Rank.REST;
    }
    if (!alone) {
      return Rank.MIXED;
    }
    return parameters.get(0).constraints().isEmpty() ? Rank.PARAMETER : Rank.CONSTRAINED;
  }

  Rank rank() {
    return rank;
  }

  boolean isRest() {
    return rank == Rank.REST;
  }

  /** Whether the segment may be missing; adds its default value. */
  boolean matchNothing(Map<String, String> values) {
    if (absent != null) {
      values.put(parameters.get(0).name(), absent);
    }
    return optional;
  }

  /** Whether the text matches; adds the parameters' values. */
  boolean match(String text, Map<String, String> values) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      return false;
    }
    for (int i = 0; i < parameters.size(); i++) {
      String value = matcher.group(i + 1);
      for (Pattern constraint : parameters.get(i).constraints()) {
        if (!constraint.matcher(value).matches()) {
          return false;
        }
      }
      values.put(parameters.get(i).name(), value);
    }
    return true;
  }

  private static List<Pattern> constraints(String text, String route) {
    List<Pattern> patterns = new ArrayList<>();
    Matcher matcher = CONSTRAINT.matcher(text);
    while (matcher.find()) {
      patterns.add(constraint(matcher.group(1), route));
    }
    return List.copyOf(patterns);
  }

  /** The inline constraints that a pattern can say; a route with others is refused. */
  private static Pattern constraint(String constraint, String route) {
    int open = constraint.indexOf('(');
    String name = open < 0 ? constraint : constraint.substring(0, open);
    String argument = open < 0 ? "" : constraint.substring(open + 1, constraint.length() - 1);
    String regex =
        switch (name) {
          case "alpha" -> "[a-z]+";
          case "int" -> "-?\\d{1,10}";
          case "long" -> "-?\\d{1,19}";
          case "bool" -> "true|false";
          case "guid" -> "[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}";
          case "required" -> ".+";
          case "minlength" -> ".{" + argument + ",}";
          case "maxlength" -> ".{0," + argument + "}";
          case "length" -> ".{" + argument + "}";
          case "regex" -> ".*?(?:" + argument + ").*?";
          default ->
              throw new IllegalArgumentException(
                  "route '%s' has the constraint '%s', which the dev host does not know"
                      .formatted(route, constraint));
        };
    return Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
  }

  private static String literal(String plain, String route) {
    if (plain.indexOf('{') >= 0 || plain.indexOf('}') >= 0) {
      throw new IllegalArgumentException(
          "route '%s' has a parameter that the dev host cannot read: %s".formatted(route, plain));
    }
    return plain.isEmpty() ? "" : Pattern.quote(plain);
  }
}
