package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The seats of a policy that lets only so many of its VMs be backed up at once: one row a seat,
 * with the job that sits on it. Nobody gets up: a seat is free when its job has ended, which the
 * next one that wants it looks up. So no end of a job can forget to free it, and there are never
 * more rows than seats.
 */
public final class SeatRows {
  /** A job that was not opened this long after it took its seat never will be. */
  private static final Duration OPENING_MAX = Duration.ofMinutes(10);

  private final TableStore store;
  private final JobRows jobs;

  SeatRows(TableStore store, JobRows jobs) {
    this.store = store;
    this.jobs = jobs;
  }

  /**
   * Takes a seat for a job, or finds that it has one.
   *
   * @param seats how many the policy has; at least 1
   * @return false when all are taken
   */
  public boolean take(String policy, int seats, JobId job, Instant now) {
    List<Row> rows = Rows.all(store, Tables.POLICIES, partition(policy), "");
    Set<String> present = new HashSet<>();
    for (Row row : rows) {
      if (row.text("job").equals(job.toString())) {
        return true;
      }
      present.add(row.key().row());
    }
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("job", job.toString());
    values.put("at", now.toString());
    for (int seat = 0; seat < seats; seat++) {
      Key key = key(policy, seat);
      if (!present.contains(key.row()) && commit(new Change.Insert(key, values))) {
        return true;
      }
    }
    for (Row row : rows) {
      if (row.key().row().compareTo(key(policy, seats).row()) < 0
          && free(row, now)
          && commit(new Change.Replace(row.key(), values, row.etag()))) {
        return true;
      }
    }
    return false;
  }

  private boolean free(Row row, Instant now) {
    Optional<Versioned<Job>> job = JobId.parse(row.text("job")).flatMap(jobs::find);
    return job.isPresent()
        ? job.get().value().status().ended()
        : Instant.parse(row.text("at")).plus(OPENING_MAX).isBefore(now);
  }

  private boolean commit(Change change) {
    return store.commit(Tables.POLICIES, List.of(change));
  }

  private static String partition(String policy) {
    return "seats." + policy;
  }

  private static Key key(String policy, int seat) {
    return Rows.key(partition(policy), "%04d".formatted(seat));
  }
}
