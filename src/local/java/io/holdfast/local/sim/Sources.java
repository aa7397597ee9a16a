package io.holdfast.local.sim;

/** What a disk or snapshot can be made from: a disk, a snapshot or a disk restore point. */
final class Sources {
  private final Store store;
  private final DiskFiles files;

  /**
   * One source.
   *
   * @param entry its resource
   * @param uniqueId of the source
   */
  record Source(Store.Entry entry, Image image, String uniqueId) {}

  Sources(Store store, DiskFiles files) {
    this.store = store;
    this.files = files;
  }

  Source require(ArmId id) {
    Store.Entry entry = store.require(id);
    String uniqueId = Json.text(entry.properties(), "/uniqueId");
    if (entry.kind().equals(Disks.KIND)) {
      if (entry.sim().has("upload")) {
        throw Refusal.notAllowed("Disk " + id.name() + " is being uploaded.");
      }
      long size = entry.properties().get("diskSizeBytes").asLong();
      return new Source(entry, files.live(entry.id().name(), size), uniqueId);
    }
    return new Source(entry, copyOf(entry), uniqueId);
  }

  /** The bytes of a snapshot or disk restore point. */
  Image copyOf(Store.Entry entry) {
    if (!entry.sim().has("copyId") || entry.sim().has("copying")) {
      throw Refusal.notAllowed("'%s' holds no disk data (yet).".formatted(entry.id().text()));
    }
    return files.copy(entry.sim().get("copyId").asText(), entry.sim().get("size").asLong());
  }
}
