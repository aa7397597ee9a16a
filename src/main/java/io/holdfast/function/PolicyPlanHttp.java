package io.holdfast.function;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.azure.functions.ExecutionContext;
import com.microsoft.azure.functions.HttpMethod;
import com.microsoft.azure.functions.HttpRequestMessage;
import com.microsoft.azure.functions.HttpResponseMessage;
import com.microsoft.azure.functions.HttpStatus;
import com.microsoft.azure.functions.annotation.AuthorizationLevel;
import com.microsoft.azure.functions.annotation.BindingName;
import com.microsoft.azure.functions.annotation.FunctionName;
import com.microsoft.azure.functions.annotation.HttpTrigger;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Versioned;
import io.holdfast.function.Caller.Role;
import io.holdfast.plan.Costs;
import io.holdfast.plan.ItemPlan;
import io.holdfast.plan.ItemPlan.PointChange;
import io.holdfast.plan.Load;
import io.holdfast.plan.PolicyPlan;
import io.holdfast.plan.PolicyPlan.Page;
import io.holdfast.plan.Prices;
import io.holdfast.plan.Prices.Price;
import io.holdfast.schedule.Policies;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;

/** {@code POST /policies/{name}:plan}: what a policy would do if it were put. Changes nothing. */
public final class PolicyPlanHttp {
  /** An item costs a read of all its points, and an answer must be there within 230 seconds. */
  static final int ITEMS_MAX = 50;

  /** Points that are listed by name; the totals are of all. */
  static final int POINTS_MAX = 1_000;

  private static final Duration LOOK_MAX = Duration.ofDays(1);
  private static final double CENTS = 100;

  private final Endpoint endpoint;
  private final Policies policies;
  private final PolicyReader reader;
  private final PolicyPlan plans;
  private final Prices prices;
  private final Duration softDelete;
  private final InstantSource clock;

  PolicyPlanHttp(
      Endpoint endpoint,
      Policies policies,
      PolicyReader reader,
      PolicyPlan plans,
      Prices prices,
      Duration softDelete,
      InstantSource clock) {
    this.endpoint = endpoint;
    this.policies = policies;
    this.reader = reader;
    this.plans = plans;
    this.prices = prices;
    this.softDelete = softDelete;
    this.clock = clock;
  }

  /**
   * Plans a policy: that of the body, or where there is none the one that there is. Role: reader.
   */
  @FunctionName("planPolicy")
  public HttpResponseMessage plan(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "policies/{name}:plan",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("name") String name,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.READER,
        Set.of(Paging.SIZE, Paging.AFTER),
        () -> plan(request, name));
  }

  private HttpResponseMessage plan(HttpRequestMessage<Optional<String>> request, String name) {
    Optional<Policy> there =
        policies.find(name).map(Versioned::value).or(() -> policies.builtIn(name));
    boolean asked = request.getBody().filter(text -> !text.isBlank()).isPresent();
    if (!asked && there.isEmpty()) {
      return PoliciesHttp.notFound(request, name);
    }
    Policy policy =
        asked ? reader.read(name, request.getBody(), policies.all(), clock.instant()) : there.get();
    int size = Math.min(Paging.size(request), ITEMS_MAX);
    String after = request.getQueryParameters().getOrDefault(Paging.AFTER, "");
    Page page = plans.of(policy, after, size);
    Optional<String> next =
        page.more()
            ? Optional.of(page.items().get(page.items().size() - 1).itemId())
            : Optional.empty();
    List<ObjectNode> items = page.items().stream().map(PolicyPlanHttp::item).toList();
    ObjectNode body = Replies.JSON.createObjectNode();
    body.set("policy", Bodies.policy(policy));
    body.putObject("items")
        .put("affected", page.affected())
        .put("gained", page.gained())
        .put("lost", page.lost());
    // Each item is looked at once a day, and after each of its backups.
    Instant now = clock.instant();
    body.putObject("deletion")
        .put("softDeletedBefore", now.plus(LOOK_MAX).toString())
        .put("purgedNotBefore", now.plus(softDelete).toString());
    totals(body.putObject("totals"), page.items());
    costs(body.putObject("costs"), page.items());
    body.setAll(Paging.page(request, items, next));
    return Replies.json(request, HttpStatus.OK, body);
  }

  private static void totals(ObjectNode totals, List<ItemPlan> items) {
    totals.put("items", items.size());
    totals.put("pointsExpiring", sum(items, item -> item.expiring().size()));
    totals.put("pointsRescued", sum(items, item -> item.rescued().size()));
    totals.put(
        "bytesStoredExpiring",
        sum(
            items,
            item ->
                item.expiring().stream()
                    .filter(point -> point.storedBytes() != null)
                    .mapToLong(PointChange::storedBytes)
                    .sum()));
  }

  private static long sum(List<ItemPlan> items, ToLongFunction<ItemPlan> of) {
    return items.stream().mapToLong(of).sum();
  }

  private static ObjectNode item(ItemPlan item) {
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("itemId", item.itemId()).put("vmId", item.vmId()).put("name", item.name());
    body.put("policyBefore", item.policyBefore()).put("policyAfter", item.policyAfter());
    body.put("policyReason", item.why());
    points(body, "pointsExpiring", item.expiring());
    points(body, "pointsRescued", item.rescued());
    body.put("pointsAfter", item.pointsAfter());
    time(body, "nextRun", item.nextRun());
    time(body, "nextDeletion", item.nextDeletion());
    Load load = item.load();
    ObjectNode day = body.putObject("day");
    day.put("backups", item.slotsPerDay());
    day.put("bytesRead", daily(load.readBytes(item.instantRestoreDays() > 0), item));
    day.put("bytesTransferred", daily(load.changedBytes(), item));
    day.put("bytesStored", daily(load.storedBytes(), item));
    day.put("unknown", load.unknown());
    if (item.instantRestoreDays() == 0 && load.wantsSnapshot()) {
      body.put(
          "advice",
          "each backup reads all that is allocated, %d GiB: with instantRestoreDays 1 it reads only what changed"
              .formatted(load.allocatedBytes() >> 30));
    }
    return body;
  }

  private static Long daily(Long bytes, ItemPlan item) {
    return bytes == null ? null : Math.round(bytes * item.slotsPerDay());
  }

  private static void points(ObjectNode body, String name, List<PointChange> changes) {
    ArrayNode points = body.putArray(name);
    for (PointChange change : changes.subList(0, Math.min(POINTS_MAX, changes.size()))) {
      ObjectNode point = points.addObject();
      point.put("id", change.id());
      time(point, "time", change.time());
      point.put("sizeBytes", change.sizeBytes());
      point.put("bytesStored", change.storedBytes());
      point.put("reason", change.why());
    }
    body.put(name + "Count", changes.size());
  }

  private void costs(ObjectNode costs, List<ItemPlan> items) {
    List<Costs.Line> lines = Costs.monthly(items, prices);
    costs.put("currency", prices.currency());
    costs.put("monthly", cents(Costs.total(lines)));
    ArrayNode parts = costs.putArray("lines");
    for (Costs.Line line : lines) {
      Price price = line.price();
      ObjectNode part = parts.addObject();
      part.put("meter", price.meter()).put("what", price.what());
      part.put("quantity", line.quantity()).put("unit", price.unit());
      part.put("price", price.price()).put("monthly", cents(line.monthly()));
      part.put("region", price.region()).put("date", price.date());
      part.put("source", price.source()).put("checked", price.checked());
      part.put("unknown", line.unknown());
    }
  }

  private static Double cents(Double amount) {
    return amount == null ? null : Math.round(amount * CENTS) / CENTS;
  }

  private static void time(ObjectNode body, String name, Instant time) {
    body.put(name, time == null ? null : time.toString());
  }
}
