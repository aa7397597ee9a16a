package io.holdfast.local.host;

import java.util.Map;

/**
 * What fired a function.
 *
 * @param value the message or timer text, or the HTTP request
 * @param metadata what {@code @BindingName} may ask for; a name is looked up as it is, then
 *     regardless of case
 */
record TriggerInput(Object value, Map<String, String> metadata) {

  static TriggerInput text(String text) {
    return new TriggerInput(text, Map.of());
  }

  /** The value under that name, or null. */
  String named(String name) {
    String exact = metadata.get(name);
    if (exact != null) {
      return exact;
    }
    return metadata.entrySet().stream()
        .filter(entry -> entry.getKey().equalsIgnoreCase(name))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(null);
  }
}
