package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Row;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A count of calls that all hosts of the app share: so many a minute. A host takes them by the
 * slice, so that a row changes once for many calls; what is left of a slice is gone with its
 * minute.
 */
public final class BudgetRows {
  static final String PARTITION = "budget";
  private static final String PAUSE = "pause";
  private static final int SLICE = 20;
  private static final int ATTEMPTS_MAX = 5;
  private static final Duration SOON = Duration.ofSeconds(1);

  private final TableStore store;
  private final InstantSource clock;
  private final Map<String, Slice> slices = new HashMap<>();
  private final Map<String, Instant> pauses = new HashMap<>();

  /** What is left of the calls that this host took. */
  private record Slice(Instant minute, int left) {}

  public BudgetRows(TableStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Takes one call.
   *
   * @param of what the calls are counted for
   * @param kind what is counted apart
   * @param minuteMax calls a minute, of all hosts together
   * @return empty when it may be made; otherwise after what time to ask again
   */
  public synchronized Optional<Duration> take(String of, String kind, int minuteMax) {
    String what = of.toLowerCase(Locale.ROOT);
    Instant now = clock.instant();
    Optional<Duration> paused = paused(what, now);
    if (paused.isPresent()) {
      return paused;
    }
    String name = what + "-" + kind;
    Instant minute = now.truncatedTo(ChronoUnit.MINUTES);
    Slice slice = slices.get(name);
    if (slice == null || !slice.minute().equals(minute) || slice.left() == 0) {
      // Another host may have been told to pause since this one last looked.
      paused = pauseOnRecord(what, now);
      if (paused.isPresent()) {
        return paused;
      }
      int took = more(name, minute, minuteMax);
      if (took <= 0) {
        return Optional.of(
            took < 0 ? SOON : Duration.between(now, minute.plus(1, ChronoUnit.MINUTES)));
      }
      slice = new Slice(minute, took);
    }
    slices.put(name, new Slice(minute, slice.left() - 1));
    return Optional.empty();
  }

  private Optional<Duration> paused(String of, Instant now) {
    Instant until = pauses.get(of);
    return until != null && now.isBefore(until)
        ? Optional.of(Duration.between(now, until))
        : Optional.empty();
  }

  private Optional<Duration> pauseOnRecord(String of, Instant now) {
    store
        .get(Tables.CATALOGUE, key(of + "-" + PAUSE))
        .map(row -> Instant.parse(row.text("until")))
        .ifPresent(until -> pauses.put(of, until));
    return paused(of, now);
  }

  /** Calls that this host may make now; 0: the minute's are used up; -1: others were faster. */
  private int more(String name, Instant minute, int minuteMax) {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      Optional<Row> row = store.get(Tables.CATALOGUE, key(name));
      boolean same = row.filter(seen -> seen.text("minute").equals(minute.toString())).isPresent();
      int used = same ? Integer.parseInt(row.get().text("used")) : 0;
      int slice = Math.min(SLICE, minuteMax - used);
      if (slice <= 0) {
        return 0;
      }
      Map<String, Object> values =
          Map.of("minute", minute.toString(), "used", Integer.toString(used + slice));
      Change change =
          row.<Change>map(seen -> new Change.Replace(key(name), values, seen.etag()))
              .orElseGet(() -> new Change.Insert(key(name), values));
      if (store.commit(Tables.CATALOGUE, List.of(change))) {
        return slice;
      }
    }
    return -1;
  }

  /** No host makes another call for this long; a longer pause that is on record stays. */
  public synchronized void pause(String of, Duration wait) {
    String what = of.toLowerCase(Locale.ROOT);
    Instant until = clock.instant().plus(wait);
    Instant known = pauses.get(what);
    if (known != null && !known.isBefore(until)) {
      return;
    }
    pauses.put(what, until);
    boolean unused =
        store.commit(
            Tables.CATALOGUE,
            List.of(new Change.Upsert(key(what + "-" + PAUSE), Map.of("until", until.toString()))));
  }

  private static Key key(String name) {
    return Rows.key(PARTITION, name);
  }
}
