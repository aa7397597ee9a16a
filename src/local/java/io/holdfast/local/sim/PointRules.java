package io.holdfast.local.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** What a restore point may ask for, by its body and by what its VM and disks are. */
final class PointRules {
  private PointRules() {}

  /** Whether the body asks for a crash consistent point; refuses what Azure does not take. */
  static boolean asksForCrash(ObjectNode body) {
    String mode = Json.text(body, "/properties/consistencyMode");
    if (!mode.isEmpty() && !mode.equals("CrashConsistent")) {
      throw Refusal.invalid(
          "consistencyMode", "'%s' is not accepted: CrashConsistent is, or none".formatted(mode));
    }
    if (body.at("/properties/sourceRestorePoint").isObject()) {
      throw Refusal.invalid("sourceRestorePoint", "copies of restore points are not simulated");
    }
    return !mode.isEmpty();
  }

  /** Lower-case ids of the disks to leave out. */
  static Set<String> excluded(ObjectNode body) {
    Set<String> keys = new HashSet<>();
    for (JsonNode disk : body.at("/properties/excludeDisks")) {
      keys.add(disk.path("id").asText("").toLowerCase(Locale.ROOT));
    }
    return keys;
  }

  /** Refuses a VM that has no restore points whatever the mode. */
  static void refuseWhatNoModeCan(Store.Entry vm) {
    String security = Json.text(vm.properties(), "/securityProfile/securityType");
    if (security.equals("ConfidentialVM")) {
      throw Refusal.notAllowed(
          "VM '%s' is a Confidential VM: restore points are not supported."
              .formatted(vm.id().name()));
    }
    JsonNode storage = vm.properties().path("storageProfile");
    boolean unmanaged = storage.path("osDisk").has("vhd");
    for (JsonNode disk : storage.path("dataDisks")) {
      unmanaged |= disk.has("vhd");
    }
    if (unmanaged) {
      throw Refusal.notAllowed(
          "VM '%s' has unmanaged disks: restore points are not supported."
              .formatted(vm.id().name()));
    }
  }

  /** The support matrix of virtual-machines-create-restore-points. */
  static void refuseWhatTheModeCannot(Store.Entry vm, boolean crash, VmDisks.Selection selection) {
    if (!crash && !Vms.isRunning(vm)) {
      throw Refusal.notAllowed(
          "VM '%s' is not running: an application consistent restore point needs a running VM and its agent."
              .formatted(vm.id().name()));
    }
    String size = Json.text(vm.properties(), "/hardwareProfile/vmSize");
    if (crash && !Sizes.isPremiumCapable(size)) {
      throw Refusal.notAllowed(
          "VM '%s' has size %s, which does not take Premium storage: it has no crash consistent restore points."
              .formatted(vm.id().name(), size));
    }
    for (VmDisks.Attached disk : selection.disks()) {
      JsonNode properties = disk.entry().properties();
      String sku = Json.text(disk.entry().resource(), "/sku/name");
      if (properties.path("maxShares").asInt(1) > 1 || disk.isEphemeral()) {
        throw Refusal.notAllowed(
            "Disk '%s' is shared or ephemeral: name it in excludeDisks."
                .formatted(disk.entry().id().name()));
      }
      if (crash && (sku.startsWith("Ultra") || sku.startsWith("PremiumV2") || disk.accelerated())) {
        throw Refusal.notAllowed(
            "Disk '%s' (%s) cannot be in a crash consistent restore point: name it in excludeDisks."
                .formatted(disk.entry().id().name(), sku));
      }
    }
  }
}
