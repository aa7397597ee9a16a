package io.holdfast.contract.spec;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Azure's published specifications of the operations that a backup uses ({@code specs/SOURCES.md}
 * says where they are from), with their definitions as JSON schemas: strict about unknown
 * properties, and about read-only ones in requests.
 */
public final class Specification {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> FILES =
      List.of("compute", "disk", "network", "resources", "locks", "permissions");

  /** Keywords of JSON schema; the rest is documentation or Azure's own. */
  private static final Set<String> KEYWORDS =
      Set.of(
          "type",
          "properties",
          "items",
          "enum",
          "$ref",
          "additionalProperties",
          "required",
          "minimum",
          "maximum",
          "not");

  private static final class Shared {
    static final Specification VALUE = new Specification();
  }

  /**
   * One operation.
   *
   * @param file of the specification
   * @param version of the API
   * @param id such as {@code RestorePoints_Create}
   * @param query names of its query parameters, and whether each must be there
   * @param body name of the definition of its request's body; null when it has none
   * @param answers names of the definitions of its answers by status; empty text: no body
   * @param error name of the definition of every other answer
   * @param longRunning whether it may go on after its answer
   */
  public record Operation(
      String file,
      String version,
      String id,
      Map<String, Boolean> query,
      String body,
      Map<Integer, String> answers,
      String error,
      boolean longRunning) {}

  private record Route(String method, Pattern path, Operation operation) {}

  private final List<Route> routes = new ArrayList<>();
  private final Map<String, ObjectNode> definitions = new HashMap<>();
  private final Map<String, JsonSchema> schemas = new HashMap<>();

  private Specification() {
    FILES.forEach(this::load);
  }

  public static Specification get() {
    return Shared.VALUE;
  }

  /** A file below {@code specs}. */
  public static JsonNode read(String file) {
    try (InputStream in = Specification.class.getResourceAsStream("/specs/" + file)) {
      return JSON.readTree(Objects.requireNonNull(in, file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void load(String file) {
    JsonNode spec = read(file + ".json");
    spec.path("definitions")
        .fields()
        .forEachRemaining(
            each -> definitions.put(file + "/" + each.getKey(), (ObjectNode) each.getValue()));
    spec.path("paths")
        .fields()
        .forEachRemaining(
            path ->
                path.getValue()
                    .fields()
                    .forEachRemaining(
                        verb ->
                            routes.add(
                                new Route(
                                    verb.getKey().toUpperCase(java.util.Locale.ROOT),
                                    pattern(path.getKey()),
                                    operation(file, spec, verb.getValue())))));
  }

  private static Pattern pattern(String template) {
    StringBuilder regex = new StringBuilder();
    for (String part : template.substring(1).split("/", -1)) {
      if (part.equals("{parentResourcePath}")) {
        // Types and names of the resources above, if any: it takes slashes as they are.
        regex.append("(?:/[^/]+/[^/]+)*");
      } else {
        regex.append('/').append(part.startsWith("{") ? "[^/]+" : Pattern.quote(part));
      }
    }
    return Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE);
  }

  private static Operation operation(String file, JsonNode spec, JsonNode verb) {
    Map<String, Boolean> query = new LinkedHashMap<>();
    String body = null;
    for (JsonNode given : verb.path("parameters")) {
      JsonNode parameter =
          given.has("$ref") ? spec.at(given.get("$ref").asText().substring(1)) : given;
      if (parameter.path("in").asText().equals("query")) {
        query.put(parameter.path("name").asText(), parameter.path("required").asBoolean());
      }
      if (parameter.path("in").asText().equals("body")) {
        body = name(parameter.at("/schema/$ref").asText());
      }
    }
    Map<Integer, String> answers = new LinkedHashMap<>();
    String[] error = {""};
    verb.path("responses")
        .fields()
        .forEachRemaining(
            answer -> {
              String definition = name(answer.getValue().at("/schema/$ref").asText());
              if (answer.getKey().equals("default")) {
                error[0] = definition;
              } else {
                answers.put(Integer.parseInt(answer.getKey()), definition);
              }
            });
    return new Operation(
        file,
        spec.at("/info/version").asText(),
        verb.path("operationId").asText(),
        query,
        body,
        answers,
        error[0],
        verb.path("x-ms-long-running-operation").asBoolean());
  }

  private static String name(String ref) {
    return ref.substring(ref.lastIndexOf('/') + 1);
  }

  /** The operation of a request; a path that is spelt out wins over one with a placeholder. */
  public Optional<Operation> find(String method, String path) {
    return routes.stream()
        .filter(route -> route.method().equals(method) && route.path().matcher(path).matches())
        .max(
            java.util.Comparator.comparingInt(
                route -> route.path().pattern().replace("[^/]+", "").length()))
        .map(Route::operation);
  }

  /** All operations. */
  public List<Operation> operations() {
    return routes.stream().map(Route::operation).toList();
  }

  /** What of a body its definition does not allow. */
  public List<String> faults(String file, String definition, boolean request, JsonNode body) {
    JsonSchema schema =
        schemas.computeIfAbsent(
            file + "/" + definition + "/" + request, key -> schema(file, definition, request));
    return schema.validate(body).stream().map(Object::toString).sorted().toList();
  }

  private JsonSchema schema(String file, String definition, boolean request) {
    ObjectNode root = JSON.createObjectNode().put("$ref", "#/definitions/" + definition);
    ObjectNode all = root.putObject("definitions");
    definitions.forEach(
        (key, value) -> {
          if (key.startsWith(file + "/")) {
            all.set(key.substring(file.length() + 1), flat(file, value, request));
          }
        });
    return JsonSchemaFactory.getInstance(VersionFlag.V4).getSchema(root);
  }

  /** A definition with all that it inherits, and nothing that JSON schema does not know. */
  private ObjectNode flat(String file, ObjectNode definition, boolean request) {
    ObjectNode merged = JSON.createObjectNode();
    ObjectNode properties = JSON.createObjectNode();
    Set<String> required = new LinkedHashSet<>();
    collect(file, definition, properties, required);
    if (definition.has("enum")) {
      merged.set("enum", definition.get("enum"));
    }
    if (definition.has("type")) {
      merged.set("type", definition.get("type"));
    }
    if (!properties.isEmpty()) {
      ObjectNode cleaned = merged.putObject("properties");
      properties
          .fields()
          .forEachRemaining(
              each -> {
                boolean readOnly = each.getValue().path("readOnly").asBoolean();
                if (request && readOnly) {
                  required.remove(each.getKey());
                  cleaned.putObject(each.getKey()).putObject("not");
                } else {
                  cleaned.set(each.getKey(), clean(file, each.getValue(), request));
                }
              });
      if (!definition.has("additionalProperties")) {
        merged.put("additionalProperties", false);
      }
    }
    if (definition.has("additionalProperties")) {
      merged.set(
          "additionalProperties", clean(file, definition.get("additionalProperties"), request));
    }
    if (!required.isEmpty()) {
      ArrayNode names = merged.putArray("required");
      required.forEach(names::add);
    }
    return merged;
  }

  private void collect(
      String file, ObjectNode definition, ObjectNode properties, Set<String> required) {
    for (JsonNode base : definition.path("allOf")) {
      collect(
          file,
          definitions.get(file + "/" + name(base.path("$ref").asText())),
          properties,
          required);
    }
    if (definition.get("properties") instanceof ObjectNode own) {
      properties.setAll(own);
    }
    definition.path("required").forEach(each -> required.add(each.asText()));
  }

  private JsonNode clean(String file, JsonNode schema, boolean request) {
    if (!(schema instanceof ObjectNode object)) {
      return schema;
    }
    if (object.has("$ref")) {
      return JSON.createObjectNode().put("$ref", object.get("$ref").asText());
    }
    if (object.has("properties") || object.has("allOf")) {
      return flat(file, object, request);
    }
    ObjectNode cleaned = JSON.createObjectNode();
    object
        .fields()
        .forEachRemaining(
            each -> {
              if (KEYWORDS.contains(each.getKey())) {
                cleaned.set(each.getKey(), clean(file, each.getValue(), request));
              }
            });
    return cleaned;
  }
}
