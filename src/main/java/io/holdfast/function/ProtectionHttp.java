package io.holdfast.function;

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
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.Stance;
import io.holdfast.catalogue.Stance.State;
import io.holdfast.function.Caller.Role;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.vault.LedgerEvent;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code /items/{id}:pause}, {@code :stop} and {@code :resume}: who stops a protection, and how.
 */
public final class ProtectionHttp {
  private static final Map<String, State> KEEP =
      Map.of("ByPolicy", State.SUSPENDED, "ForEver", State.STOPPED);

  private final Endpoint endpoint;
  private final Catalogue catalogue;
  private final ItemViews views;
  private final OwnVault vault;
  private final InstantSource clock;

  ProtectionHttp(
      Endpoint endpoint,
      Catalogue catalogue,
      OwnVault vault,
      ItemViews views,
      InstantSource clock) {
    this.endpoint = endpoint;
    this.catalogue = catalogue;
    this.vault = vault;
    this.views = views;
    this.clock = clock;
  }

  /** No backups by the schedule, and nothing expires, for a while. Role: operator. */
  @FunctionName("pauseItem")
  public HttpResponseMessage pause(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "items/{id}:pause",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.OPERATOR, Set.of(), () -> decide(request, id, pausing(request)));
  }

  /** No backups by the schedule any more; points are kept by policy or for ever. Role: admin. */
  @FunctionName("stopItem")
  public HttpResponseMessage stop(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "items/{id}:stop",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request, context, Role.ADMIN, Set.of(), () -> decide(request, id, stopping(request)));
  }

  /** Lets policies rule again. Role: operator. */
  @FunctionName("resumeItem")
  public HttpResponseMessage resume(
      @HttpTrigger(
              name = "request",
              methods = {HttpMethod.POST},
              route = "items/{id}:resume",
              authLevel = AuthorizationLevel.ANONYMOUS)
          HttpRequestMessage<Optional<String>> request,
      @BindingName("id") String id,
      ExecutionContext context) {
    return endpoint.answer(
        request,
        context,
        Role.OPERATOR,
        Set.of(),
        () -> {
          Faults faults = new Faults();
          faults.onlyKnown(body(request), "", Set.of());
          faults.throwIfAny();
          return decide(request, id, Stance.PROTECTED);
        });
  }

  private static ObjectNode body(HttpRequestMessage<Optional<String>> request) {
    return request.getBody().filter(text -> !text.isBlank()).isPresent()
        ? Faults.body(request.getBody())
        : Replies.JSON.createObjectNode();
  }

  private Stance pausing(HttpRequestMessage<Optional<String>> request) {
    Faults faults = new Faults();
    ObjectNode body = body(request);
    faults.onlyKnown(body, "", Set.of("until", "reason"));
    Instant now = clock.instant();
    Optional<Instant> until = faults.future(body, "until", now);
    Optional<String> reason = reason(body, faults);
    faults.throwIfAny();
    return new Stance(
        State.PAUSED, now, until.orElse(null), Caller.who(request), reason.orElse(null));
  }

  private Stance stopping(HttpRequestMessage<Optional<String>> request) {
    Faults faults = new Faults();
    ObjectNode body = body(request);
    faults.onlyKnown(body, "", Set.of("keep", "reason"));
    Optional<String> keep = faults.text(body, "", "keep");
    keep.filter(text -> !KEEP.containsKey(text))
        .ifPresent(
            text ->
                faults.add(
                    "InvalidField",
                    "keep",
                    "field keep is \"%s\", but must be ByPolicy (points expire, the last one stays) or"
                            .formatted(text)
                        + " ForEver"));
    Optional<String> reason = reason(body, faults);
    faults.throwIfAny();
    return new Stance(
        KEEP.get(keep.orElseThrow()),
        clock.instant(),
        null,
        Caller.who(request),
        reason.orElse(null));
  }

  private static Optional<String> reason(ObjectNode body, Faults faults) {
    return body.hasNonNull("reason")
        ? faults.text(body, "", "reason").flatMap(text -> faults.forLedger("reason", text))
        : Optional.empty();
  }

  private static String shortened(String text) {
    return text.length() <= LedgerEntry.WHY_CHARS_MAX
        ? text
        : text.substring(0, LedgerEntry.WHY_CHARS_MAX - 3) + "...";
  }

  private HttpResponseMessage decide(
      HttpRequestMessage<Optional<String>> request, String id, Stance stance) {
    Optional<Item> item = views.find(id);
    if (item.isEmpty()) {
      return ItemViews.notFound(request, id);
    }
    catalogue.stances().put(id, stance);
    Instant now = clock.instant();
    vault.note(
        LedgerEntry.ofItem(
            "%s/%s/%s".formatted(id, stance.state().text(), now),
            now,
            LedgerEvent.PROTECTION_CHANGED,
            id,
            Caller.who(request),
            stance.why() == null
                ? stance.state().text()
                : shortened("%s: %s".formatted(stance.state().text(), stance.why())),
            stance.until()));
    return Replies.json(request, HttpStatus.OK, views.body(item.get()));
  }
}
