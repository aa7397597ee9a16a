package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The two actions {@code beginGetAccess} and {@code endGetAccess}, the same for disks, snapshots
 * and disk restore points but for what each may refuse.
 */
final class Access {
  private final Store store;
  private final Operations operations;
  private final Grants grants;

  Access(Store store, Operations operations, Grants grants) {
    this.store = store;
    this.operations = operations;
    this.grants = grants;
  }

  /** A kind of resource that access can be granted to. */
  interface Opener {
    /** Opens it, or throws what Azure would refuse with. */
    Grants.Grant open(Store.Entry entry, String access, long seconds);
  }

  /**
   * Adds both actions.
   *
   * @param prefix of the operation ids, as in {@code Snapshots}
   * @param template path of the resource
   * @param idOf the resource's id from the path
   * @param check refuses at once what can be seen at once
   * @param beforeRevoke runs as the revoke settles
   */
  void routes(
      Router router,
      String prefix,
      String template,
      Function<Call, ArmId> idOf,
      Consumer<Store.Entry> check,
      Opener opener,
      Consumer<Store.Entry> beforeRevoke) {
    String grant = prefix + ".grant";
    String revoke = prefix + ".revoke";
    operations.register(
        grant,
        operation -> {
          Store.Entry entry = target(operation);
          ObjectNode args = operation.sim();
          Grants.Grant open =
              opener.open(entry, Json.text(args, "/access"), args.get("seconds").asLong());
          boolean guestState = args.path("guestState").asBoolean(false);
          open = grants.mark(open, ExportRules.needsToken(entry), guestState);
          String base = Json.text(args, "/base");
          ObjectNode urls = Json.object().put("accessSAS", open.url(base));
          return guestState
              ? urls.put("securityDataAccessSAS", open.ofGuestState().url(base))
              : urls;
        });
    operations.register(
        revoke,
        operation -> {
          Store.Entry entry = target(operation);
          beforeRevoke.accept(entry);
          grants.revoke(entry.id());
          return null;
        });
    router.on(
        "POST",
        template + "/beginGetAccess",
        prefix + "_GrantAccess",
        call -> {
          Store.Entry entry = store.require(idOf.apply(call));
          ObjectNode body = call.json();
          String access = body.path("access").asText("");
          if (!access.equals("Read") && !access.equals("Write")) {
            throw Refusal.invalid("access", "'" + access + "' is neither Read nor Write");
          }
          long seconds = Grants.seconds(body);
          ExportRules.check(entry, body);
          check.accept(entry);
          ObjectNode args =
              Json.object().put("access", access).put("seconds", seconds).put("base", call.base());
          args.put("guestState", ExportRules.wantsGuestState(body));
          return operations.start(call, 202, grant, entry.id(), args, null);
        });
    router.on(
        "POST",
        template + "/endGetAccess",
        prefix + "_RevokeAccess",
        call -> {
          Store.Entry entry = store.require(idOf.apply(call));
          return operations.start(call, 202, revoke, entry.id(), Json.object(), null);
        });
  }

  private Store.Entry target(Store.Entry operation) {
    return store.require(new ArmId(Json.text(operation.resource(), "/target")));
  }
}
