package io.holdfast.local.sim;

/** What Azure Resource Manager checks before a resource provider sees a request. */
final class Gate {
  private final Throttle throttle;
  private final Permissions permissions;
  private final ResourceGroups groups;
  private final Locks locks;

  Gate(Store store, SimClock clock) {
    this.throttle = new Throttle(store, clock);
    this.permissions = new Permissions(store);
    this.groups = new ResourceGroups(store);
    this.locks = new Locks(store);
  }

  void routes(Router router) {
    throttle.routes(router);
    permissions.routes(router);
    groups.routes(router);
    locks.routes(router);
  }

  /** Throws what Azure would refuse with; a look at an operation passes always. */
  void check(Call call) {
    if (!call.path().startsWith("/subscriptions/")) {
      return;
    }
    throttle.check(call);
    if (call.operation().equals("Operations_Get")) {
      return;
    }
    permissions.check(call);
    groups.check(call);
    locks.check(call);
  }
}
