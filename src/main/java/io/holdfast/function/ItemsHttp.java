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
import io.holdfast.backup.Check;
import io.holdfast.backup.Check.Health;
import io.holdfast.backup.Prechecks;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Policy;
import io.holdfast.catalogue.Protection;
import io.holdfast.disk.Vm;
import io.holdfast.failure.Unavailable;
import io.holdfast.function.Caller.Role;
import io.holdfast.schedule.Fleet;
import io.holdfast.schedule.Fleet.Member;
import io.holdfast.schedule.Policies;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** {@code /items/{id}}: a protected item, its pre-checks, and its freeze guard. */
public final class ItemsHttp {
  private static final Pattern ITEM = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
  private static final int ATTEMPTS_MAX = 5;

  private final Endpoint endpoint;
  private final Catalogue catalogue;
  private final Prechecks prechecks;
  private final Policies policies;
  private final ItemViews views;
  private final Fleet fleet;
  private final InstantSource clock;

  ItemsHttp(
      Endpoint endpoint,
      Catalogue catalogue,
      Prechecks prechecks,
      Policies policies,
      ItemViews views,
      Fleet fleet,
      InstantSource clock) {
    this.endpoint = endpoint;
    this.catalogue = catalogue;
    this.prechecks = prechecks;
    this.policies = policies;
    this.views = views;
    this.fleet = fleet;
    this.clock = clock;
  }

  /** One item. Role: reader. */
  @FunctionName("getItem")
  public HttpResponseMessage get(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "items/{id}",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(request, context, Role.READER, Set.of(), () -> show(request, id));
  }

  /** All VMs that the app may see, and all items. Role: reader. */
  @FunctionName("listItems")
  public HttpResponseMessage list(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.GET},
              route = "items",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.READER,
        Set.of("covered", Paging.SIZE, Paging.AFTER),
        () -> list(request));
  }

  private HttpResponseMessage list(HttpRequestMessage<Optional<String>> request) {
    int size = Paging.size(request);
    String after = request.getQueryParameters().getOrDefault(Paging.AFTER, "");
    List<Member> members = fleet.members(after, size + 1, Paging.flag(request, "covered"));
    List<Member> page = members.size() > size ? members.subList(0, size) : members;
    Optional<String> next =
        members.size() > size ? Optional.of(page.get(size - 1).itemId()) : Optional.empty();
    List<ObjectNode> values = page.stream().map(views::body).toList();
    return Replies.json(request, HttpStatus.OK, Paging.page(request, values, next));
  }

  /** Runs the pre-checks of an item's next backup, alone; changes nothing. Role: operator. */
  @FunctionName("precheckItem")
  public HttpResponseMessage precheck(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "items/{id}:precheck",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.OPERATOR,
        Set.of(),
        () -> withoutBody(request, () -> precheck(request, id)));
  }

  /** Lets an item's next backup freeze its guest again. Role: operator. */
  @FunctionName("resetFreezeGuard")
  public HttpResponseMessage reset(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "items/{id}:resetFreezeGuard",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.OPERATOR,
        Set.of(),
        () -> withoutBody(request, () -> reset(request, id)));
  }

  private static HttpResponseMessage withoutBody(
      HttpRequestMessage<Optional<String>> request, Supplier<HttpResponseMessage> act) {
    Optional<String> sent = request.getBody().filter(body -> !body.isBlank());
    if (sent.isPresent()) {
      Faults faults = new Faults();
      faults.onlyKnown(Faults.body(sent), "", Set.of());
      faults.throwIfAny();
    }
    return act.get();
  }

  private HttpResponseMessage show(HttpRequestMessage<?> request, String id) {
    return views
        .find(id)
        .map(item -> Replies.json(request, HttpStatus.OK, views.body(item)))
        .orElseGet(() -> ItemViews.notFound(request, id));
  }

  private HttpResponseMessage precheck(HttpRequestMessage<?> request, String id) {
    Optional<Item> item = views.find(id);
    if (item.isEmpty()) {
      return ItemViews.notFound(request, id);
    }
    List<Check> checks = prechecks.run(id, this::protection).orElse(List.of());
    ObjectNode body = Replies.JSON.createObjectNode();
    body.put("itemId", id);
    body.put("vmId", item.get().vmId());
    Health worst =
        checks.stream().map(Check::health).max(Comparator.naturalOrder()).orElse(Health.PASSED);
    body.put("healthStatus", worst.text());
    body.put("time", clock.instant().toString());
    ArrayNode list = body.putArray("checks");
    for (Check check : checks) {
      list.addObject()
          .put("name", check.name())
          .put("healthStatus", check.health().text())
          .put("code", check.code())
          .put("message", check.message())
          .put("remedy", check.remedy());
    }
    return Replies.json(request, HttpStatus.OK, body);
  }

  private Protection protection(Vm vm) {
    return policies.covering(vm).map(Policy::protection).orElse(Protection.DEFAULT);
  }

  private HttpResponseMessage reset(HttpRequestMessage<?> request, String id) {
    Optional<Item> item = views.find(id);
    if (item.isEmpty()) {
      return ItemViews.notFound(request, id);
    }
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      if (catalogue.guests().reset(id)) {
        return Replies.json(request, HttpStatus.OK, views.body(item.get()));
      }
    }
    throw new Unavailable(
        "a backup of item %s changes its freeze guard; nothing was reset".formatted(id),
        Duration.ofSeconds(1),
        null);
  }
}
