package io.holdfast.local.host;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The app's settings: {@code Values} of local.settings.json under the process's environment. */
final class AppSettings {
  private static final Pattern REFERENCE = Pattern.compile("%([A-Za-z0-9_.:-]+)%");
  private static final String HOST_STORAGE = "AzureWebJobsStorage";

  private final Map<String, String> values;

  AppSettings(Map<String, String> localValues, Map<String, String> environment) {
    values = new HashMap<>(localValues);
    values.putAll(environment);
  }

  Optional<String> get(String name) {
    return Optional.ofNullable(values.get(name)).filter(value -> !value.isBlank());
  }

  /** Replaces each {@code %NAME%} by that setting; {@link HostFailure} where one is missing. */
  String resolve(String text, String where) {
    Matcher matcher = REFERENCE.matcher(text);
    StringBuilder resolved = new StringBuilder();
    while (matcher.find()) {
      String name = matcher.group(1);
      String value =
          get(name)
              .orElseThrow(
                  () ->
                      HostFailure.configuration(
                          "%s names the app setting %s, which is not set: set it in local.settings.json or the environment."
                              .formatted(where, name),
                          null));
      matcher.appendReplacement(resolved, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(resolved).toString();
  }

  /**
   * The connection string of a binding's {@code connection}, looked up as the real host does:
   * {@code AzureWebJobs<name>} first, then the name itself; none means the host's own storage.
   */
  String connectionString(String connection, String where) {
    String name = connection.isBlank() ? HOST_STORAGE : connection;
    return get("AzureWebJobs" + name)
        .or(() -> get(name))
        .orElseThrow(
            () ->
                HostFailure.configuration(
                    "%s uses the connection %s, but that app setting is missing: set it to a storage connection string in local.settings.json or the environment."
                        .formatted(where, name),
                    null));
  }
}
