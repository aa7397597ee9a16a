package io.holdfast.backup;

import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.DiskResult;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.Job.Warning;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.RecoveryPoint.PointDisk;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A recovery point before its commit: disk manifests that are saved, and what is made of them. */
final class PointDraft {
  private final Job job;
  private final CommitRows rows;
  private final List<Assembled> disks;

  /** A disk, put together. */
  private record Assembled(
      JobDisk disk, DiskPlan plan, Digest root, DiskResult result, long compareBytes) {}

  private PointDraft(Job job, CommitRows rows, List<Assembled> disks) {
    this.job = job;
    this.rows = rows;
    this.disks = disks;
  }

  /**
   * What the job is to say of disks whose snapshots stay since they are too much to compare.
   *
   * @param readBytesPerSecond at which a backup reads
   */
  List<Warning> slow(long readBytesPerSecond) {
    return disks.stream()
        .filter(disk -> SlowCompare.isSlow(disk.compareBytes(), readBytesPerSecond))
        .map(disk -> SlowCompare.note(disk.disk().disk(), disk.compareBytes(), readBytesPerSecond))
        .toList();
  }

  /**
   * Puts the disks together and saves their manifests.
   *
   * @throws io.holdfast.failure.Corrupt when the manifest of a base is missing or damaged
   * @throws IllegalStateException when a segment that had to be moved has no result
   */
  static PointDraft save(Vault target, Job job, CommitRows rows) {
    return new PointDraft(job, rows, assemble(target, job, rows));
  }

  /** The job's disks with what became of them. */
  List<JobDisk> results() {
    return disks.stream().map(PointDraft::withResult).toList();
  }

  private static List<Assembled> assemble(Vault target, Job job, CommitRows rows) {
    List<Assembled> disks = new ArrayList<>();
    for (JobDisk disk : job.disks()) {
      DiskPlan plan = rows.plan(job, disk);
      DiskSnapshot snapshot = job.snapshot().part(disk.disk());
      Optional<DiskManifest> base =
          plan.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF
              ? Optional.of(target.loadDiskManifest(Digest.ofHex(plan.decision().baseRoot())))
              : Optional.empty();
      DiskManifest manifest =
          DiskAssembly.manifest(
              plan,
              rows.lanes(),
              base,
              target.digester().algorithm(),
              target.config().chunkBytes(),
              snapshot.logicalSectorBytes());
      Vault writer = UnusableBase.writer(target, plan);
      Vault.Saved saved = writer.saveDiskManifest(manifest);
      DiskResult result =
          new DiskResult(
              plan.decision().changeSource(),
              plan.decision().reason(),
              plan.bytesTotal(),
              DiskAssembly.counts(plan, rows.lanes()),
              saved.id().hex());
      long segmentBytes = (long) target.config().chunkBytes() * target.config().segmentChunks();
      disks.add(
          new Assembled(
              disk, plan, saved.id(), result, SlowCompare.bytes(result, manifest, segmentBytes)));
    }
    return disks;
  }

  private static JobDisk withResult(Assembled assembled) {
    JobDisk disk = assembled.disk();
    return new JobDisk(
        disk.disk(),
        disk.name(),
        disk.id(),
        disk.uniqueId(),
        disk.lun(),
        assembled.plan().decision().sizeBytes(),
        assembled.result());
  }

  /** The point manifest, which names all that was saved. */
  PointManifest manifest(String vaultId) {
    return new PointManifest(
        VaultConfig.FORMAT_VERSION,
        vaultId,
        job.id().itemId(),
        job.id().pointId(),
        job.vmId(),
        job.id().itemId(),
        job.id().toString(),
        job.snapshot().time(),
        job.snapshot().time(),
        new PointManifest.Consistency(
            job.snapshot().requested().text(), job.snapshot().achieved().text()),
        base(),
        rows.models().get(CommitRows.VM),
        disks.stream().map(this::manifest).toList(),
        job.excluded().stream()
            .map(
                disk ->
                    new PointManifest.ExcludedDisk(
                        disk.disk(),
                        disk.name(),
                        disk.id(),
                        disk.lun() < 0 ? null : disk.lun(),
                        disk.reason()))
            .toList(),
        Stream.concat(job.warnings().stream(), job.notes().stream())
            .map(w -> new PointManifest.Warning(w.code(), w.message(), w.remedy()))
            .toList());
  }

  private PointManifest.Disk manifest(Assembled assembled) {
    JobDisk disk = assembled.disk();
    DiskResult result = assembled.result();
    return new PointManifest.Disk(
        disk.disk(),
        disk.name(),
        disk.id(),
        disk.uniqueId(),
        disk.lun() < 0 ? null : disk.lun(),
        assembled.plan().decision().sizeBytes(),
        job.snapshot().part(disk.disk()).logicalSectorBytes(),
        result.changeSource().text(),
        result.reason(),
        result.root(),
        result.counts().read(),
        result.counts().transferred(),
        result.counts().stored(),
        rows.models().get(disk.disk()));
  }

  private String base() {
    return disks.stream()
        .map(disk -> disk.plan().decision().base())
        .filter(base -> base != null)
        .findFirst()
        .orElse(null);
  }

  /**
   * The point's row, not published yet.
   *
   * @param manifest id of the saved point manifest
   * @param slow whether the snapshots stay for the next backup, whatever the policy says
   */
  RecoveryPoint point(Digest manifest, String vaultId, boolean slow) {
    boolean kept = slow || job.request().instantRestoreDays() > 0;
    Instant until =
        kept
            ? job.snapshot().time().plus(Duration.ofDays(job.request().instantRestoreDays()))
            : null;
    return new RecoveryPoint(
        job.id().pointId(),
        job.id(),
        job.vmId(),
        job.snapshot().time(),
        job.snapshot().requested(),
        job.snapshot().achieved(),
        base(),
        disks.stream()
            .map(
                disk ->
                    new PointDisk(
                        disk.disk().disk(),
                        disk.disk().name(),
                        disk.disk().uniqueId(),
                        disk.plan().decision().sizeBytes(),
                        disk.root().hex(),
                        kept ? job.snapshot().part(disk.disk().disk()) : null))
            .toList(),
        job.excluded(),
        manifest.hex(),
        kept ? job.snapshot().set() : null,
        until,
        job.request().retainUntil(),
        vaultId,
        false);
  }
}
