package io.holdfast.backup;

import io.holdfast.catalogue.JobId;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Vm;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Names of what is made in Azure, derived from job and set number. Pure. */
final class SnapshotNames {
  private static final Pattern FORM =
      Pattern.compile("hf-([a-z0-9][a-z0-9-]{0,62})-(\\d{17}-[0-9a-f]{6})-\\d+(-(os|lun\\d+))?");

  private SnapshotNames() {}

  /** The job that a set, or a single snapshot of one, is named after; empty for foreign names. */
  static Optional<JobId> jobOf(String name) {
    Matcher matcher = FORM.matcher(name);
    return matcher.matches()
        ? JobId.parse(matcher.group(1) + "-j" + matcher.group(2))
        : Optional.empty();
  }

  /** Whether this is the name of the set itself or of a single snapshot of it. */
  static boolean isOf(String name, String setName) {
    return name.equals(setName) || name.startsWith(setName + "-");
  }

  /**
   * The set that takes another's place: the same disks by another method.
   *
   * @param number of the new set
   */
  static SnapshotSet set(
      JobId job, int number, SnapshotMethod method, SnapshotSet before, String owner) {
    return new SnapshotSet(
        number,
        method,
        before.vmId(),
        before.location(),
        before.group(),
        collection(job.itemId(), before.vmId(), owner),
        setName(job, number),
        owner,
        before.disks(),
        before.excluded());
  }

  /**
   * A job's first set: a frozen decision.
   *
   * @param group resource group of the snapshots
   * @param owner id of the catalogue
   */
  static SnapshotSet first(
      JobId job,
      SnapshotMethod method,
      Vm vm,
      String group,
      String owner,
      List<SourceDisk> disks,
      List<String> excluded) {
    return new SnapshotSet(
        1,
        method,
        vm.id(),
        vm.location(),
        group,
        collection(job.itemId(), vm.id(), owner),
        setName(job, 1),
        owner,
        disks,
        excluded);
  }

  private static String setName(JobId job, int number) {
    return "hf-%s-%s-%d".formatted(job.itemId(), job.stamp(), number);
  }

  /**
   * Name of a VM's restore point collection. A VM that was moved has another ARM id, and a
   * collection is bound to one; two apps that share a group have collections of their own, since
   * restore points carry no tags.
   */
  static String collection(String itemId, String vmId, String owner) {
    String whose = ArmId.folded(vmId) + (owner == null ? "" : " " + owner);
    String own = JobId.of("x", Instant.EPOCH, whose).tail();
    return "holdfast-%s-%s".formatted(itemId, own);
  }
}
