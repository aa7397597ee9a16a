package io.holdfast.backup;

import io.holdfast.catalogue.Job.Warning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What came of a Linux guest's pre and post scripts, by the names that the extension reports
 * (azure-docs, backup-azure-linux-app-consistent).
 */
final class ScriptOutcome {
  /** The names, the longest first where one is the start of another, with what to do. */
  private static final Map<String, String> REMEDIES = new LinkedHashMap<>();

  static {
    REMEDIES.put(
        "InsufficientPermissionforPre-Script",
        "Make the pre-script root's, with mode 700, and the plugin's JSON root's, with mode 600.");
    REMEDIES.put(
        "InsufficientPermissionforPost-Script",
        "Make the post-script root's, with mode 700, and the plugin's JSON root's, with mode 600.");
    REMEDIES.put(
        "Pre-ScriptExecutionFailed", "Run the pre-script by hand as root: it has to exit with 0.");
    REMEDIES.put(
        "Post-ScriptExecutionFailed",
        "Run the post-script by hand as root: it has to exit with 0. Look whether the application"
            + " still waits.");
    REMEDIES.put(
        "Pre-ScriptNotFound", "Correct preScriptLocation in VMSnapshotScriptPluginConfig.json.");
    REMEDIES.put(
        "Post-ScriptNotFound", "Correct postScriptLocation in VMSnapshotScriptPluginConfig.json.");
    REMEDIES.put(
        "Pre-ScriptTimeout",
        "Make the pre-script faster, or raise timeoutInSeconds (at most 1800).");
    REMEDIES.put(
        "Post-ScriptTimeout",
        "Make the post-script faster, or raise timeoutInSeconds (at most 1800).");
    REMEDIES.put(
        "IncorrectPluginhostFile",
        "Install the plugin host file anew: it comes with the extension.");
    REMEDIES.put(
        "IncorrectJSONConfigFile",
        "Correct /etc/azure/VMSnapshotScriptPluginConfig.json: it is no JSON that the extension"
            + " takes.");
  }

  private ScriptOutcome() {}

  /**
   * The failures that the extension's texts name, each once; empty when the scripts worked or there
   * are none.
   */
  static List<Warning> failures(List<String> texts) {
    List<Warning> failures = new ArrayList<>();
    for (Map.Entry<String, String> known : REMEDIES.entrySet()) {
      String name = known.getKey().toLowerCase(Locale.ROOT);
      texts.stream()
          .filter(text -> text.toLowerCase(Locale.ROOT).contains(name))
          .findFirst()
          .ifPresent(text -> failures.add(new Warning(known.getKey(), text, known.getValue())));
    }
    return failures;
  }
}
