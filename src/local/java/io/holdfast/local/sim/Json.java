package io.holdfast.local.sim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;

/** JSON trees: resources are kept as ARM wrote them, so that unknown properties survive. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static ArrayNode array() {
    return MAPPER.createArrayNode();
  }

  static JsonNode parse(byte[] bytes) throws IOException {
    return MAPPER.readTree(bytes);
  }

  static byte[] bytes(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree did not serialise", e);
    }
  }

  /** The text at a JSON pointer, or an empty string where there is none. */
  static String text(JsonNode node, String pointer) {
    return node.at(pointer).asText("");
  }

  static ObjectNode copy(JsonNode node) {
    return node instanceof ObjectNode object ? object.deepCopy() : object();
  }

  /** The object below {@code name}, made when it is missing. */
  static ObjectNode child(ObjectNode node, String name) {
    return node.get(name) instanceof ObjectNode object ? object : node.putObject(name);
  }

  /** Lays {@code patch} over {@code target} as RFC 7396 does: objects merge, null removes. */
  static void merge(ObjectNode target, JsonNode patch) {
    for (Iterator<Map.Entry<String, JsonNode>> it = patch.fields(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      JsonNode value = field.getValue();
      if (value.isNull()) {
        target.remove(field.getKey());
      } else if (value.isObject() && target.get(field.getKey()) instanceof ObjectNode inner) {
        merge(inner, value);
      } else {
        target.set(field.getKey(), value.deepCopy());
      }
    }
  }
}
