package io.holdfast.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Policy.Schedule;
import io.holdfast.catalogue.Policy.Selector;
import io.holdfast.catalogue.Protection;
import io.holdfast.disk.ArmId;
import io.holdfast.schedule.Slots;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads a policy from a request and names all its faults at once. */
final class PolicyReader {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final int INSTANT_RESTORE_DAYS_MAX = 30;

  private final String zoneDefault;
  private final boolean subscriptionsSet;

  /**
   * @param zoneDefault zone of a schedule that names none
   * @param subscriptionsSet whether the settings say where VMs with tags are looked for
   */
  PolicyReader(String zoneDefault, boolean subscriptionsSet) {
    this.zoneDefault = zoneDefault;
    this.subscriptionsSet = subscriptionsSet;
  }

  Policy read(String name, Optional<String> text, Instant now) {
    Faults faults = new Faults();
    if (!NAME.matcher(name).matches()) {
      faults.add(
          "InvalidName",
          "name",
          "name is \"%s\", but must have 1 to 63 lower-case letters, digits and inner hyphens"
              .formatted(name));
    }
    ObjectNode body = Faults.body(text);
    Set<String> known = new HashSet<>(ProtectionReader.FIELDS);
    known.addAll(Set.of("name", "selector", "schedule", "instantRestoreDays"));
    faults.onlyKnown(body, "", known);
    if (body.hasNonNull("name") && !name.equals(body.path("name").asText())) {
      faults.add(
          "InvalidField",
          "name",
          "field name is %s, but the URL says \"%s\"".formatted(body.path("name"), name));
    }
    Selector selector =
        faults
            .object(body, "", "selector", true)
            .map(object -> selector(object, faults))
            .orElse(new Selector(List.of(), Map.of(), List.of()));
    Schedule schedule =
        faults
            .object(body, "", "schedule", true)
            .map(object -> schedule(object, faults))
            .orElse(new Schedule("", zoneDefault));
    int days = faults.number(body, "", "instantRestoreDays", 0, INSTANT_RESTORE_DAYS_MAX, 0);
    Protection protection = new ProtectionReader(faults).read(body, Protection.DEFAULT);
    faults.throwIfAny();
    return new Policy(name, selector, schedule, days, protection, now);
  }

  private Selector selector(ObjectNode object, Faults faults) {
    faults.onlyKnown(object, "selector.", Set.of("ids", "tags", "subscriptions"));
    List<String> ids = faults.texts(object, "selector.", "ids");
    for (String id : ids) {
      if (ArmId.ofVm(id).isEmpty()) {
        faults.add(
            "InvalidVmId",
            "selector.ids",
            "field selector.ids holds \"%s\", but each must be the ARM id of a virtual machine: %s"
                .formatted(id, ArmId.VM_FORM));
      }
    }
    List<String> subscriptions = faults.texts(object, "selector.", "subscriptions");
    for (String id : subscriptions) {
      if (!ArmId.isSubscription(id)) {
        faults.add(
            "InvalidSubscription",
            "selector.subscriptions",
            "field selector.subscriptions holds \"%s\", but each must be a GUID".formatted(id));
      }
    }
    Map<String, String> tags =
        faults
            .object(object, "selector.", "tags", false)
            .map(node -> tags(node, faults))
            .orElse(Map.of());
    if (ids.isEmpty() && tags.isEmpty()) {
      faults.add(
          "EmptySelector", "selector", "field selector selects nothing: give it ids or tags");
    }
    if (!tags.isEmpty() && subscriptions.isEmpty() && !subscriptionsSet) {
      faults.add(
          "NoSubscriptions",
          "selector.subscriptions",
          "field selector.tags needs to know where to look: name subscriptions in"
              + " selector.subscriptions, or set HOLDFAST_SUBSCRIPTIONS");
    }
    return new Selector(ids, tags, subscriptions);
  }

  private static Map<String, String> tags(ObjectNode node, Faults faults) {
    Map<String, String> tags = new LinkedHashMap<>();
    node.fields()
        .forEachRemaining(
            (Map.Entry<String, JsonNode> tag) -> {
              if (tag.getValue().isTextual()) {
                tags.put(tag.getKey(), tag.getValue().textValue());
              } else {
                faults.add(
                    "InvalidField",
                    "selector.tags." + tag.getKey(),
                    "field selector.tags.%s is %s, but must be text"
                        .formatted(tag.getKey(), tag.getValue()));
              }
            });
    return tags;
  }

  private Schedule schedule(ObjectNode object, Faults faults) {
    faults.onlyKnown(object, "schedule.", Set.of("cron", "zone"));
    Optional<String> cron = faults.text(object, "schedule.", "cron");
    cron.flatMap(Slots::faultOfCron)
        .ifPresent(
            why ->
                faults.add(
                    "InvalidCron",
                    "schedule.cron",
                    "field schedule.cron is \"%s\", but must be five fields as in crontab, such as"
                            .formatted(cron.get())
                        + " \"0 2 * * *\": "
                        + why));
    String zone =
        object.hasNonNull("zone")
            ? faults.text(object, "schedule.", "zone").orElse(zoneDefault)
            : zoneDefault;
    Slots.faultOfZone(zone)
        .ifPresent(
            why ->
                faults.add(
                    "InvalidZone",
                    "schedule.zone",
                    "field schedule.zone is \"%s\": %s".formatted(zone, why)));
    return new Schedule(cron.orElse(""), zone);
  }
}
