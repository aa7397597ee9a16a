package io.holdfast.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonMetaSchema;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.NonValidationKeyword;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** The published schemas of the files that the Functions host reads. */
final class Schemas {
  static final Schemas HOST =
      new Schemas("host.schema.json", JsonMetaSchema.getV7(), VersionFlag.V7);

  /**
   * It calls itself draft 4 but tells the SQL bindings apart by "const", which draft 6 brought.
   * Read as draft 4, every binding is an SQL binding as well, and nothing is valid.
   */
  static final Schemas FUNCTION =
      new Schemas("function.schema.json", JsonMetaSchema.getV6(), VersionFlag.V6);

  static final Schemas LOCAL_SETTINGS =
      new Schemas("local.settings.schema.json", JsonMetaSchema.getV4(), VersionFlag.V4);

  private static final ObjectMapper JSON = new ObjectMapper();

  private final JsonSchema schema;

  private Schemas(String file, JsonMetaSchema dialect, VersionFlag draft) {
    // Documentation that the dialects do not know.
    JsonMetaSchema lenient =
        JsonMetaSchema.builder(dialect)
            .keyword(new NonValidationKeyword("examples"))
            .keyword(new NonValidationKeyword("id"))
            .build();
    try (InputStream stream = Schemas.class.getResourceAsStream("/schemas/" + file)) {
      ObjectNode text =
          (ObjectNode) new ObjectMapper().readTree(Objects.requireNonNull(stream, file));
      text.remove("$schema");
      this.schema =
          JsonSchemaFactory.getInstance(draft, builder -> builder.metaSchema(lenient))
              .getSchema(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything about the document that the schema does not allow. */
  List<String> faults(JsonNode document) {
    return schema.validate(document).stream().map(ValidationMessage::getMessage).toList();
  }

  /**
   * A function file with the words of an HTTP trigger in lower case. The Maven plugin writes them
   * in upper case and the host reads either; the schema knows lower case only.
   */
  static ObjectNode asTheHostReads(ObjectNode function) {
    ObjectNode copy = function.deepCopy();
    for (JsonNode binding : copy.path("bindings")) {
      if (binding.has("authLevel")) {
        ((ObjectNode) binding).put("authLevel", lower(binding.path("authLevel")));
      }
      if (binding.path("methods") instanceof ArrayNode methods) {
        for (int at = 0; at < methods.size(); at++) {
          methods.set(at, lower(methods.get(at)));
        }
      }
    }
    return copy;
  }

  private static String lower(JsonNode word) {
    return word.asText().toLowerCase(Locale.ROOT);
  }

  /** Reads a JSON file. */
  static JsonNode read(Path file) {
    try {
      return JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
