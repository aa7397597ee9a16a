package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Page;
import io.holdfast.catalogue.TableStore.Row;
import io.holdfast.failure.Invalid;
import io.holdfast.failure.Unavailable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The rows of items and jobs, and the transactions by which a job opens, changes and ends. */
public final class JobRows {
  /** Partition with a row per open job: what collector and reconciler read instead of scanning. */
  static final String OPEN_PARTITION = "open";

  private static final String ITEM_ROW = "item";
  private static final String JOB_PREFIX = "job-";
  private static final int ATTEMPTS_MAX = 10;

  /** Code of the refusal of what names a job that is not there. */
  public static final String NOT_FOUND = "JobNotFound";

  private final TableStore store;
  private final IndexRows index;

  JobRows(TableStore store, IndexRows index) {
    this.store = store;
    this.index = index;
  }

  /** What came of an opening. */
  public sealed interface Opening {
    /** The job is open; {@code fresh} says whether this call did it. */
    record Opened(Versioned<Job> job, boolean fresh) implements Opening {}

    /** Another backup of the item is queued or in progress. */
    record Busy(JobId running) implements Opening {}
  }

  /**
   * An open job as partition {@code open} shows it.
   *
   * @param openedAt the storage service's time, never a host's
   */
  public record OpenJob(JobId id, Instant openedAt) {}

  public Optional<Versioned<Job>> find(JobId id) {
    return store.get(Tables.CATALOGUE, jobKey(id)).map(JobRows::job);
  }

  /**
   * A job that a message names.
   *
   * @throws Invalid when there is none: the message is of another app, or of tables that are gone
   */
  public Versioned<Job> get(JobId id) {
    return find(id)
        .orElseThrow(
            () ->
                new Invalid(
                    NOT_FOUND,
                    ("there is no job %s in this catalogue: the message is of another app, or the"
                            + " tables were made anew; nothing was done for it")
                        .formatted(id)));
  }

  public Optional<Versioned<Item>> item(String itemId) {
    return store
        .get(Tables.CATALOGUE, Rows.key(itemId, ITEM_ROW))
        .map(row -> new Versioned<>(Rows.json(row, "json", Item.class), row.etag()));
  }

  /**
   * Opens a job: its open row first, then, in one transaction, the job and the item's {@code
   * activeBackup}, which must be none. Repeating it with the same id finds the same job.
   */
  public Opening open(Job job) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Optional<Versioned<Job>> known = find(job.id());
      if (known.isPresent()) {
        return new Opening.Opened(known.get(), false);
      }
      Optional<Versioned<Item>> item = item(job.id().itemId());
      Optional<JobId> running = item.flatMap(this::activeBackup);
      if (running.filter(job.id()::equals).isPresent()) {
        // The same request, at the same time as itself: the next look finds its job.
        continue;
      }
      if (running.isPresent()) {
        return new Opening.Busy(running.get());
      }
      insertOpenRow(job.id());
      if (store.commit(Tables.CATALOGUE, List.of(insert(job), activate(item, job)))) {
        index.opened(job);
        return new Opening.Opened(find(job.id()).orElseThrow(), true);
      }
    }
    throw new Unavailable(
        "item %s changed %d times while job %s was being opened"
            .formatted(job.id().itemId(), ATTEMPTS_MAX, job.id()));
  }

  private Optional<JobId> activeBackup(Versioned<Item> item) {
    return Optional.ofNullable(item.value().activeBackup()).map(JobId::of);
  }

  private void insertOpenRow(JobId id) {
    // False only says that it is there already, from an earlier try.
    store.commit(
        Tables.CATALOGUE,
        List.of(new Change.Insert(Rows.key(OPEN_PARTITION, id.toString()), Map.of())));
  }

  private static Change activate(Optional<Versioned<Item>> item, Job job) {
    Item before =
        item.map(Versioned::value)
            .orElse(new Item(job.id().itemId(), job.vmId(), job.vmName(), null, null, null));
    Item after =
        new Item(
            before.id(),
            job.vmId(),
            job.vmName(),
            job.id().toString(),
            before.latestPoint(),
            before.vaultId());
    Key key = Rows.key(before.id(), ITEM_ROW);
    return item.<Change>map(seen -> new Change.Replace(key, values(after), seen.etag()))
        .orElseGet(() -> new Change.Insert(key, values(after)));
  }

  /**
   * Changes a job that stays active, together with other rows of its item.
   *
   * @return false when the job was changed meanwhile: read again, then decide
   */
  public boolean update(Versioned<Job> was, Job next, List<Change> more) {
    if (was.value().status().active() && !next.status().active()) {
      throw new IllegalArgumentException("job %s leaves by leave()".formatted(next.id()));
    }
    List<Change> changes = new ArrayList<>();
    changes.add(new Change.Replace(jobKey(next.id()), values(next), was.etag()));
    changes.addAll(more);
    return store.commit(Tables.CATALOGUE, changes);
  }

  /**
   * Takes a job out of {@code Queued} or {@code InProgress}, and clears the item's {@code
   * activeBackup} in the same transaction: who loses this race does nothing else.
   *
   * @param itemChange what else changes in the item
   * @return false when the job, or a row that {@code more} names, was changed meanwhile
   */
  public boolean leave(
      Versioned<Job> was, Job next, UnaryOperator<Item> itemChange, List<Change> more) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Versioned<Item> item = item(next.id().itemId()).orElseThrow();
      Item after = itemChange.apply(item.value());
      if (next.id().toString().equals(after.activeBackup())) {
        after = after.withActive(null);
      }
      List<Change> changes = new ArrayList<>();
      changes.add(new Change.Replace(jobKey(next.id()), values(next), was.etag()));
      changes.add(
          new Change.Replace(Rows.key(item.value().id(), ITEM_ROW), values(after), item.etag()));
      changes.addAll(more);
      if (store.commit(Tables.CATALOGUE, changes)) {
        index.item(item.value(), after);
        if (next.status().ended()) {
          index.ended(next);
        }
        return true;
      }
      boolean itemMoved = !item(next.id().itemId()).orElseThrow().etag().equals(item.etag());
      if (!itemMoved) {
        return false;
      }
    }
    throw new Unavailable(
        "item %s changed %d times while job %s was leaving"
            .formatted(next.id().itemId(), ATTEMPTS_MAX, next.id()));
  }

  /**
   * Ends a job that has committed or is being cancelled.
   *
   * @param more what else changes in that transaction
   * @return false when the job was changed meanwhile: read again, then decide
   */
  public boolean complete(Versioned<Job> was, Job next, List<Change> more) {
    boolean done = update(was, next, more);
    if (done) {
      index.ended(next);
    }
    return done;
  }

  /**
   * Has a job that is no longer active released once more, because something of it turned up late.
   * Its row changes, so that a release that looked before this loses its last write.
   *
   * @param turnedUp puts what turned up on record
   * @return false when the job is active, or not there: nothing was changed
   */
  public boolean reclaim(JobId id, Change turnedUp) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Optional<Versioned<Job>> job = find(id);
      if (job.isEmpty() || job.get().value().status().active()) {
        return false;
      }
      // Before the change, so that whoever dies after it leaves the job to the reconciler; and
      // after
      // it, since whoever closes the job just now may have deleted the row in between.
      insertOpenRow(id);
      if (update(job.get(), job.get().value().asUnreleased(), List.of(turnedUp))) {
        insertOpenRow(id);
        return true;
      }
    }
    throw new Unavailable(
        "job %s changed %d times while something that it made late was put on record"
            .formatted(id, ATTEMPTS_MAX));
  }

  /**
   * Puts a job's end on record although it never opened, so that a late opening loses.
   *
   * @param job ended and released
   * @return false when the job is there: it did open
   */
  public boolean insertEnded(Job job) {
    // Whoever dies in between leaves the open row, by which the reconciler writes the lists.
    insertOpenRow(job.id());
    boolean inserted = store.commit(Tables.CATALOGUE, List.of(insert(job)));
    boolean over = find(job.id()).map(Versioned::value).filter(Job::released).isPresent();
    if (over) {
      close(job.id());
    }
    return inserted;
  }

  /** Removes the open row of a job that has ended and holds nothing any more. */
  public void close(JobId id) {
    // The lists are written after the truth: a host that died in between left them out.
    find(id)
        .map(Versioned::value)
        .filter(job -> job.status().ended())
        .ifPresent(
            job -> {
              index.opened(job);
              index.ended(job);
              item(id.itemId()).map(Versioned::value).ifPresent(item -> index.item(item, item));
            });
    store.commit(
        Tables.CATALOGUE,
        List.of(new Change.Delete(Rows.key(OPEN_PARTITION, id.toString()), TableStore.ANY)));
    // What turned up late may have opened it again, before this deleted the row that stands for it.
    boolean released = find(id).filter(job -> !job.value().released()).isEmpty();
    if (!released) {
      insertOpenRow(id);
    }
  }

  /** Has the reconciler look after a job that holds something still, although no row says so. */
  public void reopen(JobId id) {
    insertOpenRow(id);
  }

  /** All open jobs, to the end of the query. */
  public List<OpenJob> openJobs() {
    return Rows.all(store, Tables.CATALOGUE, OPEN_PARTITION, "").stream()
        .map(row -> new OpenJob(JobId.of(row.key().row()), row.timestamp()))
        .toList();
  }

  /**
   * The jobs of one item, newest first.
   *
   * @param before only jobs that sort after this one's key; empty for the newest
   */
  public List<Job> ofItem(String itemId, int jobsMax, Optional<JobId> before) {
    String from = JOB_PREFIX + before.map(id -> id.key() + "~").orElse("");
    List<Job> jobs = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page page =
          store.query(
              Tables.CATALOGUE,
              itemId,
              from,
              Rows.after(JOB_PREFIX),
              Math.min(jobsMax, 1000),
              next);
      page.rows().forEach(row -> jobs.add(job(row).value()));
      next = page.next();
    } while (next.isPresent() && jobs.size() < jobsMax);
    return jobs.size() <= jobsMax ? jobs : jobs.subList(0, jobsMax);
  }

  private static Change insert(Job job) {
    return new Change.Insert(jobKey(job.id()), values(job));
  }

  static Key jobKey(JobId id) {
    return Rows.key(id.itemId(), JOB_PREFIX + id.key());
  }

  private static Versioned<Job> job(Row row) {
    return new Versioned<>(Rows.json(row, "json", Job.class), row.etag());
  }

  private static Map<String, Object> values(Job job) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("status", job.status().name());
    values.put("released", job.released());
    Rows.putJson(values, "json", job);
    return values;
  }

  private static Map<String, Object> values(Item item) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("activeBackup", item.activeBackup() == null ? "" : item.activeBackup());
    Rows.putJson(values, "json", item);
    return values;
  }
}
