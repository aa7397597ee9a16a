package io.holdfast.local.host;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Optional;

/**
 * What survives of a timer when the host ends, so that a missed occurrence runs once at the next
 * start. The real host keeps it in a blob of its own storage, this one in a file.
 *
 * @param last the occurrence that ran last, or null before the first
 * @param next the one that is due then
 * @param updated when this was written
 */
record TimerStatus(Instant last, Instant next, Instant updated) {
  /** .NET's DateTime.MinValue: what the real host reports before the first run. */
  private static final String NEVER = "0001-01-01T00:00:00";

  static Optional<TimerStatus> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode json = Json.tree(Files.readString(file));
    String last = json.path("Last").asText(NEVER);
    return Optional.of(
        new TimerStatus(
            last.equals(NEVER) ? null : Instant.parse(last),
            Instant.parse(json.path("Next").asText()),
            Instant.parse(json.path("LastUpdated").asText())));
  }

  void write(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(fresh, json().toString());
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  ObjectNode json() {
    return Json.MAPPER
        .createObjectNode()
        .put("Last", last == null ? NEVER : last.toString())
        .put("Next", next.toString())
        .put("LastUpdated", updated.toString());
  }
}
