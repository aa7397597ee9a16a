package io.holdfast.local.sim;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Checks the signatures of access URLs. */
final class AccessUrls {
  static final String PREVIOUS_URL = "x-ms-previous-snapshot-url";

  private final Store store;
  private final Operations operations;
  private final Grants grants;

  AccessUrls(Store store, Operations operations, Grants grants) {
    this.store = store;
    this.operations = operations;
    this.grants = grants;
  }

  /** Where a URL's parameters come from. */
  interface Parameters {
    Optional<String> get(String name);
  }

  /** The grant that a URL proves, or 403: unknown, revoked, expired and forged look the same. */
  Grants.Grant authorise(String path, Parameters parameters) {
    if (!store.isEmpty("operations")) {
      store.locked(
          () -> {
            operations.settleDue();
            return null;
          });
    }
    String account = path.split("/", 3)[1];
    Optional<Grants.Grant> found =
        grants
            .byAccount(account)
            .map(
                grant ->
                    grant.guestState() && !grant.path().equals(path)
                        ? grant.ofGuestState()
                        : grant);
    boolean good =
        found.isPresent()
            && found.get().path().equals(path)
            && found.get().signedBy(parameters.get("sig").orElse(""))
            && found.get().policy().equals(parameters.get("si").orElse(""))
            && found.get().snapshot().equals(parameters.get("snapshot").orElse(""))
            && !grants.isExpired(found.get());
    if (!good) {
      throw new Refusal(
          403,
          "AuthenticationFailed",
          "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.");
    }
    return found.get();
  }

  /** The grant behind the header of a diff, a whole URL. */
  Grants.Grant previous(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw invalidPrevious();
    }
    if (uri.getPath() == null || !uri.getPath().startsWith("/md-") || uri.getRawQuery() == null) {
      throw invalidPrevious();
    }
    Map<String, String> parameters = new HashMap<>();
    for (String pair : uri.getRawQuery().split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        parameters.put(
            pair.substring(0, equals),
            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    try {
      return authorise(uri.getPath(), name -> Optional.ofNullable(parameters.get(name)));
    } catch (Refusal refusal) {
      throw new Refusal(409, "PreviousSnapshotNotFound", "The previous snapshot is not found.");
    }
  }

  private static Refusal invalidPrevious() {
    return new Refusal(
        400, "InvalidHeaderValue", "The value of " + PREVIOUS_URL + " is no access URL.");
  }
}
