package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Page;
import io.holdfast.disk.ArmId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Rows that answer questions across items. They hold ids only, are written after the truth, and can
 * be made again from it: {@link #rebuild}.
 */
public final class IndexRows {
  private static final String JOBS = "jobs";
  private static final String POINTS = "points";
  private static final String ITEMS = "items";
  private static final String SNAPSHOTS = "snapshots";
  private static final String SUBSCRIPTIONS = "subscriptions";

  private final TableStore store;

  IndexRows(TableStore store) {
    this.store = store;
  }

  /** One page of ids, newest first. */
  public record Ids(List<JobId> ids, Optional<String> next) {}

  void opened(Job job) {
    upsert(JOBS, job.id());
    link(job.vmId(), job.id().itemId());
  }

  void ended(Job job) {
    upsert(JOBS + "." + job.status().text(), job.id());
  }

  void point(RecoveryPoint point) {
    upsert(POINTS, point.jobId());
    link(point.vmId(), point.itemId());
    if (point.snapshot() != null) {
      upsert(SNAPSHOTS, point.jobId());
    }
  }

  /** Takes a point out of the list of those that have snapshots. */
  public void snapshotGone(JobId job) {
    store.commit(
        Tables.INDEX, List.of(new Change.Delete(Rows.key(SNAPSHOTS, rowOf(job)), TableStore.ANY)));
  }

  /** Points that have snapshots, newest first, as the ids of the jobs that made them. */
  public Ids snapshots(int idsMax, Optional<JobId> before) {
    return ids(SNAPSHOTS, idsMax, before);
  }

  void item(Item before, Item after) {
    if (!before.protectionState().equals(after.protectionState())) {
      store.commit(Tables.INDEX, List.of(new Change.Delete(itemKey(before), TableStore.ANY)));
    }
    store.commit(Tables.INDEX, List.of(new Change.Upsert(itemKey(after), Map.of())));
  }

  private static TableStore.Key itemKey(Item item) {
    return Rows.key(ITEMS + "." + item.protectionState(), item.id());
  }

  /** Makes the rows of one item again from its jobs and points. */
  public void rebuild(Item item, List<Job> jobs, List<RecoveryPoint> points) {
    link(item.vmId(), item.id());
    item(item, item);
    for (Job job : jobs) {
      opened(job);
      if (job.status().ended()) {
        ended(job);
      }
    }
    points.forEach(this::point);
  }

  /** Jobs of all items, newest first. */
  public Ids jobs(int idsMax, Optional<JobId> before) {
    return ids(JOBS, idsMax, before);
  }

  /** Jobs of all items that ended in a state, newest first. */
  public Ids jobs(JobStatus ended, int idsMax, Optional<JobId> before) {
    return ids(JOBS + "." + ended.text(), idsMax, before);
  }

  /** Points of all items, newest first, as the ids of the jobs that made them. */
  public Ids points(int idsMax, Optional<JobId> before) {
    return ids(POINTS, idsMax, before);
  }

  /** The items that a VM's ARM id has named, also those of VMs that are gone. */
  public List<String> itemsOf(String vmId) {
    return Rows.all(store, Tables.INDEX, vmPartition(vmId), "").stream()
        .map(row -> row.key().row())
        .toList();
  }

  /** The items in a state of protection. */
  public List<String> itemsIn(String protectionState) {
    return Rows.all(store, Tables.INDEX, ITEMS + "." + protectionState, "").stream()
        .map(row -> row.key().row())
        .toList();
  }

  private Ids ids(String partition, int idsMax, Optional<JobId> before) {
    String from = before.map(IndexRows::rowOf).map(row -> row + "~").orElse("");
    List<JobId> ids = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page page = store.query(Tables.INDEX, partition, from, "~", Math.min(idsMax, 1000), next);
      page.rows().forEach(row -> ids.add(JobId.of(row.text("job"))));
      next = page.next();
    } while (next.isPresent() && ids.size() < idsMax);
    boolean more = ids.size() > idsMax || next.isPresent() || ids.size() == idsMax;
    List<JobId> page = ids.size() <= idsMax ? ids : ids.subList(0, idsMax);
    return new Ids(
        List.copyOf(page),
        more && !page.isEmpty()
            ? Optional.of(page.get(page.size() - 1).toString())
            : Optional.empty());
  }

  private void upsert(String partition, JobId id) {
    store.commit(
        Tables.INDEX,
        List.of(new Change.Upsert(Rows.key(partition, rowOf(id)), Map.of("job", id.toString()))));
  }

  private void link(String vmId, String itemId) {
    if (vmId.isEmpty()) {
      // A job whose opening was lost does not know its VM.
      return;
    }
    store.commit(
        Tables.INDEX,
        List.of(new Change.Upsert(Rows.key(vmPartition(vmId), itemId), Map.of("vmId", vmId))));
    String subscription = ArmId.folded(ArmId.subscriptionOf(vmId));
    store.commit(
        Tables.INDEX, List.of(new Change.Upsert(Rows.key(SUBSCRIPTIONS, subscription), Map.of())));
  }

  /** The subscriptions in which a VM was ever backed up: where snapshots may stand. */
  public List<String> subscriptions() {
    return Rows.all(store, Tables.INDEX, SUBSCRIPTIONS, "").stream()
        .map(row -> row.key().row())
        .toList();
  }

  private static String rowOf(JobId id) {
    return id.key() + "-" + id.itemId();
  }

  /** ARM ids hold slashes, which keys must not. */
  private static String vmPartition(String vmId) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest(ArmId.folded(vmId).getBytes(StandardCharsets.UTF_8));
      return "vm." + HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
