package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One request.
 *
 * @param path decoded, without the query
 * @param operation the operation id of its route in Azure's specification
 * @param base scheme and authority as the client wrote them, for the URLs in answers
 * @param header looks a header up; null when it is missing
 * @param vars what the route's placeholders matched
 * @param fault what fault injection wants of the handler
 */
record Call(
    String method,
    String path,
    String operation,
    String base,
    Map<String, List<String>> query,
    Function<String, String> header,
    byte[] body,
    Map<String, String> vars,
    Faults.Verdict fault) {

  String var(String name) {
    return vars.get(name);
  }

  /** The first value of a query parameter, its name compared without regard to case. */
  Optional<String> query(String name) {
    return query.entrySet().stream()
        .filter(entry -> entry.getKey().equalsIgnoreCase(name))
        .map(entry -> entry.getValue().get(0))
        .findFirst();
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(header.apply(name));
  }

  boolean expands(String what) {
    return query("$expand").filter(what::equalsIgnoreCase).isPresent();
  }

  /** The id of the resource in the path; what follows the resource (an action) is left out. */
  ArmId id(String typesAndNames) {
    return ArmId.of(var("sub"), var("rg"), typesAndNames);
  }

  ObjectNode json() {
    try {
      JsonNode tree = Json.parse(body);
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException e) {
      throw new Refusal(
          400, "InvalidRequestContent", "The request content is not valid JSON: " + e.getMessage());
    }
    throw new Refusal(
        400, "InvalidRequestContent", "The request content was empty or not a JSON object.");
  }
}
