package io.holdfast.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Rebuild;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.Tables;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.fake.MemoryBlobs;
import io.holdfast.fake.MemoryDisk;
import io.holdfast.fake.MemoryDisks;
import io.holdfast.fake.MemoryTables;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointReader;
import io.holdfast.vault.Vault;
import io.holdfast.vault.Vault.ListedPoint;
import io.holdfast.vault.VaultKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What must be true of a world that has come to rest, whatever happened before. It looks at storage
 * and Azure with clients of its own.
 */
public final class Checks {
  private static final int ALL = 1_000;

  private final MemoryTables tables;
  private final MemoryDisks disks;
  private final Catalogue catalogue;
  private final Vault vault;
  private final Set<String> purged;
  private final boolean deleted;

  /**
   * @param purged ids of points that a person had removed
   * @param deleted whether a person deleted snapshots by hand: then those that points keep may be
   *     gone
   */
  public Checks(
      MemoryTables tables,
      MemoryBlobs blobs,
      MemoryDisks disks,
      Set<String> purged,
      boolean deleted) {
    this.deleted = deleted;
    this.purged = purged;
    this.tables = tables;
    this.disks = disks;
    this.catalogue = Catalogue.over(tables);
    this.vault = Vault.open(blobs, VaultKeys.none());
  }

  /**
   * All of them.
   *
   * @return points that were restored
   */
  public int all() {
    int restored = 0;
    Set<String> kept = new HashSet<>();
    List<RecoveryPoint> points = new ArrayList<>();
    for (String item : items()) {
      List<Job> jobs = catalogue.jobs().ofItem(item, ALL, Optional.empty());
      List<RecoveryPoint> own = catalogue.points().ofItem(item, ALL, Optional.empty());
      jobs.forEach(this::over);
      eachCompletedJobHasItsPoint(jobs, own);
      for (RecoveryPoint point : own) {
        holdsWhatItsSnapshotHeld(point);
        restored++;
        if (point.snapshot() != null) {
          kept.add(point.snapshot().name());
        }
      }
      points.addAll(own);
      assertThat(workRows(item)).as("rows of work of item %s", item).isEmpty();
      assertThat(catalogue.jobs().item(item).map(row -> row.value().activeBackup()))
          .as("active backup of item %s", item)
          .isEmpty();
    }
    assertThat(tables.rowKeys(Tables.CATALOGUE, "open")).as("open rows").isEmpty();
    assertThat(disks.grants()).as("accesses").isEmpty();
    assertThat(kept).as("snapshots that points keep").containsAll(disks.left());
    if (!deleted) {
      assertThat(disks.left()).as("snapshots that are there").containsAll(kept);
    }
    theVaultSaysTheSame(points);
    theIndexSaysTheSame();
    return restored;
  }

  private List<String> items() {
    return tables.partitions(Tables.CATALOGUE).stream()
        .filter(partition -> !partition.equals("open") && !partition.equals("vault"))
        .toList();
  }

  private List<String> workRows(String item) {
    return tables.rowKeys(Tables.CATALOGUE, item).stream()
        .filter(row -> row.startsWith("work-"))
        .toList();
  }

  private void over(Job job) {
    assertThat(job.status().ended()).as("ended: %s", job).isTrue();
    assertThat(job.released()).as("released: %s", job).isTrue();
  }

  /** No point is lost, and none is there that no job reported. */
  private void eachCompletedJobHasItsPoint(List<Job> jobs, List<RecoveryPoint> points) {
    List<String> completed =
        jobs.stream()
            .filter(
                job ->
                    job.status() == JobStatus.COMPLETED
                        || job.status() == JobStatus.COMPLETED_WITH_WARNINGS)
            .map(job -> job.id().pointId())
            .filter(id -> !purged.contains(id))
            .toList();
    assertThat(points)
        .extracting(RecoveryPoint::id)
        .as("points of completed jobs")
        .containsExactlyInAnyOrderElementsOf(completed);
  }

  private void holdsWhatItsSnapshotHeld(RecoveryPoint point) {
    assertThat(point.published()).as("published: %s", point.id()).isTrue();
    List<ListedPoint> found = vault.findPoint(point.id());
    assertThat(found).as("objects of point %s", point.id()).hasSize(1);
    PointManifest manifest = vault.loadPoint(found.get(0).name());
    Job job = catalogue.jobs().find(point.jobId()).map(Versioned::value).orElseThrow();
    assertThat(point.time()).as("time of %s", point.id()).isEqualTo(job.snapshot().time());
    assertThat(manifest.disks())
        .extracting(PointManifest.Disk::disk)
        .as("disks of %s", point.id())
        .containsExactlyInAnyOrderElementsOf(
            job.snapshot().parts().stream().map(DiskSnapshot::disk).toList());
    for (PointManifest.Disk disk : manifest.disks()) {
      DiskSnapshot part = job.snapshot().part(disk.disk());
      assertThat(part.id()).as("one set: %s", point.id()).contains(job.snapshot().set().name());
      MemoryDisk held = disks.heldBy(part);
      if (!part.guestState()) {
        assertThat(held.uniqueId()).as("the disk of %s", disk.disk()).isEqualTo(disk.uniqueId());
      }
      byte[] restored = restore(manifest, disk);
      int at = Arrays.mismatch(restored, held.bytes());
      assertThat(at)
          .as(
              "first wrong byte of %s of %s, made by %s (%s)",
              disk.disk(), point.id(), disk.changeSource(), disk.reason())
          .isEqualTo(-1);
    }
  }

  /** Reads a disk back, each object proved, on this thread. */
  private byte[] restore(PointManifest point, PointManifest.Disk disk) {
    PointReader reader = new PointReader(vault, point);
    DiskManifest manifest = reader.manifest(disk);
    byte[] bytes = new byte[(int) disk.sizeBytes()];
    int at = 0;
    for (int segment = 0; segment < manifest.segments().size(); segment++) {
      for (Digest id : reader.chunks(disk, manifest, segment)) {
        int length = Math.min(manifest.chunkBytes(), bytes.length - at);
        if (length > 0 && !id.isZero()) {
          int from = at;
          vault.readChunk(id, chunk -> chunk.get(bytes, from, length));
        }
        at += Math.max(0, length);
      }
    }
    return bytes;
  }

  private void theVaultSaysTheSame(List<RecoveryPoint> points) {
    Rebuild rebuilt = Rebuild.from(vault);
    assertThat(points.stream().map(RecoveryPoint::withoutSnapshot).toList())
        .as("points, as a rebuild from the vault would give them")
        .containsExactlyInAnyOrderElementsOf(rebuilt.points());
    Map<String, String> latest = new HashMap<>();
    rebuilt.items().forEach(item -> latest.put(item.id(), item.latestPoint()));
    for (String item : items()) {
      assertThat(catalogue.jobs().item(item).map(row -> row.value().latestPoint()).orElse(null))
          .as("newest point of item %s, as a rebuild from the vault would give it", item)
          .satisfiesAnyOf(
              newest -> assertThat(newest).isEqualTo(latest.get(item)),
              newest -> assertThat(purged).contains(newest));
    }
  }

  private void theIndexSaysTheSame() {
    MemoryTables fresh = new MemoryTables(() -> java.time.Instant.EPOCH);
    for (String id : items()) {
      Optional<Item> item = catalogue.jobs().item(id).map(Versioned::value);
      List<Job> jobs = catalogue.jobs().ofItem(id, ALL, Optional.empty());
      List<RecoveryPoint> points = catalogue.points().ofItem(id, ALL, Optional.empty());
      item.ifPresent(found -> Catalogue.over(fresh).index().rebuild(found, jobs, points));
    }
    // It may name too much, since a late write cannot be called back: who reads it looks at the
    // truth. It must not lack anything.
    for (String partition : fresh.partitions(Tables.INDEX)) {
      assertThat(tables.rowKeys(Tables.INDEX, partition))
          .as("rows of the index, partition %s, as its rebuild would give them", partition)
          .containsAll(fresh.rowKeys(Tables.INDEX, partition));
    }
  }
}
