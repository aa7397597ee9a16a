package io.holdfast.disk;

import io.holdfast.disk.Disks.Refusal;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * PORT: what stands around a VM and decides whether it can be backed up: its network interfaces,
 * its snapshot extension, and the resource group of its snapshots. As in {@link Disks} no call
 * waits, every call may be repeated, and failures are {@link Unavailable} and {@link Invalid}.
 */
public interface Surroundings {
  /**
   * The VM's network interfaces with their subnets and security groups, in the VM's order. One that
   * may not be read, or is gone, comes without its model.
   */
  List<Nic> nics(Vm vm);

  /**
   * A network interface.
   *
   * @param id ARM id
   * @param model the resource as Azure describes it, as JSON text; null when it could not be read
   * @param fault why it could not be read; null otherwise
   */
  record Nic(String id, String model, String fault) {}

  /**
   * Starts the installation of the snapshot extension; repeating it changes nothing.
   *
   * @param version {@code typeHandlerVersion}, such as {@code 1.9}
   * @return why Azure refused it, also for want of permission; empty when it has begun
   */
  Optional<Refusal> install(Vm vm, String version);

  /**
   * Looks at what a backup of this VM would meet, and changes nothing.
   *
   * @param group name of the resource group for snapshots, in the VM's subscription
   * @param collection name of the VM's restore point collection in it
   */
  Site site(Vm vm, String group, String collection);

  /**
   * What a backup of a VM would meet.
   *
   * @param groupExists whether the resource group for snapshots is there
   * @param locks locks on that group, or above it, that its snapshots inherit
   * @param missing actions that the app's identity lacks; empty when none is missing, or when
   *     {@code permissionsKnown} is false
   * @param permissionsKnown whether Azure said what the identity may do
   * @param points restore points of the VM that are in the collection now
   * @param snapshots single snapshots in the group, counted by the folded ARM id of their disk
   */
  record Site(
      boolean groupExists,
      List<Lock> locks,
      List<Missing> missing,
      boolean permissionsKnown,
      List<PointMade> points,
      Map<String, Integer> snapshots) {
    public Site {
      locks = List.copyOf(locks);
      missing = List.copyOf(missing);
      points = List.copyOf(points);
      snapshots = Map.copyOf(snapshots);
    }
  }

  /**
   * A management lock.
   *
   * @param id ARM id of it
   * @param readOnly whether it forbids changes as well; otherwise it forbids removals only
   */
  record Lock(String id, boolean readOnly) {}

  /** An action that the app's identity may not do at a scope. */
  record Missing(String action, String scope) {}

  /**
   * A restore point.
   *
   * @param timeCreated by Azure's clock
   * @param crash whether it is crash-consistent: each mode has a rate of its own
   */
  record PointMade(Instant timeCreated, boolean crash) {}
}
