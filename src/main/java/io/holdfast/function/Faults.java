package io.holdfast.function;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Invalid.Fault;
import io.holdfast.vault.LedgerEntry;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads a request's body and collects everything that is wrong with it, to say it all at once. */
final class Faults {
  private static final ObjectReader STRICT =
      Replies.JSON
          .reader()
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .with(com.fasterxml.jackson.core.JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private final List<Fault> faults = new ArrayList<>();

  /** One {@link Invalid} for all faults. */
  static Invalid asInvalid(List<Fault> faults) {
    String message =
        faults.size() == 1
            ? faults.get(0).message()
            : "the request has %d faults: %s"
                .formatted(
                    faults.size(),
                    faults.stream().map(Fault::message).collect(Collectors.joining("; ")));
    return new Invalid(
        faults.size() == 1 ? faults.get(0).code() : "InvalidRequest", message, faults);
  }

  void add(String code, String target, String message) {
    faults.add(new Fault(code, target, message));
  }

  void throwIfAny() {
    if (!faults.isEmpty()) {
      throw asInvalid(faults);
    }
  }

  /** The body as an object; a body that is none ends the reading at once. */
  static ObjectNode body(Optional<String> body) {
    try {
      JsonNode node = STRICT.readTree(body.orElse(""));
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw asInvalid(
          List.of(
              new Fault(
                  "InvalidBody",
                  "body",
                  "the body must be a JSON object, but is "
                      + (node == null || node.isMissingNode() ? "empty" : node.getNodeType()))));
    } catch (JsonProcessingException e) {
      throw asInvalid(
          List.of(
              new Fault(
                  "InvalidBody",
                  "body",
                  "the body is no JSON: %s (line %d, column %d)"
                      .formatted(
                          e.getOriginalMessage(),
                          e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                          e.getLocation() == null ? 0 : e.getLocation().getColumnNr()))));
    }
  }

  /** Notes the fields that nobody knows. */
  void onlyKnown(ObjectNode object, String path, Set<String> known) {
    for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        add(
            "UnknownField",
            path + name,
            "field %s%s is not known; known are %s".formatted(path, name, sorted(known)));
      }
    }
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().toList();
  }

  /** A field that must be there and hold text. */
  Optional<String> text(ObjectNode object, String path, String name) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      add("MissingField", path + name, "field %s%s is missing".formatted(path, name));
      return Optional.empty();
    }
    if (!node.isTextual()) {
      add(
          "InvalidField",
          path + name,
          "field %s%s is %s, but must be text".formatted(path, name, node));
      return Optional.empty();
    }
    return Optional.of(node.textValue());
  }

  /** A text that goes into the vault's ledger; empty, and a fault, when it cannot. */
  Optional<String> forLedger(String name, String text) {
    if (text.isBlank() || text.length() > LedgerEntry.WHY_CHARS_MAX) {
      add(
          "InvalidField",
          name,
          "field %s has %d characters, but must have 1 to %d: it goes into the vault's ledger"
              .formatted(name, text.strip().length(), LedgerEntry.WHY_CHARS_MAX));
      return Optional.empty();
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      add("InvalidField", name, "field %s has half of a character in it".formatted(name));
      return Optional.empty();
    }
    return Optional.of(text);
  }

  /** A field that may be there and must hold an instant to come then. */
  Optional<Instant> future(ObjectNode object, String name, Instant now) {
    Optional<String> text = object.hasNonNull(name) ? text(object, "", name) : Optional.empty();
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      Instant until = Instant.parse(text.get());
      if (until.isAfter(now)) {
        return Optional.of(until);
      }
      add("InvalidField", name, "field %s is %s, which is past".formatted(name, text.get()));
    } catch (DateTimeException e) {
      add(
          "InvalidField",
          name,
          "field %s is \"%s\", but must be a time such as 2027-01-31T00:00:00Z"
              .formatted(name, text.get()));
    }
    return Optional.empty();
  }

  /** A field that may be there and must hold an object then. */
  Optional<ObjectNode> object(ObjectNode object, String path, String name, boolean required) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      if (required) {
        add("MissingField", path + name, "field %s%s is missing".formatted(path, name));
      }
      return Optional.empty();
    }
    if (node instanceof ObjectNode found) {
      return Optional.of(found);
    }
    add(
        "InvalidField",
        path + name,
        "field %s%s is %s, but must be an object".formatted(path, name, node));
    return Optional.empty();
  }

  /** A whole number in a range; the fallback where the field is not there. */
  int number(ObjectNode object, String path, String name, int min, int max, int fallback) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return fallback;
    }
    if (!node.isInt() || node.intValue() < min || node.intValue() > max) {
      add(
          "InvalidField",
          path + name,
          "field %s%s is %s, but must be a whole number from %d to %d"
              .formatted(path, name, node, min, max));
      return fallback;
    }
    return node.intValue();
  }

  /** A field that may be there and must hold a list of texts then. */
  List<String> texts(ObjectNode object, String path, String name) {
    JsonNode node = object.get(name);
    if (node == null || node.isNull()) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    boolean all = node.isArray();
    for (JsonNode element : node) {
      all &= element.isTextual();
      texts.add(element.asText());
    }
    if (!all) {
      add(
          "InvalidField",
          path + name,
          "field %s%s is %s, but must be a list of texts".formatted(path, name, node));
      return List.of();
    }
    return texts;
  }
}
