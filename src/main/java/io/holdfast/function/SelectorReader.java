package io.holdfast.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Policy.Exclusion;
import io.holdfast.catalogue.Policy.Selector;
import io.holdfast.disk.ArmId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Which VMs a policy selects, as a field of it. */
final class SelectorReader {
  /** Resource groups are named like that (azure-resource-manager, "Naming rules"). */
  private static final Pattern GROUP = Pattern.compile("[\\p{L}\\p{N}_().-]{1,90}(?<!\\.)");

  private final Faults faults;
  private final boolean subscriptionsSet;

  /**
   * @param subscriptionsSet whether the settings say where VMs with tags are looked for
   */
  SelectorReader(Faults faults, boolean subscriptionsSet) {
    this.faults = faults;
    this.subscriptionsSet = subscriptionsSet;
  }

  Selector read(ObjectNode object) {
    faults.onlyKnown(
        object, "selector.", Set.of("ids", "tags", "resourceGroups", "subscriptions", "exclude"));
    List<String> ids = ids(object, "selector.");
    List<String> subscriptions = faults.texts(object, "selector.", "subscriptions");
    for (String id : subscriptions) {
      if (!ArmId.isSubscription(id)) {
        faults.add(
            "InvalidSubscription",
            "selector.subscriptions",
            "field selector.subscriptions holds \"%s\", but each must be a GUID".formatted(id));
      }
    }
    Map<String, String> tags = tags(object, "selector.");
    List<String> groups = groups(object, "selector.");
    Exclusion exclude =
        faults
            .object(object, "selector.", "exclude", false)
            .map(this::exclusion)
            .orElse(Exclusion.NONE);
    Selector selector = new Selector(ids, tags, groups, subscriptions, exclude);
    if (ids.isEmpty() && !selector.searches()) {
      faults.add(
          "EmptySelector",
          "selector",
          "field selector selects nothing: give it ids, tags or resourceGroups");
    }
    if (selector.searches() && subscriptions.isEmpty() && !subscriptionsSet) {
      faults.add(
          "NoSubscriptions",
          "selector.subscriptions",
          "field selector.tags needs to know where to look: name subscriptions in"
              + " selector.subscriptions, or set HOLDFAST_SUBSCRIPTIONS");
    }
    return selector;
  }

  private Exclusion exclusion(ObjectNode object) {
    String path = "selector.exclude.";
    faults.onlyKnown(object, path, Set.of("ids", "tags", "resourceGroups"));
    return new Exclusion(ids(object, path), tags(object, path), groups(object, path));
  }

  private List<String> ids(ObjectNode object, String path) {
    List<String> ids = faults.texts(object, path, "ids");
    for (String id : ids) {
      if (ArmId.ofVm(id).isEmpty()) {
        faults.add(
            "InvalidVmId",
            path + "ids",
            "field %sids holds \"%s\", but each must be the ARM id of a virtual machine: %s"
                .formatted(path, id, ArmId.VM_FORM));
      }
    }
    return ids;
  }

  private List<String> groups(ObjectNode object, String path) {
    List<String> groups = faults.texts(object, path, "resourceGroups");
    for (String name : groups) {
      if (!GROUP.matcher(name).matches()) {
        faults.add(
            "InvalidField",
            path + "resourceGroups",
            "field %sresourceGroups holds \"%s\", but each must be the name of a resource group"
                .formatted(path, name));
      }
    }
    return groups;
  }

  private Map<String, String> tags(ObjectNode object, String path) {
    Map<String, String> tags = new LinkedHashMap<>();
    faults
        .object(object, path, "tags", false)
        .ifPresent(
            node ->
                node.fields()
                    .forEachRemaining(
                        (Map.Entry<String, JsonNode> tag) -> tag(tag, path + "tags.", tags)));
    return tags;
  }

  private void tag(Map.Entry<String, JsonNode> tag, String path, Map<String, String> tags) {
    if (tag.getValue().isTextual()) {
      tags.put(tag.getKey(), tag.getValue().textValue());
    } else {
      faults.add(
          "InvalidField",
          path + tag.getKey(),
          "field %s%s is %s, but must be text".formatted(path, tag.getKey(), tag.getValue()));
    }
  }

  /** A selector as a field of a policy. */
  static void write(Selector selector, ObjectNode policy) {
    ObjectNode object = policy.putObject("selector");
    terms(object, selector.ids(), selector.tags(), selector.resourceGroups());
    ArrayNode subscriptions = object.putArray("subscriptions");
    selector.subscriptions().forEach(subscriptions::add);
    Exclusion exclude = selector.exclude();
    terms(object.putObject("exclude"), exclude.ids(), exclude.tags(), exclude.resourceGroups());
  }

  private static void terms(
      ObjectNode object, List<String> ids, Map<String, String> tags, List<String> groups) {
    ArrayNode idList = object.putArray("ids");
    ids.forEach(idList::add);
    ObjectNode tagMap = object.putObject("tags");
    tags.forEach(tagMap::put);
    ArrayNode groupList = object.putArray("resourceGroups");
    groups.forEach(groupList::add);
  }
}
