package io.holdfast.local.sim;

/** The guest-state blobs of Trusted Launch VMs: a file of 4 MiB beside the OS disk's. */
final class GuestStates {
  private static final String TRUSTED = "TrustedLaunch";

  private final Store store;
  private final DiskFiles files;

  GuestStates(Store store, DiskFiles files) {
    this.store = store;
    this.files = files;
  }

  private static boolean isTrusted(Store.Entry entry) {
    return Json.text(entry.properties(), "/securityProfile/securityType").startsWith(TRUSTED);
  }

  /** Gives the OS disk of a Trusted Launch VM its blob, unless it has one already. */
  void ensure(Store.Entry vm) {
    String id = Json.text(vm.properties(), "/storageProfile/osDisk/managedDisk/id");
    if (!isTrusted(vm) || id.isEmpty()) {
      return;
    }
    Store.Entry disk = store.require(new ArmId(id));
    if (!isTrusted(disk)) {
      Json.child(disk.properties(), "securityProfile").put("securityType", TRUSTED);
    }
    if (!disk.sim().has("guestState")) {
      files.createGuestState(disk.id().name(), true);
      disk.sim().put("guestState", true);
    }
    store.save(disk);
  }

  /**
   * Gives a new disk its blob: that of its source, or zeros to be written over where it is to be
   * uploaded. The caller saves the entry.
   */
  void create(Store.Entry disk, String option, Sources.Source source) {
    String name = disk.id().name();
    if (source != null && source.entry().sim().has("guestState")) {
      files.copyGuestState(source.guestState(), name);
    } else if (option.equals("UploadPreparedSecure") && isTrusted(disk)) {
      files.createGuestState(name, false);
    } else {
      return;
    }
    disk.sim().put("guestState", true);
  }
}
