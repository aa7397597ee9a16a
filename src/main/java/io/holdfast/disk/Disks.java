package io.holdfast.disk;

import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * PORT: Azure Compute as a backup needs it. No call waits for a long-running operation: each looks
 * once, and the step comes back by message. Every call may be repeated. Failures are {@link
 * Unavailable} (with {@code retryAfter} when the service throttled) and {@link Invalid} (no access,
 * a request that can never work).
 */
public interface Disks {
  /** A VM with its disks and its state; empty when there is none of that id. */
  Optional<Vm> vm(String vmId);

  /** The VMs of a subscription, without their disks' sizes and without the model. */
  List<Vm> vms(String subscription);

  /**
   * Starts a snapshot set; does nothing when it was started before.
   *
   * @return why Azure refused this rung, or empty when it has begun
   */
  Optional<Refusal> begin(SnapshotSet set);

  /**
   * Azure will not make this set now.
   *
   * @param code Azure's code
   * @param message Azure's text
   * @param retryAfter when it may be asked again; null when the refusal does not end by itself
   */
  record Refusal(String code, String message, Duration retryAfter) {}

  /** Looks once at a snapshot set. */
  SetState look(SnapshotSet set);

  /**
   * Goes one step on with the removal of a set that was begun: ends its accesses, deletes it, looks
   * whether it is gone.
   *
   * @return whether nothing of it is left
   */
  boolean remove(SnapshotSet set);

  /**
   * Read access to a snapshot: asks for it where this process has none for this owner, looks once.
   *
   * @param owner the job that reads: an access of another job may have been ended by another
   *     process
   * @param until when the access must still hold; at most 60 days from now
   * @return empty when Azure has not granted it yet: ask again in a second or two
   */
  Optional<DiskReader> open(String owner, DiskSnapshot snapshot, Duration until);

  /**
   * Goes one step on with the end of the access to a snapshot, whether it existed or not.
   *
   * @param owner on whose behalf: an end that was begun for another one may be older than the
   *     access that is to end now
   * @return whether Azure has ended it
   */
  boolean close(String owner, DiskSnapshot snapshot);

  /**
   * Something of Azure's that carries a name which Holdfast derives.
   *
   * @param id ARM id of the restore point or single snapshot
   * @param name last part of the id: {@code hf-<itemId>-<stamp>-<set>}, for single snapshots with
   *     {@code -<disk>} behind
   * @param owner id of the catalogue whose tag it (or its collection) carries; null when there is
   *     none
   * @param timeCreated by Azure's clock; {@link Instant#EPOCH} for what ended without one
   */
  record Found(String id, String name, String owner, Instant timeCreated) {}

  /**
   * Names of the restore point collections that Holdfast made (they have its tag), in order; empty
   * where the resource group is not there. A collection stays when its last restore point goes.
   */
  List<String> collections(String subscription, String group);

  /**
   * The restore points of a collection, by name, also those that are being removed; empty when the
   * collection is gone. One that Azure has not given a time yet is too young to be found.
   */
  List<Found> restorePoints(String subscription, String group, String collection);

  /**
   * The single snapshots that Holdfast made (they have its tag), by name, also those that are being
   * removed; empty where the resource group is not there. As in {@link #restorePoints}, one without
   * a time is not found yet.
   */
  List<Found> snapshots(String subscription, String group);

  /**
   * Goes one step on with the removal of what was found: ends its accesses where they are in the
   * way, deletes it, looks whether it is gone.
   *
   * @return whether nothing of it is left
   */
  boolean remove(Found found);
}
