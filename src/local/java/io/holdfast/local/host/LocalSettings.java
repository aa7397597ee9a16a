package io.holdfast.local.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** local.settings.json: the app's settings on a developer's machine. */
public final class LocalSettings {
  private LocalSettings() {}

  /**
   * {@code Values}, in the file's order; empty where the file is missing.
   *
   * @throws HostFailure where it is no JSON
   */
  public static Map<String, String> read(Path file) {
    Map<String, String> values = new LinkedHashMap<>();
    if (Files.isRegularFile(file)) {
      json(file)
          .path("Values")
          .fields()
          .forEachRemaining(field -> values.put(field.getKey(), field.getValue().asText()));
    }
    return values;
  }

  static JsonNode json(Path file) {
    try {
      return Json.MAPPER.readTree(Files.readString(file));
    } catch (IOException e) {
      throw HostFailure.configuration("%s is not readable JSON: %s".formatted(file, e), e);
    }
  }
}
