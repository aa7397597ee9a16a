package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Guest;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Stance;
import io.holdfast.catalogue.Upkeep;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Vm;
import io.holdfast.retention.Forecast;
import io.holdfast.retention.Keeping;
import io.holdfast.schedule.Coverage;
import io.holdfast.schedule.Fleet.Member;
import io.holdfast.schedule.Policies;
import io.holdfast.schedule.Slots;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Pattern;

/** Items as the API shows them. */
final class ItemViews {
  private static final Pattern ITEM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  private final Catalogue catalogue;
  private final Policies policies;
  private final Disks disks;
  private final InstantSource clock;

  ItemViews(Catalogue catalogue, Policies policies, Disks disks, InstantSource clock) {
    this.catalogue = catalogue;
    this.policies = policies;
    this.disks = disks;
    this.clock = clock;
  }

  Optional<Item> find(String id) {
    return ITEM.matcher(id).matches()
        ? catalogue.jobs().item(id).map(Versioned::value)
        : Optional.empty();
  }

  static HttpResponseMessage notFound(HttpRequestMessage<?> request, String id) {
    return Replies.error(
        request,
        HttpStatus.NOT_FOUND,
        "ItemNotFound",
        "there is no item \"%s\"; an item's id is the VM's vmId, and it exists from the first backup on"
            .formatted(id));
  }

  /** All of one item; asks Azure what the VM is now. */
  ObjectNode body(Item item) {
    Instant now = clock.instant();
    Stance stance = catalogue.stances().of(item.id());
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("id", item.id());
    body.put("vmId", item.vmId());
    body.put("name", item.name());
    body.put(
        "protectionState", stance.backsUp(now) ? item.protectionState() : stance.at(now).text());
    stance(stance, body.putObject("protection"), now);
    Optional<Vm> vm = disks.vm(item.vmId()).filter(it -> Item.idOf(it.guid()).equals(item.id()));
    Optional<Coverage> coverage = vm.map(policies::coverage);
    policy(coverage, stance, body, now);
    Keeping keeping = Keeping.read(catalogue, item.id(), coverage.flatMap(Coverage::effective));
    deletion(body, keeping.forecast(now, Slots::next).next());
    body.put("activeJob", item.activeBackup());
    body.put("latestRecoveryPoint", item.latestPoint());
    snapshot(item, body, now);
    guard(item, body, now);
    return body;
  }

  /** One of many: what a list of VMs and the item's own rows say. */
  ObjectNode body(Member member) {
    Instant now = clock.instant();
    Optional<Item> item =
        member.protectionState() == null ? Optional.empty() : find(member.itemId());
    Stance stance = item.isEmpty() ? Stance.PROTECTED : catalogue.stances().of(member.itemId());
    String state = item.map(Item::protectionState).orElse(member.covered() ? "IRPending" : null);
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("id", member.itemId());
    body.put("vmId", member.vm().map(Vm::id).or(() -> item.map(Item::vmId)).orElse(null));
    body.put("name", member.vm().map(Vm::name).or(() -> item.map(Item::name)).orElse(null));
    body.put(
        "protectionState",
        stance.backsUp(now) ? state == null ? "NotProtected" : state : stance.at(now).text());
    policy(member.coverage(), stance, body, now);
    put(
        body,
        "nextDeletion",
        item.isEmpty() ? null : catalogue.upkeep().of(member.itemId()).nextDeletion());
    body.put("latestRecoveryPoint", item.map(Item::latestPoint).orElse(null));
    return body;
  }

  /** A point with what keeps it, or when it goes: by the rule that was the last to be known. */
  ObjectNode body(RecoveryPoint point) {
    Instant now = clock.instant();
    ObjectNode body = Bodies.point(point);
    Upkeep upkeep = catalogue.upkeep().of(point.itemId());
    Optional<Policy> policy =
        Optional.ofNullable(upkeep.policy())
            .flatMap(
                name -> policies.find(name).map(Versioned::value).or(() -> policies.builtIn(name)));
    Keeping keeping = Keeping.read(catalogue, point.itemId(), policy);
    ObjectNode retention = body.putObject("retention");
    retention.put("policy", upkeep.policy());
    ArrayNode reasons = retention.putArray("reasons");
    keeping
        .verdicts(now)
        .of(point.id())
        .ifPresent(
            verdict ->
                verdict
                    .reasons()
                    .forEach(
                        reason ->
                            reasons
                                .addObject()
                                .put("code", reason.kind().text())
                                .put("message", reason.text())));
    put(retention, "expires", keeping.forecast(now, Slots::next).of(point.id()).orElse(null));
    return body;
  }

  /** What is kept in Azure for the next backup, beyond what the policy asks for. */
  private void snapshot(Item item, ObjectNode body, Instant now) {
    Optional<RecoveryPoint> kept =
        catalogue
            .points()
            .base(item)
            .filter(point -> point.snapshot() != null && now.isAfter(point.snapshotUntil()));
    Upkeep upkeep = catalogue.upkeep().of(item.id());
    body.put(
        "snapshotKept",
        kept.map(
                point ->
                    upkeep.needsBase(point, now)
                        ? "for the next backup to compare with"
                        : "it is going: " + upkeep.baseWhy())
            .orElse(null));
  }

  private static void deletion(ObjectNode body, Optional<Forecast.Deletion> next) {
    put(body, "nextDeletion", next.map(Forecast.Deletion::time).orElse(null));
    ArrayNode ids = body.putArray("nextDeletionOf");
    next.ifPresent(deletion -> deletion.ids().forEach(ids::add));
  }

  private static void stance(Stance stance, ObjectNode protection, Instant now) {
    protection.put("state", stance.at(now).text());
    put(protection, "since", stance.since());
    put(protection, "until", stance.until());
    protection.put("by", stance.who());
    protection.put("reason", stance.why());
  }

  private static void policy(
      Optional<Coverage> coverage, Stance stance, ObjectNode body, Instant now) {
    Optional<Policy> effective = coverage.flatMap(Coverage::effective);
    body.put("policy", effective.map(Policy::name).orElse(null));
    body.put(
        "policyReason",
        coverage
            .map(Coverage::why)
            .orElse("there is no such VM any more; its recovery points are kept"));
    body.put("policyConflict", coverage.map(Coverage::conflict).orElse(null));
    put(
        body,
        "nextRun",
        effective
            .filter(policy -> stance.backsUp(now))
            .flatMap(policy -> Slots.next(policy.schedule(), now))
            .orElse(null));
  }

  private void guard(Item item, ObjectNode body, Instant now) {
    Guest guest = catalogue.guests().find(item.id()).map(Versioned::value).orElse(Guest.UNKNOWN);
    Instant until = guest.fallenUntil(now);
    ObjectNode guard = body.putObject("freezeGuard");
    guard.put("state", until == null ? "Armed" : "CrashConsistentOnly");
    guard.put("badFreezes", guest.badFreezes());
    put(guard, "until", until);
    guard.put("lastCode", guest.lastCode());
    guard.put("lastMessage", guest.lastMessage());
  }

  private static void put(ObjectNode body, String name, Instant time) {
    body.put(name, time == null ? null : time.toString());
  }
}
