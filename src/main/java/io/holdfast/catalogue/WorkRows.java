package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a job under way does: open rows (planning and lanes), sealed plans and lanes. All of them go
 * with the job's release, as does what it holds: {@link HeldRows}.
 */
public final class WorkRows {
  private static final int PART_BYTES = 60_000;

  private final TableStore store;

  WorkRows(TableStore store) {
    this.store = store;
  }

  /** What a job still has to do. */
  public sealed interface Open {
    /** A disk is being planned. */
    record Planning(String disk, int plan) implements Open {}

    /** A lane is being moved. */
    record Moving(String disk, int plan, int lane) implements Open {}
  }

  // ---- open rows

  /**
   * The change that opens the planning of a disk: goes into the transaction that opens the
   * transfer.
   */
  public Change openPlanning(JobId job, DiskPlan plan) {
    return new Change.Insert(planningKey(job, plan.disk()), values(plan));
  }

  /** The plan of a disk while it is being made; empty when it is sealed, or was never opened. */
  public Optional<Versioned<DiskPlan>> planning(JobId job, String disk) {
    return store.get(Tables.CATALOGUE, planningKey(job, disk)).map(WorkRows::plan);
  }

  /**
   * Stores how far a plan got.
   *
   * @return false when another run was faster
   */
  public boolean advance(JobId job, Versioned<DiskPlan> was, DiskPlan next) {
    return store.commit(
        Tables.CATALOGUE,
        List.of(new Change.Replace(planningKey(job, next.disk()), values(next), was.etag())));
  }

  /**
   * The changes that seal a plan: its open row goes; the plan, its lanes and their open rows come.
   */
  public List<Change> seal(JobId job, Versioned<DiskPlan> was, DiskPlan sealed) {
    List<Change> changes = new ArrayList<>();
    changes.add(new Change.Delete(planningKey(job, sealed.disk()), was.etag()));
    changes.add(new Change.Insert(planKey(job, sealed.disk()), values(sealed)));
    for (int lane = 0; lane < sealed.lanes(); lane++) {
      Lane fresh = Lane.fresh(sealed.disk(), sealed.number(), lane);
      changes.add(new Change.Insert(laneKey(job, fresh), values(fresh)));
      changes.add(new Change.Insert(movingKey(job, fresh), Map.of()));
    }
    return changes;
  }

  /** The sealed plan of a disk. */
  public Optional<DiskPlan> sealed(JobId job, String disk) {
    return store.get(Tables.CATALOGUE, planKey(job, disk)).map(row -> plan(row).value());
  }

  /** All that is open of a job, to the end of the query. */
  public List<Open> open(JobId job) {
    return openRows(job).stream().map(row -> open(job, row)).toList();
  }

  /**
   * What is open of a job and was not written since.
   *
   * @param since by the service's clock
   */
  public List<Open> openAndQuiet(JobId job, Instant since) {
    Map<String, Instant> lanes = new HashMap<>();
    String lanePrefix = prefix(job) + "lane-";
    for (Row lane : Rows.all(store, Tables.CATALOGUE, job.itemId(), lanePrefix)) {
      lanes.put(lane.key().row().substring(lanePrefix.length()), lane.timestamp());
    }
    String openLane = prefix(job) + "open-lane-";
    List<Open> quiet = new ArrayList<>();
    for (Row row : openRows(job)) {
      boolean isLane = row.key().row().startsWith(openLane);
      Instant moved =
          isLane
              ? lanes.getOrDefault(row.key().row().substring(openLane.length()), row.timestamp())
              : row.timestamp();
      if (moved.isBefore(since) && row.timestamp().isBefore(since)) {
        quiet.add(open(job, row));
      }
    }
    return quiet;
  }

  private List<Row> openRows(JobId job) {
    return Rows.all(store, Tables.CATALOGUE, job.itemId(), prefix(job) + "open-");
  }

  private static Open open(JobId job, Row row) {
    String[] parts = row.key().row().substring((prefix(job) + "open-").length()).split("-", -1);
    return parts[0].equals("plan")
        ? new Open.Planning(parts[1], plan(row).value().number())
        : new Open.Moving(parts[1], Integer.parseInt(parts[2]), Integer.parseInt(parts[3]));
  }

  // ---- lanes

  public Optional<Versioned<Lane>> lane(JobId job, String disk, int plan, int lane) {
    return store
        .get(Tables.CATALOGUE, laneKey(job, Lane.fresh(disk, plan, lane)))
        .map(WorkRows::lane);
  }

  /** All lanes of a job. */
  public List<Lane> lanes(JobId job) {
    return Rows.all(store, Tables.CATALOGUE, job.itemId(), prefix(job) + "lane-").stream()
        .map(row -> lane(row).value())
        .toList();
  }

  /** All plans of a job, sealed and not. */
  public List<DiskPlan> plans(JobId job) {
    List<DiskPlan> plans = new ArrayList<>();
    Rows.all(store, Tables.CATALOGUE, job.itemId(), prefix(job) + "plan-")
        .forEach(row -> plans.add(plan(row).value()));
    Rows.all(store, Tables.CATALOGUE, job.itemId(), prefix(job) + "open-plan-")
        .forEach(row -> plans.add(plan(row).value()));
    return plans;
  }

  /**
   * Stores a lane's progress; its last one also deletes its open row.
   *
   * @param finished whether nothing of the lane is left to do
   * @return false when another run was faster, or the job has ended: its release closes all that is
   *     open first
   */
  public boolean progress(JobId job, Versioned<Lane> was, Lane next, boolean finished) {
    Key open = movingKey(job, next);
    return store.commit(
        Tables.CATALOGUE,
        List.of(
            new Change.Replace(laneKey(job, next), values(next), was.etag()),
            finished
                ? new Change.Delete(open, TableStore.ANY)
                : new Change.Merge(open, Map.of("moved", true), TableStore.ANY)));
  }

  /** Whether this work is still open. */
  public boolean isOpen(JobId job, Open open) {
    return store.get(Tables.CATALOGUE, openKey(job, open)).isPresent();
  }

  /** Closes all that is open of a job that has ended: no access is granted for it from here on. */
  public void closeAll(JobId job) {
    Rows.deleteAll(store, Tables.CATALOGUE, job.itemId(), prefix(job) + "open-", row -> true);
  }

  /** When a row of the job was last written, by the service's clock; empty when there is none. */
  public Optional<Instant> lastWrite(JobId job) {
    return Rows.all(store, Tables.CATALOGUE, job.itemId(), prefix(job)).stream()
        .map(Row::timestamp)
        .max(java.util.Comparator.naturalOrder());
  }

  // ---- keys and values

  /** What the keys of all rows of a job under way begin with. */
  static String prefix(JobId job) {
    return "work-" + job.key() + "-";
  }

  private static Key planningKey(JobId job, String disk) {
    return Rows.key(job.itemId(), prefix(job) + "open-plan-" + disk);
  }

  /** The row that says that a work is open. */
  static Key openKey(JobId job, Open open) {
    if (open instanceof Open.Moving moving) {
      return movingKey(job, Lane.fresh(moving.disk(), moving.plan(), moving.lane()));
    }
    return planningKey(job, ((Open.Planning) open).disk());
  }

  private static Key planKey(JobId job, String disk) {
    return Rows.key(job.itemId(), prefix(job) + "plan-" + disk);
  }

  private static Key movingKey(JobId job, Lane lane) {
    return Rows.key(job.itemId(), prefix(job) + "open-lane-" + laneName(lane));
  }

  private static Key laneKey(JobId job, Lane lane) {
    return Rows.key(job.itemId(), prefix(job) + "lane-" + laneName(lane));
  }

  private static String laneName(Lane lane) {
    return "%s-%03d-%02d".formatted(lane.disk(), lane.plan(), lane.lane());
  }

  private static Map<String, Object> values(DiskPlan plan) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putJson(
        values,
        "json",
        new DiskPlan(
            plan.disk(),
            plan.number(),
            plan.decision(),
            plan.cursorBytes(),
            null,
            plan.bytesTotal(),
            plan.lanes()));
    values.put("bitmap", plan.bitmap());
    return values;
  }

  private static Versioned<DiskPlan> plan(Row row) {
    DiskPlan bare = Rows.json(row, "json", DiskPlan.class);
    return new Versioned<>(
        new DiskPlan(
            bare.disk(),
            bare.number(),
            bare.decision(),
            bare.cursorBytes(),
            row.bytes("bitmap"),
            bare.bytesTotal(),
            bare.lanes()),
        row.etag());
  }

  private static Map<String, Object> values(Lane lane) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("disk", lane.disk());
    values.put("plan", (long) lane.plan());
    values.put("lane", (long) lane.lane());
    values.put("cursor", lane.cursor());
    values.put("inHand", lane.inHand());
    int part = 0;
    for (int at = 0; at < lane.done().length; at += PART_BYTES) {
      values.put(
          "done" + part++,
          Arrays.copyOfRange(lane.done(), at, Math.min(lane.done().length, at + PART_BYTES)));
    }
    values.put("bytesRead", lane.counts().read());
    values.put("bytesTransferred", lane.counts().transferred());
    values.put("bytesStored", lane.counts().stored());
    return values;
  }

  private static Versioned<Lane> lane(Row row) {
    byte[] done = new byte[0];
    for (int part = 0; row.values().get("done" + part) instanceof byte[] more; part++) {
      int at = done.length;
      done = Arrays.copyOf(done, at + more.length);
      System.arraycopy(more, 0, done, at, more.length);
    }
    Lane lane =
        new Lane(
            row.text("disk"),
            (int) row.number("plan"),
            (int) row.number("lane"),
            row.number("cursor"),
            row.bytes("inHand"),
            done,
            new ByteCounts(
                row.number("bytesRead"),
                row.number("bytesTransferred"),
                row.number("bytesStored")));
    return new Versioned<>(lane, row.etag());
  }
}
