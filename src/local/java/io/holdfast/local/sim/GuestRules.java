package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * What becomes of an application-consistent restore point inside the guest
 * (restore-point-troubleshooting and virtual-machines-restore-points-vm-snapshot-extension).
 */
final class GuestRules {
  /** After a silent downgrade so many attempts are downgraded too; the next one tries again. */
  static final int DOWNGRADED_NEXT = 3;

  private static final String PUBLISHER = "Microsoft.Azure.RecoveryServices";

  /**
   * How an attempt ends.
   *
   * @param mode what is read back as consistencyMode
   * @param failure what the creation ends with, or null
   */
  record Outcome(String mode, Refusal failure) {}

  private final Store store;
  private final Guests guests;

  GuestRules(Store store, Guests guests) {
    this.store = store;
    this.guests = guests;
  }

  static boolean isWindows(Store.Entry vm) {
    return Json.text(vm.properties(), "/storageProfile/osDisk/osType").equals("Windows");
  }

  /** One attempt of a running VM; it may leave an extension and the memory of a downgrade. */
  Outcome attempt(Store.Entry vm) {
    Store.Entry guest = guests.entry(vm.id().name());
    ObjectNode settings = Guests.settings(guest);
    String agent = Json.text(settings, "/agent");
    if (!agent.equals("ready")) {
      return failed(
          "VMAgentStatusCommunicationError",
          "VM agent of '%s' is unable to communicate with the compute service (%s): see to it that the agent is installed, runs and reaches 168.63.129.16."
              .formatted(vm.id().name(), agent));
    }
    Store.Entry own = ownExtension(vm, settings).orElse(null);
    for (Store.Entry extension : store.below(Extensions.KIND, vm.id())) {
      String state = Json.text(extension.properties(), "/provisioningState");
      if (state.equals("Creating") || state.equals("Updating")) {
        return failed(
            "VMRestorePointClientError",
            "The restore point was not taken because extension '%s' of VM '%s' is in provisioning state %s: all extensions must be provisioned first."
                .formatted(extension.id().name(), vm.id().name(), state));
      }
    }
    if (own == null) {
      return failed(
          "VMRestorePointClientError",
          "The snapshot extension is missing on VM '%s' and its installation is not allowed."
              .formatted(vm.id().name()));
    }
    if (Json.text(own.properties(), "/provisioningState").equals("Failed")) {
      return failed(
          "VMRestorePointClientError",
          "Extension '%s' of VM '%s' failed: %s"
              .formatted(own.id().name(), vm.id().name(), Json.text(own.sim(), "/message")));
    }
    String freeze = Json.text(settings, "/freeze/code");
    if (!freeze.isEmpty()) {
      String message = Json.text(settings, "/freeze/message");
      note(own, freeze, message);
      return failed(freeze, message.isEmpty() ? "The file systems were not frozen." : message);
    }
    return isWindows(vm) ? vss(guest, settings, own) : scripts(settings, own);
  }

  private static Outcome failed(String code, String message) {
    return new Outcome("", new Refusal(409, code, message));
  }

  /** The snapshot extension, installed as the platform does at the first such restore point. */
  private Optional<Store.Entry> ownExtension(Store.Entry vm, ObjectNode settings) {
    String type = isWindows(vm) ? "VMSnapshot" : "VMSnapshotLinux";
    String install = Json.text(settings, "/extension/install");
    Optional<Store.Entry> found =
        store.below(Extensions.KIND, vm.id()).stream()
            .filter(each -> Extensions.handler(each).equalsIgnoreCase(PUBLISHER + "." + type))
            .findFirst();
    boolean sound =
        found
            .filter(each -> Json.text(each.properties(), "/provisioningState").equals("Succeeded"))
            .isPresent();
    if (sound || (found.isEmpty() && install.equals("forbidden"))) {
      return found;
    }
    ArmId id = found.map(Store.Entry::id).orElseGet(() -> vm.id().child("extensions", type));
    Store.Entry entry = found.orElseGet(() -> Extensions.platforms(vm, id, PUBLISHER, type));
    String state =
        switch (install) {
          case "failed" -> "Failed";
          case "stuck" -> "Creating";
          default -> "Succeeded";
        };
    entry.properties().put("provisioningState", state);
    entry.sim().put("message", Json.text(settings, "/extension/message"));
    store.save(entry);
    return Optional.of(entry);
  }

  private Outcome vss(Store.Entry guest, ObjectNode settings, Store.Entry own) {
    int left = guest.sim().path("downgraded").asInt(0);
    if (left > 0) {
      guest.sim().put("downgraded", left - 1);
      guests.save(guest);
      return new Outcome("FileSystemConsistent", null);
    }
    if (Json.text(settings, "/vss").equals("writerFailed")) {
      guest.sim().put("downgraded", DOWNGRADED_NEXT);
      guests.save(guest);
      note(own, "SnapshotVssWriterFailure", "A VSS writer is in a bad state.");
      return new Outcome("FileSystemConsistent", null);
    }
    note(own, "", "");
    return new Outcome("ApplicationConsistent", null);
  }

  private Outcome scripts(ObjectNode settings, Store.Entry own) {
    String outcome = Json.text(settings, "/scripts/outcome");
    String message = Json.text(settings, "/scripts/message");
    boolean good = outcome.equals("ok") || outcome.equals("none");
    note(own, good ? "" : outcome, message);
    if (!good && !settings.at("/scripts/continueBackupOnFailure").asBoolean()) {
      return failed("VMRestorePointClientError", outcome + ": " + message);
    }
    return new Outcome(
        outcome.equals("ok") ? "ApplicationConsistent" : "FileSystemConsistent", null);
  }

  /** What the extension says of its last run, shown in the instance view. */
  private void note(Store.Entry own, String code, String message) {
    if (code.isEmpty()) {
      own.sim().remove("problem");
    } else {
      own.sim().putObject("problem").put("code", code).put("message", code + ": " + message);
    }
    store.save(own);
  }
}
