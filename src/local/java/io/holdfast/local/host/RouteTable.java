package io.holdfast.local.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The HTTP functions by route and method. */
final class RouteTable {
  private record Route(RouteTemplate template, List<String> methods, LoadedFunction function) {}

  /** The function to call, with the values of its route's parameters. */
  record Match(LoadedFunction function, Map<String, String> values) {}

  private final List<Route> routes = new ArrayList<>();

  /** Adds an HTTP function; its route is its name where function.json has none. */
  void add(LoadedFunction function) {
    BindingSpec trigger = function.spec().trigger();
    List<String> methods =
        trigger.texts("methods").stream().map(m -> m.toUpperCase(Locale.ROOT)).toList();
    try {
      routes.add(
          new Route(new RouteTemplate(trigger.text("route", function.name())), methods, function));
    } catch (IllegalArgumentException e) {
      throw HostFailure.configuration("Function " + function.name() + ": " + e.getMessage(), e);
    }
    routes.sort((one, other) -> one.template().precedes(other.template()));
  }

  /**
   * The function for a method and a path below the route prefix. Empty also where only the method
   * is another one: the real host answers 404 then (azure-functions-host issue 10098).
   */
  Optional<Match> find(String method, List<String> segments) {
    for (Route route : routes) {
      if (route.methods().isEmpty() || route.methods().contains(method)) {
        Optional<Map<String, String>> values = route.template().match(segments);
        if (values.isPresent()) {
          return Optional.of(new Match(route.function(), values.get()));
        }
      }
    }
    return Optional.empty();
  }
}
