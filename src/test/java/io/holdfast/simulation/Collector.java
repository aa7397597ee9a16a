package io.holdfast.simulation;

import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.JobRows.OpenJob;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.TableStore;
import io.holdfast.catalogue.Tables;
import io.holdfast.catalogue.Versioned;
import io.holdfast.vault.BlobStore;
import io.holdfast.vault.Digest;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointName;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.Vault;
import io.holdfast.vault.Vault.ListedPoint;
import io.holdfast.vault.VaultKeys;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What purge and collection do by rule 6 of {@code docs/design.md}, for as long as the app has none
 * of its own: so that what writers must keep to (rule 5, the assertion of the base) is put to the
 * test. Between any two of its requests others may go on.
 */
final class Collector {
  private static final Duration MARGIN = Duration.ofMinutes(10);
  private static final List<String> COLLECTED = List.of("chunks/", "segments/", "manifests/");

  private final SimWorld world;
  private final Catalogue catalogue;

  Collector(SimWorld world) {
    this.world = world;
    this.catalogue = Catalogue.over(world.tables);
  }

  /** One run; another one that is under way admits none. */
  void run(Host host, Optional<RecoveryPoint> marked) {
    if (!world.mayCollect(host)) {
      return;
    }
    marked.ifPresent(this::purge);
    collect();
    world.collected();
  }

  /** A point whose time has come: its object is emptied, then its row goes. */
  void purge(RecoveryPoint point) {
    Optional<Versioned<RecoveryPoint>> row = catalogue.points().find(point.id());
    if (row.isEmpty() || !row.get().value().published() || row.get().value().snapshot() != null) {
      return;
    }
    Vault vault = Vault.open(world.blobs, VaultKeys.none());
    world.maybePause();
    vault.purgePoint(new PointName(point.itemId(), point.id(), Digest.ofHex(point.manifest())));
    world.maybePause();
    boolean gone =
        world.tables.commit(
            Tables.CATALOGUE,
            List.of(
                new TableStore.Change.Delete(
                    new TableStore.Key(point.itemId(), "point-" + point.jobId().key()),
                    TableStore.ANY)));
    if (gone) {
      world.purged(point.id());
    }
  }

  /** Frees what no point refers to and no open backup may be about to refer to. */
  private void collect() {
    Instant horizon = world.now();
    for (OpenJob open : catalogue.jobs().openJobs()) {
      horizon = open.openedAt().isBefore(horizon) ? open.openedAt() : horizon;
    }
    horizon = horizon.minus(Vault.SAFE_AGE).minus(MARGIN);
    world.maybePause();
    Set<String> marked = mark();
    int deleted = 0;
    for (String prefix : COLLECTED) {
      for (String name : world.blobs.names()) {
        if (!name.startsWith(prefix) || marked.contains(name)) {
          continue;
        }
        Optional<BlobStore.Listed> listed =
            world.blobs.list(name, Optional.empty()).blobs().stream().findFirst();
        world.maybePause();
        if (listed.isPresent()
            && listed.get().modified().isBefore(horizon)
            && world.blobs.delete(name, listed.get().etag())) {
          deleted++;
        }
      }
    }
    world.outcome().count("objects collected", deleted);
  }

  private Set<String> mark() {
    Vault vault = Vault.open(world.blobs, VaultKeys.none());
    Set<String> manifests = new HashSet<>();
    for (ListedPoint listed : vault.listPoints()) {
      if (!listed.purged()) {
        manifests.add(listed.name().manifest().hex());
      }
    }
    world.maybePause();
    for (String item : world.items()) {
      catalogue
          .points()
          .ofItem(item, 1_000, Optional.empty())
          .forEach(point -> manifests.add(point.manifest()));
    }
    Set<String> marked = new HashSet<>();
    for (String manifest : manifests) {
      world.maybePause();
      marked.add(name("manifests", manifest));
      mark(vault, vault.loadPointManifest(Digest.ofHex(manifest)), marked);
    }
    return marked;
  }

  private static void mark(Vault vault, PointManifest point, Set<String> marked) {
    for (PointManifest.Disk disk : point.disks()) {
      marked.add(name("manifests", disk.root()));
      for (Digest segment : vault.loadDiskManifest(disk.rootDigest()).segments()) {
        if (!segment.isZero() && marked.add(name("segments", segment.hex()))) {
          SegmentIndex index = vault.loadSegment(segment);
          index.chunks().stream()
              .filter(chunk -> !chunk.isZero())
              .forEach(chunk -> marked.add(name("chunks", chunk.hex())));
        }
      }
    }
  }

  private static String name(String folder, String hex) {
    return folder + "/" + hex.substring(0, 2) + "/" + hex;
  }
}
