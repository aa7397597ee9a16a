package io.holdfast.cli;

import io.holdfast.failure.Corrupt;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.InFlight;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.PointReader;
import io.holdfast.vault.SegmentIndex;
import io.holdfast.vault.Vault;
import io.holdfast.vault.Vault.ListedPoint;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;

/**
 * Reads every object of every point and proves it, and then every line of the ledger. The first
 * pass reads each object once, whoever shares it; only if something is wrong, a second one finds
 * every place that needs what is damaged.
 */
final class VaultCheck {
  private final Vault vault;
  private final LongConsumer progress;
  private final Set<Digest> segmentsSeen = new HashSet<>();
  private final Set<Digest> chunksSeen = new HashSet<>();
  private final Map<Digest, String> damagedChunks = new ConcurrentHashMap<>();
  private int diskManifests;

  /**
   * @param progress told the bytes of disk that were read and proved; by several threads
   */
  VaultCheck(Vault vault, LongConsumer progress) {
    this.vault = vault;
    this.progress = progress;
  }

  /**
   * What is wrong at one place of one point, or in the ledger.
   *
   * @param point null when it is the ledger, whose file and line the message names
   * @param disk null when it is the point itself
   * @param offset in the disk; null when it is all of it
   * @param chunk id of the chunk; null when it is an index or a manifest
   */
  record Finding(String point, String disk, Long offset, String chunk, String message) {
    String line() {
      if (point == null) {
        return message;
      }
      StringBuilder line = new StringBuilder("point ").append(point);
      if (disk != null) {
        line.append(", disk ").append(disk);
      }
      if (offset != null) {
        line.append(", offset ").append(offset);
      }
      if (chunk != null) {
        line.append(", chunk ").append(chunk);
      }
      return line.append(": ").append(message).toString();
    }
  }

  /**
   * What came of it.
   *
   * @param points that were read; purged ones are not
   * @param segmentIndexes read, each once
   * @param chunks read, each once
   * @param ledgerEntries of the ledger, which has them in a chain
   */
  record Result(
      int points,
      int diskManifests,
      int segmentIndexes,
      int chunks,
      int ledgerEntries,
      List<Finding> findings) {}

  /** What is done with a chunk, and with a fault of what lies above the chunks. */
  private interface Visit {
    void chunk(Finding place, Digest id) throws IOException;

    void fault(Finding finding);

    /** Whether the chunks of this index are looked at. */
    boolean segment(Digest id, boolean last);
  }

  Result run() throws IOException {
    List<ListedPoint> points =
        vault.listPoints().stream().filter(point -> !point.purged()).toList();
    List<Finding> faults = new ArrayList<>();
    try (InFlight gets = new InFlight(PointReader.GETS_IN_FLIGHT_MAX, "holdfast-verify")) {
      walkAll(points, new Proof(gets, faults));
      gets.finish();
    }
    List<Finding> findings = new ArrayList<>();
    if (!faults.isEmpty() || !damagedChunks.isEmpty()) {
      walkAll(points, new Search(findings));
      // What lay below a fault that has gone by itself was never read: it is told all the same.
      faults.stream().filter(fault -> !findings.contains(fault)).forEach(findings::add);
    }
    int ledgerEntries = readLedger(findings);
    return new Result(
        points.size(),
        diskManifests,
        segmentsSeen.size(),
        chunksSeen.size(),
        ledgerEntries,
        findings);
  }

  private int readLedger(List<Finding> findings) {
    AtomicInteger entries = new AtomicInteger();
    vault
        .ledger()
        .check(
            LocalDate.MIN,
            entry -> entries.incrementAndGet(),
            fault -> findings.add(new Finding(null, null, null, null, fault)));
    return entries.get();
  }

  /** The first pass. */
  private final class Proof implements Visit {
    private final InFlight gets;
    private final List<Finding> faults;

    Proof(InFlight gets, List<Finding> faults) {
      this.gets = gets;
      this.faults = faults;
    }

    @Override
    public boolean segment(Digest id, boolean last) {
      // The last one of a disk is read always: what lies past the end depends on the disk.
      return segmentsSeen.add(id) || last;
    }

    @Override
    public void chunk(Finding place, Digest id) throws IOException {
      if (chunksSeen.add(id)) {
        gets.submit(() -> prove(id));
      }
    }

    @Override
    public void fault(Finding finding) {
      faults.add(finding);
    }
  }

  private void prove(Digest id) {
    try {
      vault.readChunk(id, chunk -> progress.accept(chunk.remaining()));
    } catch (Corrupt e) {
      damagedChunks.put(id, e.getMessage());
    }
  }

  /** The second pass. */
  private final class Search implements Visit {
    private final List<Finding> findings;

    Search(List<Finding> findings) {
      this.findings = findings;
    }

    @Override
    public boolean segment(Digest id, boolean last) {
      return true;
    }

    @Override
    public void chunk(Finding place, Digest id) {
      String message = damagedChunks.get(id);
      if (message != null) {
        findings.add(new Finding(place.point(), place.disk(), place.offset(), id.hex(), message));
      }
    }

    @Override
    public void fault(Finding finding) {
      findings.add(finding);
    }
  }

  private void walkAll(List<ListedPoint> points, Visit visit) throws IOException {
    diskManifests = 0;
    for (ListedPoint listed : points) {
      String pointId = listed.name().pointId();
      try {
        boolean unused = vault.pointRef(listed.name()).isPresent();
      } catch (Corrupt e) {
        visit.fault(new Finding(pointId, null, null, null, e.getMessage()));
      }
      PointManifest point;
      try {
        point = vault.loadPoint(listed.name());
      } catch (Corrupt e) {
        visit.fault(new Finding(pointId, null, null, null, e.getMessage()));
        continue;
      }
      for (PointManifest.Disk disk : point.disks()) {
        walk(new PointReader(vault, point), pointId, disk, visit);
      }
    }
  }

  private void walk(PointReader reader, String pointId, PointManifest.Disk disk, Visit visit)
      throws IOException {
    DiskManifest manifest;
    try {
      manifest = reader.manifest(disk);
      diskManifests++;
    } catch (Corrupt e) {
      visit.fault(new Finding(pointId, disk.disk(), null, null, e.getMessage()));
      return;
    }
    int count = manifest.segments().size();
    for (int number = 0; number < count; number++) {
      Digest segment = manifest.segment(number);
      if (segment.isZero() || !visit.segment(segment, number == count - 1)) {
        continue;
      }
      long from = number * SegmentIndex.segmentBytes(manifest.chunkBytes());
      List<Digest> chunks;
      try {
        chunks = reader.chunks(disk, manifest, number);
      } catch (Corrupt e) {
        visit.fault(new Finding(pointId, disk.disk(), from, null, e.getMessage()));
        continue;
      }
      for (int i = 0; i < chunks.size(); i++) {
        if (!chunks.get(i).isZero()) {
          long offset = from + (long) i * manifest.chunkBytes();
          visit.chunk(new Finding(pointId, disk.disk(), offset, null, ""), chunks.get(i));
        }
      }
    }
  }
}
