package io.holdfast.azure;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What an identity may do at a scope, as Permissions_ListForResource lists it: an action is granted
 * when an entry's actions match it and that entry's notActions do not. Pure.
 */
final class Permissions {
  private final List<JsonNode> entries;

  Permissions(List<JsonNode> entries) {
    this.entries = List.copyOf(entries);
  }

  boolean grant(String action) {
    return entries.stream()
        .anyMatch(
            entry -> any(entry.path("actions"), action) && !any(entry.path("notActions"), action));
  }

  private static boolean any(JsonNode patterns, String action) {
    for (JsonNode pattern : patterns) {
      if (matches(pattern.asText(), action)) {
        return true;
      }
    }
    return false;
  }

  /** {@code *} stands for any text; case does not count. */
  private static boolean matches(String pattern, String action) {
    StringBuilder regex = new StringBuilder();
    for (String part : pattern.toLowerCase(Locale.ROOT).split("\\*", -1)) {
      regex.append(regex.isEmpty() && !pattern.startsWith("*") ? "" : ".*");
      regex.append(Pattern.quote(part));
    }
    return action.toLowerCase(Locale.ROOT).matches(regex.toString());
  }
}
