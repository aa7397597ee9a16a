package io.holdfast.backup;

import io.holdfast.catalogue.JobId;
import io.holdfast.disk.ArmId;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
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
   * A set's frozen decision.
   *
   * @param number of the set
   * @param owner id of the catalogue
   */
  static SnapshotSet set(
      JobId job,
      int number,
      SnapshotMethod method,
      String vmId,
      String location,
      String group,
      String owner,
      List<SourceDisk> disks) {
    // A VM that was moved has another ARM id, and a collection is bound to one; two apps that share
    // a group have collections of their own, since restore points carry no tags.
    String whose = ArmId.folded(vmId) + (owner == null ? "" : " " + owner);
    String own = JobId.of("x", job.time(), whose).tail();
    return new SnapshotSet(
        number,
        method,
        vmId,
        location,
        group,
        "holdfast-%s-%s".formatted(job.itemId(), own),
        "hf-%s-%s-%d".formatted(job.itemId(), job.stamp(), number),
        owner,
        disks);
  }
}
