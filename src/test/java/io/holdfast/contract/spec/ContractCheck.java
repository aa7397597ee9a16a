package io.holdfast.contract.spec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.contract.spec.Specification.Operation;
import io.holdfast.local.sim.ComputeSimulator.Exchange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Holds each exchange of a client and the simulator against Azure's specifications: operation,
 * version, parameters, status, both bodies, and the headers of what goes on after its answer.
 */
public final class ContractCheck implements Consumer<Exchange> {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is known to differ, with the reason; found in the text of a violation. */
  static final Map<String, String> DEVIATIONS =
      new TreeMap<>(
          Map.of(
              "Disks_CreateOrUpdate request $.properties.diskSizeBytes",
              "the simulator's extension, so that tests have small disks",
              "Disks_Update request $.properties: property 'diskSizeBytes'",
              "the same",
              "VirtualMachines_CreateOrUpdate request $.properties.hardwareProfile.vmSize",
              "sizes are an open list; the specification has old ones"));

  /** Looks at operations and results, which no specification lists. */
  private static final String OPERATIONS = "/locations/";

  private final List<String> violations = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> seen = Collections.synchronizedSet(new TreeSet<>());

  @Override
  public void accept(Exchange exchange) {
    if (!exchange.path().startsWith("/subscriptions/")
        || exchange.path().contains(OPERATIONS)
        || exchange.status() == 0) {
      return;
    }
    for (String violation : of(exchange)) {
      if (DEVIATIONS.keySet().stream().noneMatch(violation::startsWith)) {
        violations.add(violation);
      }
    }
  }

  /** What was wrong so far. */
  public List<String> violations() {
    return List.copyOf(violations);
  }

  /** Operations that were seen. */
  public Set<String> seen() {
    return Set.copyOf(seen);
  }

  /** Everything about an exchange that Azure's specification does not allow. */
  List<String> of(Exchange exchange) {
    Optional<Operation> found = Specification.get().find(exchange.method(), exchange.path());
    if (found.isEmpty()) {
      return List.of("no specification has %s %s".formatted(exchange.method(), exchange.path()));
    }
    Operation operation = found.get();
    seen.add(operation.id());
    List<String> faults = new ArrayList<>();
    query(operation, exchange.query(), faults);
    boolean accepted = exchange.status() / 100 == 2;
    if (accepted) {
      // What is refused may be wrong: that is why.
      request(operation, exchange.requestBody(), faults);
    }
    answer(operation, exchange, accepted, faults);
    return faults.stream().map(fault -> operation.id() + " " + fault).toList();
  }

  private static void query(Operation operation, String query, List<String> faults) {
    Map<String, String> given = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        given.put(
            java.net.URLDecoder.decode(
                pair.substring(0, equals), java.nio.charset.StandardCharsets.UTF_8),
            pair.substring(equals + 1));
      }
    }
    operation
        .query()
        .forEach(
            (name, required) -> {
              if (required && !given.containsKey(name)) {
                faults.add("query has no " + name);
              }
            });
    for (String name : given.keySet()) {
      boolean known = operation.query().keySet().stream().anyMatch(name::equalsIgnoreCase);
      boolean paging = name.equals("$skiptoken") || name.equals("$skipToken");
      if (!known && !paging) {
        faults.add("query has %s, which the specification does not know".formatted(name));
      }
    }
    String version = given.get("api-version");
    if (version != null && !version.equals(operation.version())) {
      faults.add(
          "query has api-version %s, the specification is of %s"
              .formatted(version, operation.version()));
    }
  }

  private static void request(Operation operation, String text, List<String> faults) {
    if (operation.body() == null) {
      if (!text.isBlank() && !text.equals("{}")) {
        faults.add("request has a body, the specification none");
      }
      return;
    }
    if (text.isBlank()) {
      faults.add("request has no body");
      return;
    }
    for (String fault :
        Specification.get().faults(operation.file(), operation.body(), true, parse(text))) {
      faults.add("request " + fault);
    }
  }

  private static void answer(
      Operation operation, Exchange exchange, boolean accepted, List<String> faults) {
    String definition = accepted ? operation.answers().get(exchange.status()) : operation.error();
    if (definition == null) {
      faults.add("answer has status %d, the specification not".formatted(exchange.status()));
      return;
    }
    String text = exchange.responseBody();
    if (!accepted) {
      JsonNode error = parse(text).path("error");
      if (!error.path("code").isTextual() || !error.path("message").isTextual()) {
        faults.add("answer has no error with code and message: " + text);
      }
      return;
    }
    if (!definition.isEmpty() && !text.isBlank()) {
      for (String fault :
          Specification.get().faults(operation.file(), definition, false, parse(text))) {
        faults.add("answer " + fault);
      }
    }
    if (!definition.isEmpty() && text.isBlank()) {
      // Azure answers 202 of a grant without a body, though the specification shows one.
      if (exchange.status() != 202) {
        faults.add("answer %d has no body".formatted(exchange.status()));
      }
    }
    // A PUT that finds its resource answers as the first one did, but starts nothing.
    boolean goesOn = operation.longRunning() && exchange.status() == 202;
    if (goesOn
        && header(exchange, "Location") == null
        && header(exchange, "Azure-AsyncOperation") == null) {
      faults.add("answer 202 has neither Location nor Azure-AsyncOperation");
    }
  }

  private static String header(Exchange exchange, String name) {
    return exchange.responseHeaders().entrySet().stream()
        .filter(
            each -> each.getKey().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text.isBlank() ? "{}" : text);
    } catch (JsonProcessingException e) {
      throw new AssertionError("no JSON: " + text, e);
    }
  }
}
