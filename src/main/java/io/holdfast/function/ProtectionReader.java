package io.holdfast.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Protection;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskSelection;
import io.holdfast.disk.DiskSelection.DiskMatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** How a VM is snapshotted, as fields of a policy or of an on-demand request. */
final class ProtectionReader {
  /** The fields of a policy. */
  static final Set<String> FIELDS =
      Set.of("consistency", "consistencyRequired", "extension", "disks");

  private static final Pattern DISK = Pattern.compile("os|lun(0|[1-9]\\d?)");
  private static final Map<String, Boolean> EXTENSION = Map.of("auto", true, "never", false);

  private final Faults faults;

  ProtectionReader(Faults faults) {
    this.faults = faults;
  }

  /**
   * Reads the fields; what is not there is as before.
   *
   * @param before of the policy that covers the VM, or the default
   */
  Protection read(ObjectNode body, Protection before) {
    Consistency consistency = consistency(body).orElse(before.consistency());
    boolean required = flag(body, "consistencyRequired", before.required());
    if (required && consistency == null) {
      faults.add(
          "MissingField",
          "consistency",
          "field consistency is missing: consistencyRequired needs to know what is required");
    }
    Optional<ObjectNode> disks = faults.object(body, "", "disks", false);
    return new Protection(
        consistency,
        required,
        extension(body).orElse(before.extension()),
        disks.map(this::selection).orElse(before.disks()));
  }

  private Optional<Consistency> consistency(ObjectNode body) {
    if (!body.hasNonNull("consistency")) {
      return Optional.empty();
    }
    Optional<String> text = faults.text(body, "", "consistency");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Consistency> known =
        Arrays.stream(Consistency.values())
            .filter(each -> each.text().equals(text.get()))
            .findFirst();
    if (known.isEmpty()) {
      faults.add(
          "InvalidField",
          "consistency",
          "field consistency is \"%s\", but must be ApplicationConsistent, FileSystemConsistent or CrashConsistent"
              .formatted(text.get()));
    }
    return known;
  }

  private Optional<Boolean> extension(ObjectNode body) {
    if (!body.hasNonNull("extension")) {
      return Optional.empty();
    }
    Optional<String> text = faults.text(body, "", "extension");
    if (text.isPresent() && !EXTENSION.containsKey(text.get())) {
      faults.add(
          "InvalidField",
          "extension",
          "field extension is \"%s\", but must be auto or never".formatted(text.get()));
    }
    return text.map(EXTENSION::get);
  }

  private boolean flag(ObjectNode body, String name, boolean fallback) {
    JsonNode node = body.get(name);
    if (node == null || node.isNull()) {
      return fallback;
    }
    if (!node.isBoolean()) {
      faults.add(
          "InvalidField", name, "field %s is %s, but must be true or false".formatted(name, node));
    }
    return node.asBoolean();
  }

  private DiskSelection selection(ObjectNode object) {
    faults.onlyKnown(object, "disks.", Set.of("include", "exclude"));
    return new DiskSelection(matches(object, "include"), matches(object, "exclude"));
  }

  private List<DiskMatch> matches(ObjectNode object, String field) {
    JsonNode node = object.get(field);
    if (node == null || node.isNull()) {
      return List.of();
    }
    List<DiskMatch> matches = new ArrayList<>();
    if (!node.isArray()) {
      faults.add(
          "InvalidField",
          "disks." + field,
          "field disks.%s is %s, but must be a list of filters".formatted(field, node));
      return List.of();
    }
    for (int i = 0; i < node.size(); i++) {
      String path = "disks.%s[%d]".formatted(field, i);
      if (node.get(i) instanceof ObjectNode filter) {
        matches.add(match(filter, path + "."));
      } else {
        faults.add(
            "InvalidField",
            path,
            "field %s is %s, but must be an object such as {\"disk\":\"lun0\"}"
                .formatted(path, node.get(i)));
      }
    }
    return matches;
  }

  private DiskMatch match(ObjectNode filter, String path) {
    faults.onlyKnown(filter, path, Set.of("disk", "name", "tags"));
    String disk = filter.hasNonNull("disk") ? faults.text(filter, path, "disk").orElse(null) : null;
    String name = filter.hasNonNull("name") ? faults.text(filter, path, "name").orElse(null) : null;
    if (disk != null && !DISK.matcher(disk).matches()) {
      faults.add(
          "InvalidField",
          path + "disk",
          "field %sdisk is \"%s\", but must be os or lun0 to lun99".formatted(path, disk));
    }
    Map<String, String> tags = new LinkedHashMap<>();
    faults
        .object(filter, path, "tags", false)
        .ifPresent(
            object ->
                object
                    .fieldNames()
                    .forEachRemaining(
                        tag ->
                            faults
                                .text(object, path + "tags.", tag)
                                .ifPresent(value -> tags.put(tag, value))));
    if (disk == null && name == null && tags.isEmpty()) {
      faults.add(
          "EmptyFilter",
          path.substring(0, path.length() - 1),
          "filter %s names no disk: give it disk, name or tags"
              .formatted(path.substring(0, path.length() - 1)));
    }
    return new DiskMatch(disk, name, tags);
  }

  /** Puts the fields into an answer. */
  static void write(Protection protection, ObjectNode body) {
    body.put(
        "consistency", protection.consistency() == null ? null : protection.consistency().text());
    body.put("consistencyRequired", protection.required());
    body.put("extension", protection.extension() ? "auto" : "never");
    ObjectNode disks = body.putObject("disks");
    write(protection.disks().include(), disks.putArray("include"));
    write(protection.disks().exclude(), disks.putArray("exclude"));
  }

  private static void write(List<DiskMatch> matches, ArrayNode into) {
    for (DiskMatch match : matches) {
      ObjectNode node = into.addObject();
      if (match.disk() != null) {
        node.put("disk", match.disk());
      }
      if (match.name() != null) {
        node.put("name", match.name());
      }
      if (!match.tags().isEmpty()) {
        ObjectNode tags = node.putObject("tags");
        match.tags().forEach(tags::put);
      }
    }
  }
}
