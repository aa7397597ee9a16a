package io.holdfast.catalogue;

import java.util.UUID;

/**
 * What is protected, under way and restorable: rows over {@link TableStore}. It can be made again
 * from the vault, and it is the place of the commit.
 *
 * @param jobs items and jobs
 * @param work what jobs under way do
 * @param held what jobs hold until their release
 * @param guests what is remembered of guests
 * @param stances what people decided about items
 * @param upkeep what the last look at an item's points found
 * @param points recovery points
 * @param policies policies
 * @param seats which VMs of a policy are backed up now, where it allows only so many at once
 * @param index rows that answer questions across items
 * @param vault the binding to the vault
 * @param parked messages that failed for good
 */
public record Catalogue(
    JobRows jobs,
    WorkRows work,
    HeldRows held,
    GuestRows guests,
    StanceRows stances,
    UpkeepRows upkeep,
    PointRows points,
    PolicyRows policies,
    SeatRows seats,
    IndexRows index,
    VaultRow vault,
    ParkedRows parked) {
  public static Catalogue over(TableStore store) {
    IndexRows index = new IndexRows(store);
    JobRows jobs = new JobRows(store, index);
    return new Catalogue(
        jobs,
        new WorkRows(store),
        new HeldRows(store),
        new GuestRows(store),
        new StanceRows(store),
        new UpkeepRows(store),
        new PointRows(store, index),
        new PolicyRows(store),
        new SeatRows(store, jobs),
        index,
        new VaultRow(store),
        new ParkedRows(store));
  }

  /** This catalogue's id, made at the first call: the owner of what it makes in Azure. */
  public String id() {
    return vault.bind(UUID.randomUUID().toString()).catalogueId();
  }
}
