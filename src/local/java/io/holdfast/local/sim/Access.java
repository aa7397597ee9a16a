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

  private final DiskFiles files;

  Access(Store store, Operations operations, Grants grants, DiskFiles files) {
    this.files = files;
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
          String base = Json.text(args, "/base");
          ObjectNode answer = Json.object().put("accessSAS", open.url(base));
          if (args.path("guestState").asBoolean()) {
            answer.put("securityDataAccessSAS", guestState(open, args).url(base));
          }
          return answer;
        });
    operations.register(
        revoke,
        operation -> {
          Store.Entry entry = target(operation);
          beforeRevoke.accept(entry);
          grants.revoke(guestStateOf(entry.id()));
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
          check.accept(entry);
          boolean guestState = body.path("getSecureVMGuestStateSAS").asBoolean(false);
          if (guestState && !files.hasGuestState(Json.text(entry.sim(), "/copyId"))) {
            throw Refusal.invalid(
                "getSecureVMGuestStateSAS", "'" + entry.id().name() + "' has no guest state");
          }
          ObjectNode args =
              Json.object().put("access", access).put("seconds", seconds).put("base", call.base());
          args.put("guestState", guestState);
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

  private static ArmId guestStateOf(ArmId id) {
    return id.child("guestStates", "vmgs");
  }

  /** The guest state's blob has an address of its own, under the same grant. */
  private Grants.Grant guestState(Grants.Grant open, ObjectNode args) {
    return grants.openCopy(
        guestStateOf(open.target()),
        open.family() + "/guestState/" + open.target().name(),
        DiskFiles.guestStateOf(open.copyId()),
        DiskFiles.GUEST_STATE_BYTES,
        Grants.taken(open),
        args.get("seconds").asLong());
  }

  private Store.Entry target(Store.Entry operation) {
    return store.require(new ArmId(Json.text(operation.resource(), "/target")));
  }
}
