package io.holdfast.local.sim;

import java.nio.file.Path;

/** What a disk or snapshot can be made from: a disk, a snapshot or a disk restore point. */
final class Sources {
  private final Store store;
  private final DiskFiles files;
  private final BackgroundCopies copies;

  /**
   * One source.
   *
   * @param entry its resource
   * @param uniqueId of the source
   * @param guestState the guest-state blob that goes with it, or null
   */
  record Source(Store.Entry entry, Image image, String uniqueId, Path guestState) {}

  Sources(Store store, DiskFiles files, BackgroundCopies copies) {
    this.store = store;
    this.files = files;
    this.copies = copies;
  }

  Source require(ArmId id) {
    Store.Entry entry = store.require(id);
    copies.refusePending(entry);
    boolean trusted = entry.sim().has("guestState");
    String uniqueId = Json.text(entry.properties(), "/uniqueId");
    if (entry.kind().equals(Disks.KIND)) {
      if (entry.sim().has("upload")) {
        throw Refusal.notAllowed("Disk " + id.name() + " is being uploaded.");
      }
      long size = entry.properties().get("diskSizeBytes").asLong();
      Path state = trusted ? files.guestState(entry.id().name()) : null;
      return new Source(entry, files.live(entry.id().name(), size), uniqueId, state);
    }
    Path state = trusted ? files.guestStateCopy(Json.text(entry.sim(), "/copyId")) : null;
    return new Source(entry, copyOf(entry), uniqueId, state);
  }

  /** The bytes of a snapshot or disk restore point. */
  Image copyOf(Store.Entry entry) {
    if (!entry.sim().has("copyId") || entry.sim().has("copying")) {
      throw Refusal.notAllowed("'%s' holds no disk data (yet).".formatted(entry.id().text()));
    }
    return files.copy(entry.sim().get("copyId").asText(), entry.sim().get("size").asLong());
  }
}
