package io.holdfast.local.sim;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The id of a resource of Microsoft.Compute below a resource group. ARM compares ids without regard
 * to case, so {@link #key} is what maps use and {@link #text} what answers show.
 */
record ArmId(String text) {
  private static final Pattern SHAPE =
      Pattern.compile(
          "/subscriptions/([^/]+)/resourceGroups/([^/]+)/providers/Microsoft\\.Compute/"
              + "([^/]+/[^/]+(?:/[^/]+/[^/]+)*)",
          Pattern.CASE_INSENSITIVE);

  ArmId {
    if (!SHAPE.matcher(text).matches()) {
      throw new Refusal(
          400,
          "LinkedInvalidPropertyId",
          "Property id '" + text + "' is not a compute resource id.");
    }
  }

  static ArmId of(String subscription, String group, String typesAndNames) {
    return new ArmId(
        "/subscriptions/%s/resourceGroups/%s/providers/Microsoft.Compute/%s"
            .formatted(subscription, group, typesAndNames));
  }

  String key() {
    return text.toLowerCase(Locale.ROOT);
  }

  String subscription() {
    return match().group(1);
  }

  String group() {
    return match().group(2);
  }

  /** As in {@code restorePointCollections/restorePoints}. */
  String type() {
    String[] parts = match().group(3).split("/", -1);
    StringBuilder type = new StringBuilder(parts[0]);
    for (int i = 2; i < parts.length; i += 2) {
      type.append('/').append(parts[i]);
    }
    return type.toString();
  }

  String name() {
    return text.substring(text.lastIndexOf('/') + 1);
  }

  ArmId child(String type, String name) {
    return new ArmId(text + "/" + type + "/" + name);
  }

  ArmId parent() {
    String withoutName = text.substring(0, text.lastIndexOf('/'));
    return new ArmId(withoutName.substring(0, withoutName.lastIndexOf('/')));
  }

  private Matcher match() {
    Matcher matcher = SHAPE.matcher(text);
    if (!matcher.matches()) {
      throw new AssertionError(text);
    }
    return matcher;
  }
}
