package io.holdfast.backup;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.catalogue.Catalogue;
import io.holdfast.catalogue.ChangeSource;
import io.holdfast.catalogue.DiskPlan;
import io.holdfast.catalogue.Item;
import io.holdfast.catalogue.Job;
import io.holdfast.catalogue.Job.DiskResult;
import io.holdfast.catalogue.Job.JobDisk;
import io.holdfast.catalogue.JobId;
import io.holdfast.catalogue.JobStatus;
import io.holdfast.catalogue.Lane;
import io.holdfast.catalogue.OwnVault;
import io.holdfast.catalogue.RecoveryPoint;
import io.holdfast.catalogue.RecoveryPoint.PointDisk;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.Versioned;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.failure.Corrupt;
import io.holdfast.vault.Digest;
import io.holdfast.vault.DiskManifest;
import io.holdfast.vault.PointManifest;
import io.holdfast.vault.Vault;
import io.holdfast.vault.VaultConfig;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Objects, then disk manifests, then the point manifest, then the one conditional commit. Repeating
 * it writes the same bytes under the same names.
 */
final class Commit {
  /** The task's name as users see it. */
  static final String WRITE_POINT = "Write recovery point";

  /** Whose model is the VM's own. */
  private static final String VM = "vm";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Catalogue catalogue;
  private final OwnVault vault;
  private final InstantSource clock;

  Commit(Catalogue catalogue, OwnVault vault, InstantSource clock) {
    this.catalogue = catalogue;
    this.vault = vault;
    this.clock = clock;
  }

  /** What came of a commit. */
  enum Outcome {
    /** The point is there. */
    COMMITTED,
    /** The job was changed by someone else meanwhile: read it again. */
    JOB_CHANGED,
    /** A base that a plan names is gone. */
    BASE_GONE
  }

  /**
   * The rows that a commit is made of, as they were read before anything was decided by them.
   *
   * @param models of the VM and of each disk, by what they are of
   */
  private record Work(Map<String, DiskPlan> plans, List<Lane> lanes, Map<String, JsonNode> models) {
    DiskPlan plan(Job job, JobDisk disk) {
      DiskPlan plan = plans.get(disk.disk());
      if (plan == null) {
        throw new IllegalStateException(
            "disk %s of job %s has no sealed plan".formatted(disk.disk(), job.id()));
      }
      return plan;
    }

    /** The points that the plans build on. */
    List<JobId> bases() {
      return plans.values().stream()
          .map(plan -> plan.decision().base())
          .filter(base -> base != null)
          .distinct()
          .map(base -> JobId.parsePoint(base).orElseThrow())
          .toList();
    }
  }

  /** A disk, put together. */
  private record Assembled(JobDisk disk, DiskPlan plan, Digest root, DiskResult result) {}

  Outcome run(Versioned<Job> was) {
    Job job = was.value();
    vault.assertOwned();
    Vault target = vault.vault();
    Work work = read(job);
    boolean changed =
        catalogue.jobs().find(job.id()).filter(now -> now.etag().equals(was.etag())).isEmpty();
    if (changed) {
      // Another run may have committed and cleared the rows away while they were being read.
      return Outcome.JOB_CHANGED;
    }
    List<JobId> bases = work.bases();
    List<Assembled> disks;
    try {
      disks = assemble(target, job, work);
    } catch (Corrupt missing) {
      if (bases.stream().anyMatch(this::isGone)) {
        return Outcome.BASE_GONE;
      }
      throw missing;
    }
    Digest manifest = target.savePointManifest(manifest(target, job, disks, work)).id();
    RecoveryPoint point = point(job, disks, manifest);
    Job committed =
        job.withDisks(disks.stream().map(Commit::withResult).toList())
            .end(AwaitSnapshot.TRANSFER, "Completed", clock.instant())
            .begin(WRITE_POINT, clock.instant())
            .become(JobStatus.COMMITTED);
    List<Change> changes = new ArrayList<>();
    changes.add(catalogue.points().insert(point));
    for (JobId base : bases) {
      catalogue.points().find(base).ifPresent(row -> assertOurs(row.value()));
      changes.add(catalogue.points().assertExists(base));
    }
    boolean done = catalogue.jobs().leave(was, committed, item -> withPoint(item, point), changes);
    if (done) {
      return Outcome.COMMITTED;
    }
    return bases.stream().anyMatch(this::isGone) ? Outcome.BASE_GONE : Outcome.JOB_CHANGED;
  }

  private boolean isGone(JobId base) {
    return catalogue.points().find(base).isEmpty();
  }

  private void assertOurs(RecoveryPoint base) {
    vault.assertOurs("the row of recovery point " + base.id(), base.vaultId());
  }

  private Item withPoint(Item item, RecoveryPoint point) {
    vault.assertOurs("the row of item " + item.id(), item.vaultId());
    return item.withPoint(point);
  }

  private Work read(Job job) {
    Map<String, DiskPlan> plans = new LinkedHashMap<>();
    Map<String, JsonNode> models = new LinkedHashMap<>();
    models.put(VM, model(job.id(), VM));
    for (JobDisk disk : job.disks()) {
      catalogue
          .work()
          .sealed(job.id(), disk.disk())
          .ifPresent(plan -> plans.put(disk.disk(), plan));
      models.put(disk.disk(), model(job.id(), disk.disk()));
    }
    return new Work(plans, catalogue.work().lanes(job.id()), models);
  }

  private static List<Assembled> assemble(Vault target, Job job, Work work) {
    List<Assembled> disks = new ArrayList<>();
    for (JobDisk disk : job.disks()) {
      DiskPlan plan = work.plan(job, disk);
      DiskSnapshot snapshot = job.snapshot().part(disk.disk());
      Optional<DiskManifest> base =
          plan.decision().changeSource() == ChangeSource.SNAPSHOT_DIFF
              ? Optional.of(target.loadDiskManifest(Digest.ofHex(plan.decision().baseRoot())))
              : Optional.empty();
      DiskManifest manifest =
          DiskAssembly.manifest(
              plan,
              work.lanes(),
              base,
              target.digester().algorithm(),
              target.config().chunkBytes(),
              snapshot.logicalSectorBytes());
      Vault.Saved saved = target.saveDiskManifest(manifest);
      disks.add(
          new Assembled(
              disk,
              plan,
              saved.id(),
              new DiskResult(
                  plan.decision().changeSource(),
                  plan.decision().reason(),
                  plan.bytesTotal(),
                  DiskAssembly.counts(plan, work.lanes()),
                  saved.id().hex())));
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

  private static PointManifest manifest(Vault target, Job job, List<Assembled> disks, Work work) {
    return new PointManifest(
        VaultConfig.FORMAT_VERSION,
        target.config().vaultId(),
        job.id().itemId(),
        job.id().pointId(),
        job.vmId(),
        job.id().itemId(),
        job.id().toString(),
        job.snapshot().time(),
        job.snapshot().time(),
        new PointManifest.Consistency(
            job.snapshot().requested().text(), job.snapshot().achieved().text()),
        base(disks),
        work.models().get(VM),
        disks.stream().map(disk -> manifest(job, disk, work)).toList(),
        List.of(),
        job.warnings().stream()
            .map(w -> new PointManifest.Warning(w.code(), w.message(), w.remedy()))
            .toList());
  }

  private static PointManifest.Disk manifest(Job job, Assembled assembled, Work work) {
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
        work.models().get(disk.disk()));
  }

  private static String base(List<Assembled> disks) {
    return disks.stream()
        .map(disk -> disk.plan().decision().base())
        .filter(base -> base != null)
        .findFirst()
        .orElse(null);
  }

  private JsonNode model(JobId id, String of) {
    try {
      return JSON.readTree(catalogue.held().model(id, of).orElse("{}"));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "the captured model of %s of job %s is no JSON".formatted(of, id), e);
    }
  }

  private RecoveryPoint point(Job job, List<Assembled> disks, Digest manifest) {
    boolean kept = job.request().instantRestoreDays() > 0;
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
        base(disks),
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
        manifest.hex(),
        kept ? job.snapshot().set() : null,
        until,
        job.request().retainUntil(),
        vault.vault().config().vaultId(),
        false);
  }
}
