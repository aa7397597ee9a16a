package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Resource groups: each exists, until it is deleted or {@code /_sim} says that it is missing. */
final class ResourceGroups {
  static final String ONE = "/subscriptions/{sub}/resourceGroups/{rg}";

  /** Paths of the resources in a group, as deep as the simulator's own go. */
  static final List<String> RESOURCES =
      List.of(
          ONE + "/providers/{ns}/{t1}/{n1}",
          ONE + "/providers/{ns}//{t1}/{n1}",
          ONE + "/providers/{ns}/{t1}/{n1}/{t2}/{n2}",
          ONE + "/providers/{ns}/{t1}/{n1}/{t2}/{n2}/{t3}/{n3}");

  private static final String KIND = "resourceGroups";

  private final Store store;

  ResourceGroups(Store store) {
    this.store = store;
  }

  void routes(Router router) {
    router.on("HEAD", ONE, "ResourceGroups_CheckExistence", this::head);
    router.on("GET", ONE, "ResourceGroups_Get", this::get);
    router.on("PUT", ONE, "ResourceGroups_CreateOrUpdate", this::put);
    router.on("PUT", "/_sim/resourceGroups/{rg}", "_sim", this::declare);
  }

  private static String key(Call call) {
    return (call.var("sub") + "/" + call.var("rg")).toLowerCase(Locale.ROOT);
  }

  /** A rule of a name holds in each subscription, one of a subscription before it. */
  private boolean isMissing(Call call) {
    Optional<Store.Entry> own = store.find(KIND, key(call));
    Optional<Store.Entry> any = store.find(KIND, "*/" + call.var("rg").toLowerCase(Locale.ROOT));
    return own.or(() -> any).filter(entry -> entry.sim().has("missing")).isPresent();
  }

  /** Whatever is asked of a resource in a group that is not there is answered with this. */
  void check(Call call) {
    boolean itself = call.operation().startsWith("ResourceGroups_");
    if (!itself && call.vars().containsKey("rg") && isMissing(call)) {
      throw missing(call);
    }
  }

  private static Refusal missing(Call call) {
    return new Refusal(
        404,
        "ResourceGroupNotFound",
        "Resource group '%s' could not be found.".formatted(call.var("rg")));
  }

  private Reply head(Call call) {
    return Reply.empty(isMissing(call) ? 404 : 204);
  }

  private Reply get(Call call) {
    if (isMissing(call)) {
      throw missing(call);
    }
    return Reply.json(
        200,
        store
            .find(KIND, key(call))
            .map(Store.Entry::resource)
            .orElseGet(() -> view(call, Json.object().put("location", "westeurope"))));
  }

  private Reply put(Call call) {
    ObjectNode body = call.json();
    if (!body.hasNonNull("location")) {
      throw new Refusal(
          400, "LocationRequired", "The location property is required for this definition.");
    }
    boolean existed = !isMissing(call);
    ObjectNode resource = view(call, body);
    store.save(new Store.Entry(KIND, key(call), resource, Json.object()));
    return Reply.json(existed ? 200 : 201, resource);
  }

  private static ObjectNode view(Call call, ObjectNode body) {
    ObjectNode resource = Json.object();
    resource.put(
        "id", "/subscriptions/%s/resourceGroups/%s".formatted(call.var("sub"), call.var("rg")));
    resource.put("name", call.var("rg")).put("type", "Microsoft.Resources/resourceGroups");
    for (String name : new String[] {"location", "tags", "managedBy"}) {
      if (body.has(name)) {
        resource.set(name, body.get(name));
      }
    }
    resource.putObject("properties").put("provisioningState", "Succeeded");
    return resource;
  }

  private Reply declare(Call call) {
    ObjectNode body = call.json();
    if (!body.path("exists").isBoolean()) {
      throw Refusal.invalid("exists", "true or false is expected");
    }
    String key =
        (body.path("subscription").asText("*") + "/" + call.var("rg")).toLowerCase(Locale.ROOT);
    if (body.get("exists").asBoolean()) {
      store.remove(KIND, key);
    } else {
      store.save(new Store.Entry(KIND, key, Json.object(), Json.object().put("missing", true)));
    }
    return Reply.json(200, body);
  }
}
