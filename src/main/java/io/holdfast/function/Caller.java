package io.holdfast.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.microsoft.azure.functions.HttpRequestMessage;
import io.holdfast.vault.LedgerEntry;
import java.io.IOException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who asks: App Service's authentication puts the caller's claims into a header, and takes it away
 * from requests that bring their own.
 *
 * @param roles the app roles that the caller has
 * @param name whom a record of what was done names
 */
record Caller(Set<String> roles, String name) {
  private static final String HEADER = "x-ms-client-principal";
  private static final Set<String> ROLE_CLAIMS =
      Set.of("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role");
  private static final List<String> NAME_CLAIMS =
      List.of(
          "preferred_username",
          "name",
          "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
          "appid",
          "azp",
          "http://schemas.microsoft.com/identity/claims/objectidentifier");
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What a route asks of its caller; each role may do what the ones before it may. */
  enum Role {
    READER("Holdfast.Reader"),
    OPERATOR("Holdfast.Operator"),
    ADMIN("Holdfast.Admin");

    private final String claim;

    Role(String claim) {
      this.claim = claim;
    }

    String claim() {
      return claim;
    }
  }

  Caller {
    roles = Set.copyOf(roles);
  }

  /** The caller that a request's header names; empty when there is none, or none that is valid. */
  static Optional<Caller> of(HttpRequestMessage<?> request) {
    return header(request.getHeaders(), HEADER).flatMap(Caller::decode);
  }

  private static Optional<Caller> decode(String header) {
    try {
      JsonNode principal = JSON.readTree(Base64.getDecoder().decode(header));
      Set<String> roles = new HashSet<>();
      for (JsonNode claim : principal.path("claims")) {
        if (ROLE_CLAIMS.contains(claim.path("typ").asText())) {
          roles.add(claim.path("val").asText());
        }
      }
      return Optional.of(new Caller(roles, name(principal)));
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** The caller's sign-in name, or what else tells who it is. */
  private static String name(JsonNode principal) {
    for (String type : NAME_CLAIMS) {
      for (JsonNode claim : principal.path("claims")) {
        if (claim.path("typ").asText().equals(type)) {
          return claim.path("val").asText();
        }
      }
    }
    return "somebody whose claims hold no name";
  }

  /** Whom a record of what a request did names. */
  static String who(HttpRequestMessage<?> request) {
    String name = of(request).map(Caller::name).filter(text -> !text.isBlank()).orElse("local");
    // The ledger holds so many characters of a name.
    return name.length() <= LedgerEntry.WHO_CHARS_MAX
        ? name
        : name.substring(0, LedgerEntry.WHO_CHARS_MAX);
  }

  boolean may(Role needed) {
    for (Role role : Role.values()) {
      if (role.compareTo(needed) >= 0 && roles.contains(role.claim())) {
        return true;
      }
    }
    return false;
  }

  /** A header by its name in lower case, however the host spells it. */
  static Optional<String> header(Map<String, String> headers, String name) {
    return headers.entrySet().stream()
        .filter(header -> header.getKey().toLowerCase(Locale.ROOT).equals(name))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
