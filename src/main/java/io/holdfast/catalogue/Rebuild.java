package io.holdfast.catalogue;

import io.holdfast.catalogue.Job.ExcludedDisk;
import io.holdfast.catalogue.RecoveryPoint.PointDisk;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.Consistency;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointRef;
import io.holdfast.vault.Vault;
import io.holdfast.vault.Vault.ListedPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the catalogue would hold if it were made again from the vault alone: its points, and the
 * items that have any. Not jobs, times of writes or ETags; and not snapshots that are kept in Azure
 * for instant restore, of which the vault knows nothing.
 */
public record Rebuild(List<Item> items, List<RecoveryPoint> points) {
  public Rebuild {
    items = List.copyOf(items);
    points = List.copyOf(points);
  }

  /**
   * Reads {@code points/}, the manifest of every point that was not purged, and the ledger.
   *
   * @throws io.holdfast.failure.Corrupt naming what is missing or damaged
   */
  public static Rebuild from(Vault vault) {
    Retold retold = Retold.from(vault.ledger());
    List<RecoveryPoint> points = new ArrayList<>();
    for (ListedPoint listed : vault.listPoints()) {
      Optional<PointRef> ref = vault.pointRef(listed.name());
      if (ref.isPresent()) {
        RecoveryPoint point = point(ref.get(), vault.loadPoint(listed.name()));
        points.add(point.with(retold.of(point.id())));
      }
    }
    // By what they hold: ids go by when a job was asked for, and a late slot may come second.
    points.sort(Comparator.comparing(RecoveryPoint::itemId).thenComparing(RecoveryPoint::time));
    Map<String, Item> items = new LinkedHashMap<>();
    for (RecoveryPoint point : points) {
      items.put(
          point.itemId(),
          new Item(
              point.itemId(),
              point.vmId(),
              ArmId.nameOf(point.vmId()),
              null,
              point.id(),
              point.vaultId()));
    }
    return new Rebuild(List.copyOf(items.values()), points);
  }

  private static RecoveryPoint point(PointRef ref, PointManifest manifest) {
    return new RecoveryPoint(
        manifest.pointId(),
        JobId.parsePoint(manifest.pointId()).orElseThrow(),
        manifest.vmId(),
        manifest.time(),
        Consistency.of(manifest.consistency().requested()),
        Consistency.of(manifest.consistency().achieved()),
        manifest.base(),
        manifest.disks().stream()
            .map(
                disk ->
                    new PointDisk(
                        disk.disk(),
                        disk.name(),
                        disk.uniqueId(),
                        disk.sizeBytes(),
                        disk.root(),
                        null))
            .toList(),
        manifest.excludedDisks().stream()
            .map(
                disk ->
                    new ExcludedDisk(
                        disk.disk(),
                        disk.name(),
                        disk.diskId(),
                        disk.lun() == null ? -1 : disk.lun(),
                        disk.reason()))
            .toList(),
        ref.manifest(),
        null,
        null,
        ref.retainUntil(),
        manifest.vaultId(),
        true);
  }
}
