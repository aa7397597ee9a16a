package io.holdfast.local.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** One binding of a function.json: an input, the trigger among them, or an output. */
record BindingSpec(JsonNode json) {
  String type() {
    return text("type", "");
  }

  String name() {
    return text("name", "");
  }

  boolean isTrigger() {
    return type().toLowerCase(java.util.Locale.ROOT).endsWith("trigger");
  }

  boolean isOutput() {
    return "out".equalsIgnoreCase(text("direction", ""));
  }

  String text(String field, String absent) {
    JsonNode value = json.get(field);
    return value == null || value.isNull() ? absent : value.asText();
  }

  List<String> texts(String field) {
    List<String> values = new ArrayList<>();
    for (JsonNode value : json.path(field)) {
      values.add(value.asText());
    }
    return values;
  }
}
