package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Whether access may be granted at all, and what a read of an access URL must bring. */
final class ExportRules {
  private ExportRules() {}

  /**
   * Refuses an access grant.
   *
   * @param body of the request for the grant
   */
  static void check(Store.Entry entry, ObjectNode body) {
    String policy = Json.text(entry.properties(), "/networkAccessPolicy");
    boolean noAccess = Json.text(entry.properties(), "/diskAccessId").isEmpty();
    if (policy.equals("DenyAll") || (policy.equals("AllowPrivate") && noAccess)) {
      throw Refusal.notAllowed(
          "Access to '%s' cannot be granted: its networkAccessPolicy is %s%s."
              .formatted(
                  entry.id().name(),
                  policy,
                  policy.equals("DenyAll") ? "" : " and it names no disk access resource"));
    }
    if (wantsGuestState(body) && !entry.sim().has("guestState")) {
      throw new Refusal(
          400,
          "BadRequest",
          "getSecureVMGuestStateSAS is not supported for '%s': it is not of a Trusted Launch VM."
              .formatted(entry.id().name()));
    }
  }

  static boolean wantsGuestState(ObjectNode body) {
    return body.path("getSecureVMGuestStateSAS").asBoolean(false);
  }

  /** Whether an access URL needs a Microsoft Entra token besides its signature. */
  static boolean needsToken(Store.Entry entry) {
    return entry.sim().has("entra") || isEntra(entry);
  }

  static boolean isEntra(Store.Entry entry) {
    return Json.text(entry.properties(), "/dataAccessAuthMode").equals("AzureActiveDirectory");
  }
}
