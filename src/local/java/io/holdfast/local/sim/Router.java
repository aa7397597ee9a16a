package io.holdfast.local.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * From method and path to an operation. Literal segments match without regard to case, as in ARM.
 */
final class Router {
  static final String SUBSCRIPTION = "/subscriptions/{sub}/providers/Microsoft.Compute";
  static final String GROUP =
      "/subscriptions/{sub}/resourceGroups/{rg}/providers/Microsoft.Compute";

  /** What answers an operation. */
  interface Handler {
    Reply handle(Call call);
  }

  /**
   * A route that fits a request.
   *
   * @param operation the operation id of Azure's specification
   * @param locked whether the handler runs under the state's lock
   */
  record Match(String operation, boolean locked, Handler handler, Map<String, String> vars) {}

  private record Route(
      String method, String[] segments, String operation, boolean locked, Handler handler) {}

  private final List<Route> routes = new ArrayList<>();

  /** Adds an operation that runs under the state's lock. */
  void on(String method, String template, String operation, Handler handler) {
    routes.add(new Route(method, template.split("/", -1), operation, true, handler));
  }

  /** Adds an operation that takes the lock itself where it needs it. */
  void onUnlocked(String method, String template, String operation, Handler handler) {
    routes.add(new Route(method, template.split("/", -1), operation, false, handler));
  }

  Optional<Match> find(String method, String path) {
    String[] segments = path.split("/", -1);
    for (Route route : routes) {
      if (route.method.equals(method)) {
        Map<String, String> vars = match(route.segments, segments);
        if (vars != null) {
          return Optional.of(new Match(route.operation, route.locked, route.handler, vars));
        }
      }
    }
    return Optional.empty();
  }

  private static Map<String, String> match(String[] template, String[] path) {
    if (template.length != path.length) {
      return null;
    }
    Map<String, String> vars = new HashMap<>();
    for (int i = 0; i < template.length; i++) {
      if (template[i].startsWith("{")) {
        if (path[i].isEmpty()) {
          return null;
        }
        vars.put(template[i].substring(1, template[i].length() - 1), path[i]);
      } else if (!template[i].equalsIgnoreCase(path[i])) {
        return null;
      }
    }
    return vars;
  }
}
