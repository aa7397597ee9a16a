package io.holdfast.local.sim;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a request asks of Azure Resource Manager, in the words of role definitions.
 *
 * @param action as in {@code Microsoft.Compute/snapshots/write}
 * @param scope ARM id that the action is on; for a list the group or subscription
 */
record Asked(String action, String scope) {
  private static final Set<String> CHANGES = Set.of("PUT", "PATCH", "POST", "DELETE");

  static Asked of(String method, String path) {
    List<String> parts =
        Arrays.stream(path.split("/", -1)).filter(part -> !part.isEmpty()).toList();
    int at = -1;
    for (int i = 0; i < parts.size(); i++) {
      at = parts.get(i).equalsIgnoreCase("providers") ? i : at;
    }
    String verb = verb(method);
    if (at < 0 || at + 2 >= parts.size()) {
      String type = parts.size() > 2 ? "subscriptions/resourceGroups" : "subscriptions";
      return new Asked("Microsoft.Resources/" + type + "/" + verb, join(parts, parts.size() & ~1));
    }
    List<String> rest = parts.subList(at + 2, parts.size());
    StringBuilder action = new StringBuilder(parts.get(at + 1));
    for (int i = 0; i < rest.size(); i += 2) {
      action.append('/').append(rest.get(i));
    }
    boolean whole = rest.size() % 2 == 0;
    int end = whole ? parts.size() : rest.size() == 1 ? at : parts.size() - 1;
    return new Asked(action + "/" + verb, join(parts, end));
  }

  private static String verb(String method) {
    return switch (method) {
      case "PUT", "PATCH" -> "write";
      case "DELETE" -> "delete";
      case "POST" -> "action";
      default -> "read";
    };
  }

  private static String join(List<String> parts, int end) {
    return "/" + String.join("/", parts.subList(0, end));
  }

  static boolean isChange(String method) {
    return CHANGES.contains(method);
  }

  /** Whether {@code inner} is {@code outer} or lies below it; ids differ in case only at will. */
  static boolean within(String outer, String inner) {
    String high = outer.toLowerCase(Locale.ROOT);
    String low = inner.toLowerCase(Locale.ROOT);
    return high.equals("/") || low.equals(high) || low.startsWith(high + "/");
  }
}
