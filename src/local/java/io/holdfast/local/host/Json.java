package io.holdfast.local.host;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.temporal.Temporal;

/** JSON, and the worker's conversions between what a trigger delivers and a parameter's type. */
final class Json {
  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();

  private Json() {}

  /**
   * Text as a parameter's type: itself, its UTF-8 bytes, a number, a truth value, a time, or the
   * object that the JSON says. {@link IllegalArgumentException} where the text does not fit.
   */
  static Object convert(String text, Type type) {
    JavaType target = MAPPER.constructType(type);
    Class<?> raw = target.getRawClass();
    if (raw.isAssignableFrom(String.class)) {
      return text;
    }
    if (raw == byte[].class) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      boolean scalar =
          raw.isPrimitive()
              || Number.class.isAssignableFrom(raw)
              || raw == Boolean.class
              || raw.isEnum()
              || Temporal.class.isAssignableFrom(raw);
      return scalar ? MAPPER.convertValue(text, target) : MAPPER.readValue(text, target);
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the text of %d characters is no %s: %s"
              .formatted(text.length(), type.getTypeName(), e.getMessage()),
          e);
    }
  }

  /** What the worker writes for an output value: strings and bytes as they are, else JSON. */
  static byte[] bytes(Object value) {
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "a value of %s cannot be written as JSON".formatted(value.getClass().getName()), e);
    }
  }

  static JsonNode tree(String text) throws JsonProcessingException {
    return MAPPER.readTree(text);
  }
}
