package io.holdfast.cli;

import io.holdfast.vault.PointManifest;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** What is printed of points. The fields of {@link Point} are those of {@code /recoveryPoints}. */
final class PointViews {
  private PointViews() {}

  /** A list, in the form of the API. */
  record Points(List<Point> value) {}

  record Point(
      String id,
      String itemId,
      String vmId,
      Instant time,
      String jobId,
      PointManifest.Consistency consistency,
      List<Disk> disks) {
    static Point of(PointManifest point) {
      return new Point(
          point.pointId(),
          point.itemId(),
          point.vmId(),
          point.time(),
          point.jobId(),
          point.consistency(),
          point.disks().stream().map(Disk::of).toList());
    }

    List<String> row() {
      return List.of(
          id,
          time.toString(),
          vmId.substring(vmId.lastIndexOf('/') + 1),
          consistency.achieved(),
          disks.stream()
              .map(disk -> disk.disk() + " " + Console.size(disk.sizeBytes()))
              .collect(Collectors.joining(", ")));
    }
  }

  record Disk(String disk, String name, long sizeBytes, String root) {
    static Disk of(PointManifest.Disk disk) {
      return new Disk(disk.disk(), disk.name(), disk.sizeBytes(), disk.root());
    }
  }

  static final List<String> HEADINGS = List.of("POINT", "TIME", "VM", "CONSISTENCY", "DISKS");

  /** One line a fact, then a table of the disks. */
  static void print(Console console, PointManifest point) {
    console.table(
        List.of(
            List.of("Point", point.pointId()),
            List.of("Item", point.itemId()),
            List.of("VM", point.vmId()),
            List.of("Time", point.time().toString()),
            List.of("Snapshots taken", point.snapshotTime().toString()),
            List.of("Job", point.jobId()),
            List.of("Base", point.base() == null ? "none" : point.base()),
            List.of(
                "Consistency",
                "%s (asked for %s)"
                    .formatted(point.consistency().achieved(), point.consistency().requested()))));
    console.out().println();
    List<List<String>> rows =
        point.disks().stream()
            .map(
                disk ->
                    List.of(
                        disk.disk(),
                        disk.name(),
                        Console.size(disk.sizeBytes()),
                        disk.changeSource(),
                        Console.size(disk.bytesStored()),
                        disk.root()))
            .collect(Collectors.toList());
    rows.add(0, List.of("DISK", "NAME", "SIZE", "READ BY", "STORED", "ROOT"));
    console.table(rows);
    point
        .excludedDisks()
        .forEach(
            disk ->
                console
                    .out()
                    .printf(
                        "Not in the point: %s %s: %s%n", disk.disk(), disk.name(), disk.reason()));
    point
        .warnings()
        .forEach(
            warning ->
                console
                    .out()
                    .printf(
                        "Warning %s: %s %s%n",
                        warning.code(), warning.message(), warning.remedy()));
  }
}
