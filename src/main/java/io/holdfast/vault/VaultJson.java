package io.holdfast.vault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.holdfast.failure.Corrupt;
import java.io.IOException;

/**
 * The vault's JSON: UTF-8, times as ISO-8601 text. Fields that a reader does not know are passed
 * over, since a later build of the same format version may add some; what is missing or of another
 * type is refused, and so is anything behind the value.
 */
final class VaultJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private VaultJson() {}

  static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not JSON: " + value.getClass().getName(), e);
    }
  }

  /**
   * @throws Corrupt naming the object and the field that breaks a rule
   */
  static <T> T read(String name, byte[] json, Class<T> type) {
    try {
      T value = MAPPER.readValue(json, type);
      if (value == null) {
        throw new Corrupt(name + " is damaged: it holds null");
      }
      return value;
    } catch (IOException e) {
      throw damaged(name, e);
    }
  }

  static JsonNode readTree(String name, byte[] json) {
    try {
      return MAPPER.readTree(json);
    } catch (IOException e) {
      throw damaged(name, e);
    }
  }

  private static Corrupt damaged(String name, IOException e) {
    String why =
        e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
    return new Corrupt("%s is damaged: %s".formatted(name, why), e);
  }
}
