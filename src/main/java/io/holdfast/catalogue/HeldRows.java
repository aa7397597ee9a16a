package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Row;
import io.holdfast.catalogue.WorkRows.Open;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.SnapshotSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a job holds until its release: the snapshot sets that it made, the accesses that it was
 * granted, the models that it captured, and the cause of its last failure.
 *
 * <p>Every write of these rows asserts, in its transaction, that the job is still there to release
 * them: by the job's own row, by an open row, or by a set on record. So nothing comes after the
 * release and stays.
 */
public final class HeldRows {
  private static final String MADE = "made-";
  private static final String GRANT = "grant-";

  private final TableStore store;

  HeldRows(TableStore store) {
    this.store = store;
  }

  /**
   * An access that was granted: a row before the call.
   *
   * @param name of the access in its job
   * @param snapshot what it reads
   */
  public record Grant(String name, DiskSnapshot snapshot) {}

  // ---- snapshot sets

  /** Puts a snapshot set on record before it is asked for: goes with a change of the job's row. */
  public Change made(JobId job, SnapshotSet set) {
    return new Change.Insert(madeKey(job, set.number()), json(set));
  }

  /** Puts a snapshot set on record once more: see {@link JobRows#reclaim}. */
  public Change madeAgain(JobId job, SnapshotSet set) {
    return new Change.Upsert(madeKey(job, set.number()), json(set));
  }

  /** The snapshot sets that a job asked for. */
  public List<SnapshotSet> made(JobId job) {
    return madeRows(job).stream().map(row -> Rows.json(row, "json", SnapshotSet.class)).toList();
  }

  /**
   * The changes that take all sets off the record: go with the change of the job's row by which it
   * is released, so that a set that was put on record meanwhile stays there.
   */
  public List<Change> unmade(JobId job) {
    List<Change> changes = new ArrayList<>();
    madeRows(job).forEach(row -> changes.add(new Change.Delete(row.key(), TableStore.ANY)));
    return changes;
  }

  private List<Row> madeRows(JobId job) {
    return Rows.all(store, Tables.CATALOGUE, job.itemId(), WorkRows.prefix(job) + MADE);
  }

  private static Key madeKey(JobId job, int set) {
    return key(job, MADE + "%03d".formatted(set));
  }

  // ---- accesses

  /**
   * Puts an access on record before it is asked for, in one transaction with the assertion that the
   * work that needs it is still open: the release of a job closes that first.
   *
   * @param needs the open row that stands for the work
   * @return false when that work is no longer open: the access must not be asked for
   */
  public boolean granted(JobId job, Open needs, Grant grant) {
    return store.commit(
        Tables.CATALOGUE,
        List.of(
            new Change.Merge(WorkRows.openKey(job, needs), Map.of("access", true), TableStore.ANY),
            grantedAgain(job, grant)));
  }

  /** Puts an access on record once more: see {@link JobRows#reclaim}. */
  public Change grantedAgain(JobId job, Grant grant) {
    return new Change.Upsert(key(job, GRANT + grant.name()), json(grant));
  }

  /** An access that a job has on record. */
  public Optional<Grant> grant(JobId job, String name) {
    return store
        .get(Tables.CATALOGUE, key(job, GRANT + name))
        .map(row -> Rows.json(row, "json", Grant.class));
  }

  /** The accesses that a job asked for. */
  public List<Versioned<Grant>> grants(JobId job) {
    return Rows.all(store, Tables.CATALOGUE, job.itemId(), WorkRows.prefix(job) + GRANT).stream()
        .map(row -> new Versioned<>(Rows.json(row, "json", Grant.class), row.etag()))
        .toList();
  }

  /**
   * Takes an access that has ended off the record.
   *
   * @return false when it was put on record once more meanwhile
   */
  public boolean ended(JobId job, Versioned<Grant> grant) {
    Key key = key(job, GRANT + grant.value().name());
    return store.commit(Tables.CATALOGUE, List.of(new Change.Delete(key, grant.etag())))
        || store.get(Tables.CATALOGUE, key).isEmpty();
  }

  // ---- texts

  /**
   * Keeps a model as it was captured: goes with a change of the job's row.
   *
   * @param of {@code vm}, or a disk's key
   */
  public Change model(JobId job, String of, String model) {
    return new Change.Insert(modelKey(job, of), text(model));
  }

  /** A model as it was captured. */
  public Optional<String> model(JobId job, String of) {
    return store.get(Tables.CATALOGUE, modelKey(job, of)).map(row -> Rows.text(row, "text"));
  }

  private static Key modelKey(JobId job, String of) {
    return key(job, "model-" + of);
  }

  /**
   * Keeps the cause of a step's last failure: a poisoned message does not carry it.
   *
   * @return false when the job holds nothing any more, or is not there: nothing was kept
   */
  public boolean fault(JobId job, String message) {
    Change fault = new Change.Upsert(faultKey(job), text(message));
    if (touchMade(job, "faulted", List.of(fault))) {
      return true;
    }
    // Before its start a job has no set on record: then its own row says that it is not over.
    Optional<Row> row = store.get(Tables.CATALOGUE, JobRows.jobKey(job));
    return row.isPresent()
        && JobStatus.QUEUED.name().equals(row.get().text("status"))
        && store.commit(
            Tables.CATALOGUE,
            List.of(
                new Change.Merge(row.get().key(), Map.of("faulted", true), row.get().etag()),
                fault));
  }

  /** The cause of the last failure of one of the job's steps. */
  public Optional<String> fault(JobId job) {
    return store.get(Tables.CATALOGUE, faultKey(job)).map(row -> Rows.text(row, "text"));
  }

  private static Key faultKey(JobId job) {
    return key(job, "fault");
  }

  // ---- all of it

  /**
   * Notes that a message works on the job although no row of it changes: so that it is not taken
   * for quiet, and its messages are not sent once more.
   */
  public void alive(JobId job) {
    // False says that the job holds no set any more: then nothing is left to wait for.
    touchMade(job, "alive", List.of());
  }

  /** Writes a mark into a set's row, and other rows with it; false when there is no such row. */
  private boolean touchMade(JobId job, String mark, List<Change> with) {
    List<Change> changes = new ArrayList<>(with);
    changes.add(new Change.Merge(madeKey(job, 1), Map.of(mark, true), TableStore.ANY));
    if (store.commit(Tables.CATALOGUE, changes)) {
      return true;
    }
    // The first set's row is there from the start to the release; one that was put on record again
    // may be another.
    List<Row> made = madeRows(job);
    if (made.isEmpty()) {
      return false;
    }
    changes.set(
        changes.size() - 1,
        new Change.Merge(made.get(0).key(), Map.of(mark, true), TableStore.ANY));
    return store.commit(Tables.CATALOGUE, changes);
  }

  /**
   * Deletes what else a released job has, until nothing is left of it. What was made or granted has
   * gone with the release; where it is there it turned up late, and another release sees to it.
   */
  public void clear(JobId job) {
    String prefix = WorkRows.prefix(job);
    Rows.deleteAll(
        store,
        Tables.CATALOGUE,
        job.itemId(),
        prefix,
        row -> !row.startsWith(prefix + MADE) && !row.startsWith(prefix + GRANT));
  }

  private static Key key(JobId job, String name) {
    return Rows.key(job.itemId(), WorkRows.prefix(job) + name);
  }

  private static Map<String, Object> json(Object value) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putJson(values, "json", value);
    return values;
  }

  private static Map<String, Object> text(String text) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putText(values, "text", text);
    return values;
  }
}
