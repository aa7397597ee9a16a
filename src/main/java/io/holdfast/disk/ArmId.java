package io.holdfast.disk;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ARM id of a virtual machine. Azure compares such ids without regard to case.
 *
 * @param subscription GUID of the subscription
 * @param group resource group
 * @param name resource name
 */
public record ArmId(String subscription, String group, String name) {
  private static final Pattern SUBSCRIPTION =
      Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");
  private static final Pattern VM =
      Pattern.compile(
          "/subscriptions/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/resourceGroups/([^/?#\\\\]{1,90})"
              + "/providers/Microsoft\\.Compute/virtualMachines/([^/?#\\\\]{1,80})",
          Pattern.CASE_INSENSITIVE);

  /** What a VM's ARM id looks like: for messages. */
  public static final String VM_FORM =
      "/subscriptions/{GUID}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}";

  /** The id of a virtual machine, or empty when the text is none. */
  public static Optional<ArmId> ofVm(String text) {
    Matcher matcher = VM.matcher(text);
    return matcher.matches()
        ? Optional.of(new ArmId(matcher.group(1), matcher.group(2), matcher.group(3)))
        : Optional.empty();
  }

  /** Whether a text is the id of a subscription: a GUID. */
  public static boolean isSubscription(String text) {
    return SUBSCRIPTION.matcher(text).matches();
  }

  /** The subscription of any ARM id. */
  public static String subscriptionOf(String id) {
    return part(id, 2);
  }

  /** The resource group of any ARM id. */
  public static String groupOf(String id) {
    return part(id, 4);
  }

  /** The last name of any ARM id. */
  public static String nameOf(String id) {
    return id.substring(id.lastIndexOf('/') + 1);
  }

  /** The same id in the one spelling that may be compared. */
  public static String folded(String id) {
    return id.toLowerCase(Locale.ROOT);
  }

  private static String part(String id, int index) {
    String[] parts = id.split("/", -1);
    if (parts.length <= index) {
      throw new IllegalArgumentException("not an ARM id: " + id);
    }
    return parts[index];
  }
}
