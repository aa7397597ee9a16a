package io.holdfast.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.catalogue.TableStore;
import io.holdfast.catalogue.TableStore.Change;
import io.holdfast.catalogue.TableStore.Change.Delete;
import io.holdfast.catalogue.TableStore.Change.Insert;
import io.holdfast.catalogue.TableStore.Change.Merge;
import io.holdfast.catalogue.TableStore.Change.Replace;
import io.holdfast.catalogue.TableStore.Change.Upsert;
import io.holdfast.catalogue.TableStore.Key;
import io.holdfast.catalogue.TableStore.Page;
import io.holdfast.catalogue.TableStore.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The law of the table port: each implementation has a subclass. */
public abstract class TableStoreContract {
  protected static final String TABLE = "Contract";
  private static final int RACERS = 16;
  private static final Key A = new Key("p", "a");
  private static final Key B = new Key("p", "b");

  /** A store with an empty table {@link #TABLE}, the same one for all calls of one test. */
  protected abstract TableStore tables();

  private boolean commit(Change... changes) {
    return tables().commit(TABLE, List.of(changes));
  }

  private Row row(Key key) {
    return tables().get(TABLE, key).orElseThrow();
  }

  private static Map<String, Object> values(long number) {
    return Map.of("n", number);
  }

  private List<Row> all(String partition, String from, String to, int rowsMax) {
    List<Row> rows = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page page = tables().query(TABLE, partition, from, to, rowsMax, next);
      assertThat(page.rows()).hasSizeLessThanOrEqualTo(rowsMax);
      rows.addAll(page.rows());
      next = page.next();
    } while (next.isPresent());
    return rows;
  }

  @Test
  void has_nothing_under_a_key_that_was_never_written() {
    assertThat(tables().get(TABLE, A)).isEmpty();
    assertThat(all("p", "", "~", 10)).isEmpty();
  }

  @Test
  void gives_back_every_kind_of_value() {
    byte[] large = new byte[65_536];
    new Random(1).nextBytes(large);
    Map<String, Object> values = new HashMap<>();
    values.put("text", "O'Brien said \"100 %\" <&> \\ / # ? \t\n\u00e4\u20ac\ud83d\ude00");
    values.put("empty", "");
    values.put("longText", "\u20ac".repeat(32_000));
    values.put("number", Long.MAX_VALUE);
    values.put("negative", -1L);
    values.put("yes", true);
    values.put("no", false);
    values.put("noBytes", new byte[0]);
    values.put("bytes", large);
    assertThat(commit(new Insert(A, values))).isTrue();

    Row row = row(A);

    assertThat(row.values()).containsOnlyKeys(values.keySet());
    values.forEach((name, value) -> assertThat(row.values().get(name)).as(name).isEqualTo(value));
    assertThat(row.key()).isEqualTo(A);
    assertThat(row.number("number")).isEqualTo(Long.MAX_VALUE);
    assertThat(row.text("empty")).isEmpty();
    assertThat(row.bytes("noBytes")).isEmpty();
    assertThat(all("p", "", "~", 10).get(0).bytes("bytes")).isEqualTo(large);
  }

  @Test
  void a_row_of_no_values_is_a_row() {
    assertThat(commit(new Insert(A, Map.of()))).isTrue();

    assertThat(row(A).values()).isEmpty();
    assertThat(row(A).text("none")).isNull();
    assertThat(row(A).number("none")).isZero();
  }

  @Test
  void an_insert_loses_against_the_row_that_is_there() {
    assertThat(commit(new Insert(A, values(1)))).isTrue();

    assertThat(commit(new Insert(A, values(2)))).isFalse();

    assertThat(row(A).number("n")).isEqualTo(1);
  }

  @Test
  void every_write_gives_another_etag_and_a_time_of_the_service() {
    commit(new Insert(A, values(1)));
    Row first = row(A);
    assertThat(commit(new Replace(A, values(1), first.etag()))).isTrue();
    Row second = row(A);

    assertThat(second.etag()).isNotEqualTo(first.etag());
    assertThat(second.timestamp()).isAfterOrEqualTo(first.timestamp());
    assertThat(row(A).etag()).isEqualTo(second.etag());
    assertThat(all("p", "", "~", 10).get(0).etag()).isEqualTo(second.etag());
  }

  @Test
  void a_replacement_takes_all_values_away_that_it_does_not_bring() {
    commit(new Insert(A, Map.of("old", "x", "n", 1L)));

    assertThat(commit(new Replace(A, Map.of("n", 2L), row(A).etag()))).isTrue();

    assertThat(row(A).values()).containsExactly(Map.entry("n", 2L));
  }

  @Test
  void a_merge_adds_values_and_leaves_the_others() {
    commit(new Insert(A, Map.of("old", "x", "n", 1L)));

    assertThat(commit(new Merge(A, Map.of("n", 2L, "more", true), row(A).etag()))).isTrue();

    assertThat(row(A).values())
        .containsOnly(Map.entry("old", "x"), Map.entry("n", 2L), Map.entry("more", true));
  }

  @Test
  void a_stale_etag_changes_nothing() {
    commit(new Insert(A, values(1)));
    String stale = row(A).etag();
    commit(new Replace(A, values(2), stale));

    assertThat(commit(new Replace(A, values(3), stale))).isFalse();
    assertThat(commit(new Merge(A, values(3), stale))).isFalse();
    assertThat(commit(new Delete(A, stale))).isFalse();

    assertThat(row(A).number("n")).isEqualTo(2);
  }

  @Test
  void any_matches_every_version_of_a_row() {
    commit(new Insert(A, values(1)));

    assertThat(commit(new Merge(A, values(2), TableStore.ANY))).isTrue();
    assertThat(commit(new Replace(A, values(3), TableStore.ANY))).isTrue();
    assertThat(row(A).number("n")).isEqualTo(3);
    assertThat(commit(new Delete(A, TableStore.ANY))).isTrue();

    assertThat(tables().get(TABLE, A)).isEmpty();
  }

  @Test
  void any_matches_no_row_that_is_gone() {
    assertThat(commit(new Merge(A, values(1), TableStore.ANY))).isFalse();
    assertThat(commit(new Replace(A, values(1), TableStore.ANY))).isFalse();
    assertThat(commit(new Delete(A, TableStore.ANY))).isFalse();

    assertThat(tables().get(TABLE, A)).isEmpty();
  }

  @Test
  void an_etag_of_a_row_that_was_made_anew_is_stale() {
    commit(new Insert(A, values(1)));
    String first = row(A).etag();
    commit(new Delete(A, first));
    assertThat(commit(new Replace(A, values(2), first))).isFalse();
    commit(new Insert(A, values(1)));

    assertThat(commit(new Delete(A, first))).isFalse();
  }

  @Test
  void an_upsert_replaces_whatever_is_there() {
    assertThat(commit(new Upsert(A, Map.of("old", "x")))).isTrue();
    assertThat(commit(new Upsert(A, Map.of("new", "y")))).isTrue();

    assertThat(row(A).values()).containsExactly(Map.entry("new", "y"));
  }

  @Test
  void a_transaction_is_made_whole_or_not_at_all() {
    commit(new Insert(A, values(1)));
    commit(new Insert(new Key("p", "gone"), values(1)));
    String stale = row(A).etag();
    commit(new Merge(A, values(2), stale));

    assertThat(commit(new Insert(B, values(1)), new Replace(A, values(9), stale))).isFalse();
    assertThat(commit(new Insert(B, values(1)), new Insert(A, values(9)))).isFalse();
    assertThat(
            commit(
                new Insert(B, values(1)),
                new Delete(new Key("p", "gone"), TableStore.ANY),
                new Merge(new Key("p", "never"), values(1), TableStore.ANY)))
        .isFalse();

    assertThat(tables().get(TABLE, B)).isEmpty();
    assertThat(row(A).number("n")).isEqualTo(2);
    assertThat(tables().get(TABLE, new Key("p", "gone"))).isPresent();
  }

  @Test
  void a_transaction_holds_a_hundred_changes_of_every_kind() {
    for (int i = 0; i < 4; i++) {
      commit(new Insert(new Key("p", "old" + i), values(i)));
    }
    List<Change> changes = new ArrayList<>();
    changes.add(new Delete(new Key("p", "old0"), TableStore.ANY));
    changes.add(new Replace(new Key("p", "old1"), values(10), row(new Key("p", "old1")).etag()));
    changes.add(new Merge(new Key("p", "old2"), Map.of("more", "x"), TableStore.ANY));
    changes.add(new Upsert(new Key("p", "old3"), values(30)));
    while (changes.size() < 100) {
      changes.add(new Insert(new Key("p", "new%02d".formatted(changes.size())), values(0)));
    }

    assertThat(tables().commit(TABLE, changes)).isTrue();

    assertThat(all("p", "new", "nex", 1_000)).hasSize(96);
    assertThat(all("p", "old", "ole", 1_000))
        .extracting(row -> row.key().row(), row -> row.number("n"))
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("old1", 10L),
            org.assertj.core.groups.Tuple.tuple("old2", 2L),
            org.assertj.core.groups.Tuple.tuple("old3", 30L));
    assertThat(row(new Key("p", "old2")).text("more")).isEqualTo("x");
  }

  @Test
  void keys_may_hold_odd_characters() {
    List<String> odd =
        List.of("it's", "a b", "100%25", "a+b&c=d", "(x)", "W/".replace("/", "-"), "~", "\u00e4");
    for (String text : odd) {
      assertThat(commit(new Insert(new Key(text, text), values(1)))).as(text).isTrue();
    }

    for (String text : odd) {
      Key key = new Key(text, text);
      assertThat(row(key).key()).isEqualTo(key);
      assertThat(all(text, text, text + "\u00ff", 10)).hasSize(1);
      assertThat(commit(new Merge(key, values(2), row(key).etag()))).as(text).isTrue();
      assertThat(commit(new Delete(key, TableStore.ANY))).as(text).isTrue();
    }
  }

  @Test
  void a_range_begins_with_its_start_and_ends_before_its_end() {
    for (String row : List.of("a", "b", "b0", "c", "d")) {
      commit(new Insert(new Key("p", row), Map.of()));
      commit(new Insert(new Key("other", row), Map.of()));
    }

    assertThat(all("p", "b", "d", 10))
        .extracting(row -> row.key().row())
        .containsExactly("b", "b0", "c");
    assertThat(all("p", "", "~", 10)).hasSize(5);
    assertThat(all("p", "e", "f", 10)).isEmpty();
    assertThat(all("none", "", "~", 10)).isEmpty();
  }

  @Test
  void a_long_query_comes_in_pages_in_order_to_its_end() {
    List<Change> batch = new ArrayList<>();
    int count = 1_203;
    for (int i = 0; i < count; i++) {
      // Not in the order of their keys.
      batch.add(new Insert(new Key("p", "%05d".formatted(i * 701 % count)), Map.of()));
      if (batch.size() == 100 || i == count - 1) {
        assertThat(tables().commit(TABLE, batch)).isTrue();
        batch.clear();
      }
    }

    assertThat(all("p", "", "~", 1_000))
        .extracting(row -> row.key().row())
        .hasSize(count)
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(all("p", "00100", "00200", 13))
        .extracting(row -> row.key().row())
        .hasSize(100)
        .isSorted()
        .startsWith("00100")
        .endsWith("00199");
  }

  @Test
  void a_query_goes_on_behind_what_it_gave_whatever_is_written_and_deleted_meanwhile() {
    for (int i = 10; i < 40; i++) {
      commit(new Insert(new Key("p", "r" + i), values(i)));
    }
    List<String> seen = new ArrayList<>();
    Optional<String> next = Optional.empty();
    int pages = 0;
    do {
      Page page = tables().query(TABLE, "p", "r", "s", 4, next);
      page.rows().forEach(row -> seen.add(row.key().row()));
      next = page.next();
      commit(new Insert(new Key("p", "r0" + pages++), values(0)));
      if (!page.rows().isEmpty()) {
        // What was given is deleted: the place to go on from must not be lost with it.
        Key last = page.rows().get(page.rows().size() - 1).key();
        assertThat(commit(new Delete(last, TableStore.ANY))).isTrue();
      }
    } while (next.isPresent());

    assertThat(seen).filteredOn(row -> !row.startsWith("r0")).hasSize(30);
    assertThat(seen).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void a_query_sees_only_its_partition_and_its_table_has_but_one_row_a_key() {
    commit(new Insert(new Key("p", "a"), values(1)));
    commit(new Insert(new Key("p1", "a"), values(2)));
    commit(new Insert(new Key("o", "z"), values(3)));

    assertThat(all("p", "", "~", 10)).extracting(row -> row.number("n")).containsExactly(1L);
    assertThat(all("p1", "", "~", 10)).extracting(row -> row.number("n")).containsExactly(2L);
  }

  @Test
  void values_that_were_given_are_not_the_store_s_own() {
    byte[] bytes = {1, 2, 3};
    commit(new Insert(A, Map.of("b", bytes)));
    bytes[0] = 9;
    row(A).bytes("b")[1] = 9;

    assertThat(row(A).bytes("b")).containsExactly(1, 2, 3);
  }

  @Test
  void of_many_that_hold_the_same_etag_exactly_one_wins() throws Exception {
    commit(new Insert(A, values(-1)));
    String etag = row(A).etag();

    List<Boolean> won =
        race(
            i ->
                commit(
                    new Replace(A, values(i), etag),
                    new Insert(new Key("p", "winner" + i), values(i))));

    assertThat(won).containsOnlyOnce(true);
    assertThat(all("p", "winner", "winnes", 100))
        .singleElement()
        .satisfies(row -> assertThat(row.number("n")).isEqualTo(row(A).number("n")));
  }

  @Test
  void of_many_that_insert_the_same_row_exactly_one_wins() throws Exception {
    List<Boolean> won = race(i -> commit(new Insert(A, values(i))));

    assertThat(won).containsOnlyOnce(true);
  }

  private interface Racer {
    boolean run(long number);
  }

  private static List<Boolean> race(Racer racer) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(RACERS);
    try {
      List<Callable<Boolean>> racers = new ArrayList<>();
      for (int i = 0; i < RACERS; i++) {
        long number = i;
        racers.add(() -> racer.run(number));
      }
      List<Boolean> won = new ArrayList<>();
      for (Future<Boolean> each : threads.invokeAll(racers)) {
        won.add(each.get());
      }
      return won;
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void refuses_what_breaks_a_limit_before_it_is_sent() {
    assertThatThrownBy(
            () -> commit(new Insert(A, values(1)), new Insert(new Key("q", "b"), values(1))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> commit(new Insert(new Key("p", "a/b"), values(1))))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(tables().get(TABLE, A)).isEmpty();
  }
}
