package io.holdfast.backup;

import io.holdfast.catalogue.Protection;
import io.holdfast.disk.DiskFacts.NetworkAccess;
import io.holdfast.disk.DiskSelection.DiskMatch;
import io.holdfast.disk.SnapshotSet.Fit;
import io.holdfast.disk.Surroundings.Lock;
import io.holdfast.disk.Surroundings.Missing;
import io.holdfast.disk.Surroundings.Site;
import io.holdfast.disk.Vm;
import io.holdfast.disk.Vm.VmDisk;
import io.holdfast.disk.VmFacts.Security;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What stands in the way of a backup, before anything is touched: a pure function of what Azure
 * says. The limits are those of azure-compute-docs, "Limitations" of restore points and incremental
 * snapshots.
 */
final class Precheck {
  /** Why an ephemeral disk is left out. */
  static final String EPHEMERAL =
      "an ephemeral OS disk lives on the host, Azure takes no snapshot of it";

  private static final int POINTS_MAX = 500;
  private static final int SNAPSHOTS_MAX = 500;
  private static final int NEAR_PERCENT = 90;
  private static final int POINTS_AN_HOUR_MAX = 3;
  private static final Duration HOUR = Duration.ofHours(1);

  private final Vm vm;
  private final Intent intent;
  private final Protection protection;
  private final Site site;
  private final Instant now;
  private final List<Check> found = new ArrayList<>();

  private Precheck(Vm vm, Intent intent, Protection protection, Site site, Instant now) {
    this.vm = vm;
    this.intent = intent;
    this.protection = protection;
    this.site = site;
    this.now = now;
  }

  /** All findings, in the order in which a person would mend them. */
  static List<Check> of(Vm vm, Intent intent, Protection protection, Site site, Instant now) {
    Precheck checks = new Precheck(vm, intent, protection, site, now);
    checks.machine();
    checks.group();
    checks.permissions();
    checks.quota();
    checks.selection();
    intent.disks().forEach(checks::disk);
    checks.guest();
    return List.copyOf(checks.found);
  }

  private void machine() {
    String name = "virtualMachine";
    if (vm.facts().security() == Security.CONFIDENTIAL) {
      found.add(
          Check.required(
              name,
              "ConfidentialVmUnsupported",
              "%s is a Confidential VM: its disks cannot be exported in a form that can be restored"
                  .formatted(vm.id()),
              "Back it up from inside the guest."));
    } else if (!vm.facts().unmanagedDisks().isEmpty()) {
      found.add(
          Check.required(
              name,
              "UnmanagedDisks",
              "%s has unmanaged disks (%s), of which Azure makes no restore points"
                  .formatted(vm.id(), String.join(", ", vm.facts().unmanagedDisks())),
              "Convert them to managed disks."));
    } else if (vm.disks().isEmpty()) {
      found.add(
          Check.required(
              name,
              "NoManagedDisks",
              "VM %s has no managed disk; unmanaged disks cannot be backed up".formatted(vm.id()),
              "Convert them to managed disks."));
    } else {
      found.add(
          Check.passed(name, vm.running() ? "it is running" : "it does not run: nothing writes"));
    }
  }

  private void group() {
    String name = "snapshotResourceGroup";
    if (!site.groupExists()) {
      found.add(
          Check.required(
              name,
              "SnapshotGroupMissing",
              "the resource group for snapshots is not in the VM's subscription",
              "Deploy infra/subscription.bicep into that subscription (docs/deploy.md), or set"
                  + " HOLDFAST_SNAPSHOT_RESOURCE_GROUP."));
      return;
    }
    for (Lock lock : site.locks()) {
      found.add(
          Check.required(
              name,
              "SnapshotGroupLocked",
              lock.readOnly()
                  ? "lock %s forbids to make snapshots".formatted(lock.id())
                  : "lock %s forbids to remove snapshots, which would stay for ever"
                      .formatted(lock.id()),
              "Remove the lock: the group holds nothing but Holdfast's snapshots."));
    }
    if (site.locks().isEmpty()) {
      found.add(Check.passed(name, "it is there and has no lock"));
    }
  }

  private void permissions() {
    String name = "permissions";
    if (!site.permissionsKnown()) {
      found.add(
          Check.suggested(
              name,
              "PermissionsUnknown",
              "Azure does not say what the app's identity may do",
              "Grant it Microsoft.Authorization/permissions/read, so that a missing right is seen"
                  + " before a backup fails."));
      return;
    }
    for (Missing missing : site.missing()) {
      found.add(
          Check.required(
              name,
              "PermissionMissing",
              "the app's identity may not do %s at %s".formatted(missing.action(), missing.scope()),
              "Assign the role of infra/subscription.bicep at that scope; a deny assignment of a managed"
                  + " resource group cannot be overruled."));
    }
    if (site.missing().isEmpty()) {
      found.add(Check.passed(name, "the app's identity may do all that a backup needs"));
    }
  }

  private void quota() {
    String name = "quota";
    int before = found.size();
    int points = site.points().size();
    List<VmDisk> full =
        intent.disks().stream().filter(disk -> snapshotsOf(disk) >= SNAPSHOTS_MAX).toList();
    if (points >= POINTS_MAX && !full.isEmpty()) {
      found.add(
          Check.required(
              name,
              "SnapshotQuotaUsedUp",
              "the VM has %d of %d restore points, and disk %s %d of %d snapshots"
                  .formatted(
                      points,
                      POINTS_MAX,
                      full.get(0).key(),
                      snapshotsOf(full.get(0)),
                      SNAPSHOTS_MAX),
              "Remove old ones; look at why the app did not."));
    } else if (near(points, POINTS_MAX)) {
      found.add(
          Check.suggested(
              name,
              "RestorePointQuota",
              "the VM has %d of %d restore points".formatted(points, POINTS_MAX),
              "Remove old ones; at the limit single snapshots are taken instead."));
    }
    for (VmDisk disk : intent.disks()) {
      int snapshots = snapshotsOf(disk);
      if (near(snapshots, SNAPSHOTS_MAX) && points < POINTS_MAX) {
        found.add(
            Check.suggested(
                name,
                "SnapshotQuota",
                "disk %s has %d of %d snapshots".formatted(disk.key(), snapshots, SNAPSHOTS_MAX),
                "Remove old ones; at the limit no single snapshot can be taken."));
      }
    }
    rate(name);
    if (found.size() == before) {
      found.add(
          Check.passed(name, "%d of %d restore points are used".formatted(points, POINTS_MAX)));
    }
  }

  private int snapshotsOf(VmDisk disk) {
    return site.snapshots().getOrDefault(io.holdfast.disk.ArmId.folded(disk.id()), 0);
  }

  private static boolean near(int used, int max) {
    return used * 100 >= max * NEAR_PERCENT;
  }

  /** Azure counts deleted ones too, so that this sees less than binds. */
  private void rate(String name) {
    for (boolean crash : List.of(false, true)) {
      List<Instant> lastHour =
          site.points().stream()
              .filter(point -> point.crash() == crash)
              .map(point -> point.timeCreated())
              .filter(time -> time.isAfter(now.minus(HOUR)))
              .sorted()
              .toList();
      if (lastHour.size() >= POINTS_AN_HOUR_MAX) {
        found.add(
            Check.suggested(
                name,
                "RestorePointRate",
                "%d %s restore points were made in the last hour; Azure allows %d, the next one at %s"
                    .formatted(
                        lastHour.size(),
                        crash ? "crash-consistent" : "consistent",
                        POINTS_AN_HOUR_MAX,
                        lastHour.get(0).plus(HOUR)),
                "Space on-demand backups of one VM further apart; a backup now takes the next"
                    + " method."));
      }
    }
  }

  private void selection() {
    String name = "diskSelection";
    int before = found.size();
    for (DiskMatch filter : protection.disks().unmatched(vm.disks())) {
      found.add(
          Check.degrades(
              name,
              "DiskFilterUnmatched",
              "the disk filter \"%s\" matches no disk of the VM".formatted(filter),
              "Correct it in the policy; the VM has " + names()));
    }
    intent.excluded().stream()
        .filter(disk -> disk.reason().equals(EPHEMERAL))
        .forEach(
            disk ->
                found.add(
                    Check.degrades(
                        name,
                        "DiskNotCaptured",
                        "disk %s (%s) is not in the point: %s"
                            .formatted(disk.disk(), disk.name(), disk.reason()),
                        "The point restores the other disks and the VM's model; exclude the disk in"
                            + " the policy to accept this without a warning.")));
    if (intent.disks().isEmpty() && !vm.disks().isEmpty()) {
      found.add(
          Check.required(
              name,
              "NoDiskSelected",
              "no disk is left to back up: the VM has " + names(),
              "Change the disk filters of the policy."));
    } else if (found.size() == before) {
      found.add(
          Check.passed(name, "%d of %d disks".formatted(intent.disks().size(), vm.disks().size())));
    }
  }

  private String names() {
    return vm.disks().stream()
        .map(disk -> disk.key() + " (" + disk.name() + ")")
        .collect(Collectors.joining(", "));
  }

  private void disk(VmDisk disk) {
    String name = "disk " + disk.key();
    int before = found.size();
    String what = "disk %s (%s)".formatted(disk.key(), disk.name());
    if (disk.facts().networkAccess() == NetworkAccess.DENY_ALL) {
      found.add(
          Check.required(
              name,
              "NetworkAccessDenied",
              what + " forbids every export (networkAccessPolicy DenyAll)",
              "Allow private access with a disk access object, or exclude the disk."));
    }
    if (disk.facts().networkAccess() == NetworkAccess.ALLOW_PRIVATE) {
      found.add(
          Check.suggested(
              name,
              "PrivateNetworkAccess",
              "%s is exported through disk access %s only"
                  .formatted(what, disk.facts().diskAccess()),
              "The function app has to be in a network with its private endpoint; it serves 5"
                  + " disks at a time."));
    }
    if (disk.facts().entraReads()) {
      found.add(
          Check.required(
              name,
              "EntraDataAccessUnsupported",
              what + " wants a Microsoft Entra token for its exports (dataAccessAuthMode)",
              "Set dataAccessAuthMode to None, or exclude the disk."));
    }
    if (disk.facts().fit() == Fit.NONE) {
      found.add(
          Check.suggested(
              name,
              "SharedDisk",
              what
                  + " is shared: no restore point holds it, so it gets a crash-consistent snapshot"
                  + " of its own",
              "Quiesce the cluster, or exclude the disk, for a consistent backup of the others."));
    }
    if (disk.facts().fit() == Fit.NOT_CRASH) {
      found.add(
          Check.suggested(
              name,
              "NoCrashConsistentPoint",
              what
                  + " (Ultra, Premium SSD v2 or write-accelerated) is in no crash-consistent"
                  + " restore point: there it gets a snapshot of its own",
              "Nothing, as long as consistent snapshots work."));
    }
    if (disk.facts().guestEncrypted()) {
      found.add(
          Check.suggested(
              name,
              "GuestEncrypted",
              what
                  + " is encrypted by the guest (Azure Disk Encryption): the backup holds"
                  + " ciphertext, which needs the keys of its key vault",
              "Keep those keys, and their versions, for as long as the backups."));
    }
    if (found.size() == before) {
      found.add(Check.passed(name, "it can be snapshotted and read"));
    }
  }

  private void guest() {
    String name = "consistency";
    intent
        .skipped()
        .forEach(why -> found.add(Check.degrades(name, why.code(), why.message(), why.remedy())));
    if (intent.first() == null) {
      found.add(
          Check.required(
              name,
              "ConsistencyNotPossible",
              "%s is demanded, which this VM cannot give now: it %s"
                  .formatted(
                      protection.consistency().text(),
                      vm.running()
                          ? "cannot be frozen"
                          : "does not run, so that its files are whole but its applications were"
                              + " not asked"),
              "Start the VM and mend its guest agent, or do not demand it (consistencyRequired)."));
    } else if (intent.skipped().isEmpty()) {
      found.add(
          Check.passed(
              name,
              "%s by %s%s"
                  .formatted(
                      intent.requested().text(),
                      intent.first().label(),
                      intent.installs() ? ", after the snapshot extension is installed" : "")));
    }
    boolean sql =
        vm.facts().extensions().stream().anyMatch(each -> each.type().endsWith(".SqlIaaSAgent"));
    if (sql && vm.running()) {
      found.add(
          Check.suggested(
              name,
              "SqlLogChain",
              "SQL Server runs here: Azure takes full VSS backups, which truncate logs and break"
                  + " chains of differential backups",
              "Set the guest's registry value USEVSSCOPYBACKUP of Azure's backup extension for copy"
                  + " backups (docs/consistency.md)."));
    }
  }
}
