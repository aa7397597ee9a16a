package io.holdfast.function;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.holdfast.failure.Invalid;
import io.holdfast.work.Task;
import java.util.Map;

/** Messages as JSON: {@code {"kind":"transfer","version":1,…}}. */
public final class TaskCodec {
  /** The version that this build writes, and the newest that it reads. */
  static final int VERSION = 1;

  private static final Map<String, Class<? extends Task>> KINDS =
      Map.of(
          "startBackup", Task.StartBackup.class,
          "awaitSnapshot", Task.AwaitSnapshot.class,
          "planDisk", Task.PlanDisk.class,
          "transfer", Task.Transfer.class,
          "finalize", Task.Finalize.class,
          "retain", Task.Retain.class);

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  private TaskCodec() {}

  public static String encode(Task task) {
    String kind =
        KINDS.entrySet().stream()
            .filter(entry -> entry.getValue() == task.getClass())
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no kind for " + task.getClass()));
    ObjectNode message = JSON.createObjectNode();
    message.put("kind", kind);
    message.put("version", VERSION);
    message.setAll((ObjectNode) JSON.valueToTree(task));
    return message.toString();
  }

  /**
   * Reads a message.
   *
   * @throws Invalid when it is none, of an unknown kind, or of a newer version
   */
  public static Task decode(String body) {
    try {
      JsonNode message = JSON.readTree(body);
      if (!(message instanceof ObjectNode fields)) {
        throw new Invalid("UnknownMessage", "the message is no JSON object");
      }
      Class<? extends Task> kind = KINDS.get(fields.path("kind").asText());
      if (kind == null) {
        throw new Invalid(
            "UnknownMessage",
            "the message is of kind \"%s\", which this build does not know"
                .formatted(fields.path("kind").asText()));
      }
      int version = fields.path("version").asInt();
      if (version < 1 || version > VERSION) {
        throw new Invalid(
            "UnknownMessage",
            "the message is of version %d; this build reads up to %d: update the app"
                .formatted(version, VERSION));
      }
      fields.remove("kind");
      fields.remove("version");
      return JSON.treeToValue(fields, kind);
    } catch (JsonProcessingException e) {
      throw new Invalid("UnknownMessage", "the message cannot be read: " + e.getOriginalMessage());
    }
  }
}
