package io.holdfast.catalogue;

import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Page;
import io.holdfast.catalogue.TableStore.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The rows of recovery points, beside the rows of their item. */
public final class PointRows {
  private static final String PREFIX = "point-";
  private static final String UNUSABLE = "unusable-";

  /** A point that the vault does not have yet is among the newest, and there is hardly ever one. */
  private static final int NEWEST_PAGE = 5;

  private final TableStore store;
  private final IndexRows index;

  PointRows(TableStore store, IndexRows index) {
    this.store = store;
    this.index = index;
  }

  /** A point, by the id of the job that made it. */
  public Optional<Versioned<RecoveryPoint>> find(JobId job) {
    return store.get(Tables.CATALOGUE, key(job)).map(PointRows::point);
  }

  /** A point, by its own id. */
  public Optional<Versioned<RecoveryPoint>> find(String pointId) {
    return JobId.parsePoint(pointId).flatMap(this::find);
  }

  /** The change that inserts a point: part of the commit. */
  public Change insert(RecoveryPoint point) {
    return new Change.Insert(key(point.jobId()), values(point));
  }

  /** The change that asserts that a base point still exists: part of the commit. */
  public Change assertExists(JobId base) {
    return new Change.Merge(key(base), Map.of("base", true), TableStore.ANY);
  }

  /** Notes that the vault has the point, whatever else happened to the row. */
  public void published(RecoveryPoint point) {
    index.point(point);
    Optional<Versioned<RecoveryPoint>> row = find(point.jobId());
    while (row.isPresent() && !row.get().value().published()) {
      replace(row.get(), row.get().value().asPublished());
      row = find(point.jobId());
    }
  }

  /**
   * Replaces a point's row.
   *
   * @return false when it was changed meanwhile
   */
  public boolean replace(Versioned<RecoveryPoint> was, RecoveryPoint next) {
    return store.commit(
        Tables.CATALOGUE, List.of(new Change.Replace(key(next.jobId()), values(next), was.etag())));
  }

  /**
   * The points of one item, newest first.
   *
   * @param before only points older than this one; empty for the newest
   */
  public List<RecoveryPoint> ofItem(String itemId, int pointsMax, Optional<JobId> before) {
    String from = PREFIX + before.map(id -> id.key() + "~").orElse("");
    List<RecoveryPoint> points = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page page =
          store.query(
              Tables.CATALOGUE, itemId, from, Rows.after(PREFIX), Math.min(pointsMax, 1000), next);
      page.rows().forEach(row -> points.add(point(row).value()));
      next = page.next();
    } while (next.isPresent() && points.size() < pointsMax);
    return points.size() <= pointsMax ? points : points.subList(0, pointsMax);
  }

  /**
   * The point that the item's next backup builds on: the one that was committed last. One that has
   * committed and is not published yet is no base, since it may still be lost; nor is one that was
   * deleted.
   */
  public Optional<RecoveryPoint> base(Item item) {
    return Optional.ofNullable(item.latestPoint())
        .flatMap(this::find)
        .map(Versioned::value)
        .filter(RecoveryPoint::available)
        .or(() -> newestAvailable(item.id()));
  }

  private Optional<RecoveryPoint> newestAvailable(String itemId) {
    Optional<JobId> before = Optional.empty();
    List<RecoveryPoint> page;
    do {
      page = ofItem(itemId, NEWEST_PAGE, before);
      for (RecoveryPoint point : page) {
        if (point.available()) {
          return Optional.of(point);
        }
        before = Optional.of(point.jobId());
      }
    } while (page.size() == NEWEST_PAGE);
    return Optional.empty();
  }

  /**
   * Remembers that a point can be no base: an object of it cannot be read.
   *
   * @param why naming the object
   */
  public void markUnusable(JobId point, String why) {
    Map<String, Object> values = new LinkedHashMap<>();
    Rows.putText(values, "why", why);
    boolean unused =
        store.commit(Tables.CATALOGUE, List.of(new Change.Upsert(unusableKey(point), values)));
  }

  /** Why a point can be no base; empty when it can. */
  public Optional<String> unusable(JobId point) {
    return store.get(Tables.CATALOGUE, unusableKey(point)).map(row -> Rows.text(row, "why"));
  }

  /** The points of an item that can be no base, by the {@link JobId#key} of their jobs. */
  public Set<String> unusable(String itemId) {
    return Rows.all(store, Tables.CATALOGUE, itemId, UNUSABLE).stream()
        .map(row -> row.key().row().substring(UNUSABLE.length()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** All points of an item with what a change of each needs, newest first. */
  public List<Versioned<RecoveryPoint>> all(String itemId) {
    return Rows.all(store, Tables.CATALOGUE, itemId, PREFIX).stream()
        .map(PointRows::point)
        .toList();
  }

  /**
   * Replaces a point's row as often as others change it meanwhile.
   *
   * @param next what it becomes, by what it is; empty: it stays
   * @return what it is then; empty: there is no such point
   */
  public Optional<RecoveryPoint> change(
      String pointId, Function<RecoveryPoint, Optional<RecoveryPoint>> next) {
    for (; ; ) {
      Optional<Versioned<RecoveryPoint>> was = find(pointId);
      if (was.isEmpty()) {
        return Optional.empty();
      }
      Optional<RecoveryPoint> to = next.apply(was.get().value());
      if (to.isEmpty()) {
        return Optional.of(was.get().value());
      }
      if (replace(was.get(), to.get())) {
        return to;
      }
    }
  }

  private static Key unusableKey(JobId point) {
    return Rows.key(point.itemId(), UNUSABLE + point.key());
  }

  private static Key key(JobId job) {
    return Rows.key(job.itemId(), PREFIX + job.key());
  }

  private static Versioned<RecoveryPoint> point(Row row) {
    return new Versioned<>(Rows.json(row, "json", RecoveryPoint.class), row.etag());
  }

  private static Map<String, Object> values(RecoveryPoint point) {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("published", point.published());
    values.put("manifest", point.manifest());
    Rows.putJson(values, "json", point);
    return values;
  }
}
