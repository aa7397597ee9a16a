package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Injected faults: a list of rules, kept in memory. The first rule that matches a request and is
 * not used up decides; {@code docs/simulator.md} describes the JSON.
 */
final class Faults {
  /** How the bytes of an access URL can be wrong. */
  private static final Set<String> BYTES = Set.of("short", "shortBody", "otherRange", "whole");

  /** How a list of page ranges can be wrong. */
  private static final Set<String> RANGES =
      Set.of("unordered", "overlapping", "misaligned", "pastEnd", "otherWindow", "cut");

  /** What a rule does; fields that a rule does not name are null, empty or zero. */
  record Verdict(
      int status,
      String code,
      String message,
      long retryAfterSeconds,
      Duration delay,
      boolean dropAnswer,
      boolean hang,
      long truncateAt,
      long stallAt,
      String bytes,
      String ranges,
      String achieved,
      Refusal failOperation) {
    static final Verdict NONE =
        new Verdict(0, "", "", 0, Duration.ZERO, false, false, -1, -1, "", "", "", null);

    Refusal refusal() {
      return new Refusal(status, code, message, Duration.ofSeconds(retryAfterSeconds));
    }
  }

  private static final class Rule {
    private final ObjectNode source;
    private final String method;
    private final Pattern path;
    private final String operation;
    private final Verdict verdict;
    private long skip;
    private long left;
    private long hits;

    /** Hits still to come for each path that was seen, or null when all paths count as one. */
    private final Map<String, Long> perPath;

    Rule(ObjectNode source) {
      this.source = source;
      onlyFields(source, "rule", Set.of("match", "times", "after", "perPath", "action"));
      JsonNode match = source.path("match");
      onlyFields(match, "match", Set.of("method", "pathPattern", "operation"));
      this.method = match.path("method").asText("");
      this.operation = match.path("operation").asText("");
      try {
        this.path = Pattern.compile(match.path("pathPattern").asText(""));
      } catch (PatternSyntaxException e) {
        throw Refusal.invalid("pathPattern", e.getDescription());
      }
      this.left = source.path("times").asLong(1);
      this.perPath = source.path("perPath").asBoolean(false) ? new HashMap<>() : null;
      this.skip = source.path("after").asLong(0);
      this.verdict = verdict(source.path("action"));
    }

    boolean fits(String requestMethod, String requestPath, String requestOperation) {
      return (perPath == null ? left : perPath.getOrDefault(requestPath, left)) > 0
          && (method.isEmpty() || method.equalsIgnoreCase(requestMethod))
          && (operation.isEmpty() || operation.equalsIgnoreCase(requestOperation))
          && path.matcher(requestPath).find();
    }
  }

  private List<Rule> rules = List.of();

  /** Replaces all rules; a rule that cannot be read refuses the whole list. */
  synchronized void replace(JsonNode list) {
    if (!list.isArray()) {
      throw Refusal.invalid("faults", "a JSON list of rules is expected");
    }
    List<Rule> read = new ArrayList<>();
    for (JsonNode rule : list) {
      if (!(rule instanceof ObjectNode object)) {
        throw Refusal.invalid("faults", "rule " + read.size() + " is not an object");
      }
      read.add(new Rule(object.deepCopy()));
    }
    rules = read;
  }

  synchronized void clear() {
    rules = List.of();
  }

  synchronized ArrayNode describe() {
    ArrayNode list = Json.array();
    for (Rule rule : rules) {
      list.add(
          rule.source
              .deepCopy()
              .put("remaining", rule.left)
              .put("toSkip", rule.skip)
              .put("hits", rule.hits));
    }
    return list;
  }

  /** Decides about one request and counts it. */
  synchronized Verdict judge(String method, String path, String operation) {
    for (Rule rule : rules) {
      if (rule.fits(method, path, operation)) {
        if (rule.skip > 0) {
          rule.skip--;
          continue;
        }
        if (rule.perPath == null) {
          rule.left--;
        } else {
          rule.perPath.merge(path, rule.left - 1, (before, first) -> before - 1);
        }
        rule.hits++;
        return rule.verdict;
      }
    }
    return Verdict.NONE;
  }

  private static Verdict verdict(JsonNode action) {
    onlyFields(
        action,
        "action",
        Set.of(
            "status",
            "code",
            "message",
            "retryAfter",
            "delay",
            "dropAnswer",
            "hang",
            "truncateAt",
            "stallAt",
            "bytes",
            "ranges",
            "achieved",
            "failOperation"));
    if (action.isEmpty()) {
      throw Refusal.invalid("action", "it is missing or empty");
    }
    JsonNode failure = action.path("failOperation");
    return new Verdict(
        action.path("status").asInt(0),
        action.path("code").asText("InjectedFault"),
        action.path("message").asText("Injected by _sim/faults."),
        action.path("retryAfter").asLong(0),
        duration(action.path("delay").asText("PT0S")),
        action.path("dropAnswer").asBoolean(false),
        action.path("hang").asBoolean(false),
        action.path("truncateAt").asLong(-1),
        action.path("stallAt").asLong(-1),
        oneOf(action, "bytes", BYTES),
        oneOf(action, "ranges", RANGES),
        action.path("achieved").asText(""),
        failure.isMissingNode()
            ? null
            : new Refusal(
                409,
                failure.path("code").asText("InternalExecutionError"),
                failure.path("message").asText("Injected by _sim/faults.")));
  }

  private static String oneOf(JsonNode action, String field, Set<String> known) {
    String text = action.path(field).asText("");
    if (!text.isEmpty() && !known.contains(text)) {
      throw Refusal.invalid(field, "'" + text + "' is not one of " + known);
    }
    return text;
  }

  private static Duration duration(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      throw Refusal.invalid("delay", "'" + text + "' is not an ISO 8601 duration such as PT2S");
    }
  }

  private static void onlyFields(JsonNode node, String what, Set<String> known) {
    node.fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                throw Refusal.invalid(what, "unknown field '" + name + "'; known are " + known);
              }
            });
  }
}
