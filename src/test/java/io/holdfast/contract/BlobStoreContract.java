package io.holdfast.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.vault.BlobStore;
import io.holdfast.vault.BlobStore.Blob;
import io.holdfast.vault.BlobStore.Listed;
import io.holdfast.vault.BlobStore.Page;
import io.holdfast.vault.BlobStore.PutResult;
import io.holdfast.vault.BlobStore.Touch;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The law of the blob port: each implementation has a subclass. */
public abstract class BlobStoreContract {
  private static final Duration AGE = Duration.ofHours(1);

  /** An empty container, the same one for all calls of one test. */
  protected abstract BlobStore blobs();

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private String etagOf(String name) {
    return blobs().get(name).orElseThrow().etag();
  }

  private List<Listed> listAll(String prefix) {
    List<Listed> all = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      Page page = blobs().list(prefix, next);
      all.addAll(page.blobs());
      next = page.next();
    } while (next.isPresent());
    return all;
  }

  @Test
  void givesBackWhatWasPut() {
    byte[] content = new byte[300_000];
    new Random(1).nextBytes(content);
    assertThat(blobs().putIfAbsent("chunks/ab/cd", ByteBuffer.wrap(content)).created()).isTrue();

    Blob blob = blobs().get("chunks/ab/cd").orElseThrow();

    assertThat(blob.bytes()).isEqualTo(content);
    assertThat(blob.etag()).startsWith("\"").endsWith("\"");
    assertThat(blobs().exists("chunks/ab/cd")).isTrue();
  }

  @Test
  void holdsABlobOfNoBytes() {
    blobs().put("points/a/b", new byte[0]);

    assertThat(blobs().get("points/a/b").orElseThrow().bytes()).isEmpty();
    assertThat(listAll("points/")).extracting(Listed::sizeBytes).containsExactly(0L);
  }

  @Test
  void hasNothingUnderANameThatWasNeverPut() {
    assertThat(blobs().get("nothing")).isEmpty();
    assertThat(blobs().get("no/such/folder")).isEmpty();
    assertThat(blobs().exists("nothing")).isFalse();
    assertThat(blobs().touch("nothing", Instant.EPOCH)).isEqualTo(Touch.ABSENT);
    assertThat(blobs().touch("nothing", BlobStore.WHATEVER_ITS_AGE)).isEqualTo(Touch.ABSENT);
    assertThat(blobs().putIfMatch("nothing", bytes("x"), "\"0x1\"")).isFalse();
    assertThat(blobs().exists("nothing")).isFalse();
    assertThat(listAll("nothing")).isEmpty();
  }

  @Test
  void putIfAbsentLeavesWhatIsThere() {
    PutResult first = blobs().putIfAbsent("a", ByteBuffer.wrap(bytes("first")));
    String etag = etagOf("a");
    PutResult second = blobs().putIfAbsent("a", ByteBuffer.wrap(bytes("second")));

    assertThat(first.created()).isTrue();
    assertThat(second.created()).isFalse();
    assertThat(second.serviceTime()).isAfterOrEqualTo(first.serviceTime());
    assertThat(blobs().get("a").orElseThrow().bytes()).isEqualTo(bytes("first"));
    assertThat(etagOf("a")).isEqualTo(etag);
  }

  @Test
  void serviceTimeAndModificationTimeAreOfOneClock() {
    Instant service = blobs().putIfAbsent("a", ByteBuffer.wrap(bytes("x"))).serviceTime();
    Instant again = blobs().putIfAbsent("a", ByteBuffer.wrap(bytes("x"))).serviceTime();

    Instant modified = listAll("a").get(0).modified();

    assertThat(modified).isBetween(service.minusSeconds(2), again.plusSeconds(2));
  }

  @Test
  void putReplacesAndChangesTheEtag() {
    blobs().put("a", bytes("first"));
    String before = etagOf("a");
    blobs().put("a", bytes("again"));

    assertThat(blobs().get("a").orElseThrow().bytes()).isEqualTo(bytes("again"));
    assertThat(etagOf("a")).isNotEqualTo(before);
  }

  @Test
  void putIfMatchReplacesOnlyWhatItSaw() {
    blobs().put("a", bytes("one"));
    String seen = etagOf("a");

    assertThat(blobs().putIfMatch("a", bytes("two"), seen)).isTrue();
    assertThat(blobs().putIfMatch("a", bytes("six"), seen)).isFalse();
    assertThat(blobs().get("a").orElseThrow().bytes()).isEqualTo(bytes("two"));
  }

  @Test
  void touchRenewsEtagAndTimeAndKeepsTheBytes() {
    Instant put = blobs().putIfAbsent("a", ByteBuffer.wrap(bytes("x"))).serviceTime();
    String before = etagOf("a");

    assertThat(blobs().touch("a", put.plusSeconds(2))).isEqualTo(Touch.TOUCHED);

    assertThat(etagOf("a")).isNotEqualTo(before);
    assertThat(blobs().get("a").orElseThrow().bytes()).isEqualTo(bytes("x"));
    assertThat(listAll("a").get(0).modified()).isAfterOrEqualTo(put.minusSeconds(1));
    assertThat(blobs().putIfMatch("a", bytes("y"), before)).isFalse();
  }

  @Test
  void touchLeavesTheYoungAlone() {
    Instant put = blobs().putIfAbsent("a", ByteBuffer.wrap(bytes("x"))).serviceTime();
    String before = etagOf("a");

    assertThat(blobs().touch("a", put.minus(AGE))).isEqualTo(Touch.YOUNG);

    assertThat(etagOf("a")).isEqualTo(before);
  }

  @Test
  void timesOfAListingAreWholeSecondsAndSoIsTheAgeThatATouchLooksAt() {
    blobs().put("a", bytes("x"));
    Instant modified = listAll("a").get(0).modified();
    assertThat(modified.getNano()).isZero();
    String before = etagOf("a");

    assertThat(blobs().touch("a", modified.minusMillis(1))).isEqualTo(Touch.YOUNG);
    assertThat(etagOf("a")).isEqualTo(before);
    assertThat(blobs().touch("a", modified)).as("of that very second").isEqualTo(Touch.TOUCHED);
    Instant again = listAll("a").get(0).modified();
    assertThat(blobs().touch("a", again.plusMillis(999))).isEqualTo(Touch.TOUCHED);
  }

  @Test
  void aListingGoesOnBehindWhatItGaveWhateverIsPutMeanwhile() {
    for (int i = 10; i < 20; i++) {
      blobs().put("p/" + i, bytes("x"));
    }
    List<String> seen = new ArrayList<>();
    Optional<String> next = Optional.empty();
    int pages = 0;
    do {
      Page page = blobs().list("p/", next);
      page.blobs().forEach(blob -> seen.add(blob.name()));
      next = page.next();
      blobs().put("p/0" + pages, bytes("before all that was given"));
      pages++;
    } while (next.isPresent());

    assertThat(seen).filteredOn(name -> !name.startsWith("p/0")).hasSize(10);
    assertThat(seen).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void touchOfWhateverAgeRenewsTheYoungToo() {
    blobs().put("a", bytes("x"));
    String before = etagOf("a");

    assertThat(blobs().touch("a", BlobStore.WHATEVER_ITS_AGE)).isEqualTo(Touch.TOUCHED);

    assertThat(etagOf("a")).isNotEqualTo(before);
  }

  @Test
  void listsByPrefixInOrderOfNameWithSizeAndEtag() {
    for (String name : List.of("c/2", "c/10", "b/1", "c/1/x", "d/1", "c-0")) {
      blobs().put(name, bytes(name));
    }

    List<Listed> listed = listAll("c/");

    assertThat(listed).extracting(Listed::name).containsExactly("c/1/x", "c/10", "c/2");
    assertThat(listed).extracting(Listed::sizeBytes).containsExactly(5L, 4L, 3L);
    assertThat(listed.get(2).etag()).isEqualTo(etagOf("c/2"));
    assertThat(listAll("c/1")).extracting(Listed::name).containsExactly("c/1/x", "c/10");
    assertThat(listAll("")).hasSize(6);
  }

  @Test
  void listsEachBlobOnceOverManyPages() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      names.add("p/%02d/%d".formatted(i / 3, i));
    }
    names.addAll(List.of("p/03-", "p/030", "p/9", "q/1"));
    names.forEach(name -> blobs().put(name, bytes(name)));
    names.remove("q/1");
    names.sort(null);

    assertThat(listAll("p/")).extracting(Listed::name).containsExactlyElementsOf(names);
  }

  @Test
  void anEtagOfAListingServesAsACondition() {
    blobs().put("a", bytes("one"));

    String listed = listAll("a").get(0).etag();

    assertThat(blobs().putIfMatch("a", bytes("two"), listed)).isTrue();
  }

  @Test
  void oneOfManyCreatorsWins() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      for (int round = 0; round < 5; round++) {
        String name = "race/" + round;
        List<Callable<Boolean>> creators = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          byte[] content = new byte[50_000];
          Arrays.fill(content, (byte) i);
          creators.add(() -> blobs().putIfAbsent(name, ByteBuffer.wrap(content)).created());
        }
        int created = 0;
        for (Future<Boolean> creator : threads.invokeAll(creators)) {
          created += creator.get() ? 1 : 0;
        }
        assertThat(created).isEqualTo(1);
        byte[] content = blobs().get(name).orElseThrow().bytes();
        assertThat(content).hasSize(50_000).containsOnly(content[0]);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void oneOfManyReplacersWins() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      blobs().put("a", bytes("0"));
      String seen = etagOf("a");
      List<Callable<Boolean>> replacers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        byte[] content = bytes("" + i);
        replacers.add(() -> blobs().putIfMatch("a", content, seen));
      }
      int replaced = 0;
      for (Future<Boolean> replacer : threads.invokeAll(replacers)) {
        replaced += replacer.get() ? 1 : 0;
      }
      assertThat(replaced).isEqualTo(1);
    } finally {
      threads.shutdownNow();
    }
  }

  private String textOf(String name) {
    return new String(blobs().get(name).orElseThrow().bytes(), UTF_8);
  }

  @Test
  void appendMakesABlobAndThenGoesOnAtItsEnd() {
    assertThat(blobs().append("ledger/a", bytes("one,"), 0)).isTrue();
    String before = etagOf("ledger/a");
    assertThat(blobs().append("ledger/a", bytes("two,"), 4)).isTrue();
    assertThat(blobs().append("ledger/a", bytes("three"), 8)).isTrue();

    assertThat(textOf("ledger/a")).isEqualTo("one,two,three");
    assertThat(etagOf("ledger/a")).isNotEqualTo(before);
    assertThat(blobs().exists("ledger/a")).isTrue();
    assertThat(listAll("ledger/")).extracting(Listed::sizeBytes).containsExactly(13L);
  }

  @Test
  void appendRefusesAnyOtherPlaceThanTheEnd() {
    assertThat(blobs().append("a", bytes("four"), 0)).isTrue();

    for (long elsewhere : new long[] {0, 3, 5, 8}) {
      assertThat(blobs().append("a", bytes("more"), elsewhere)).as("at %s", elsewhere).isFalse();
    }

    assertThat(textOf("a")).isEqualTo("four");
  }

  @Test
  void appendMakesNoBlobWhereOneOfSomeLengthIsExpected() {
    assertThat(blobs().append("a", bytes("more"), 4)).isFalse();

    assertThat(blobs().exists("a")).isFalse();
  }

  @Test
  void oneOfManyWhoAppendAtOnePlaceWins() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      StringBuilder expected = new StringBuilder();
      for (int round = 0; round < 5; round++) {
        long length = expected.length();
        List<Callable<Boolean>> appenders = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          byte[] block = bytes(("" + i).repeat(1000));
          appenders.add(() -> blobs().append("a", block, length));
        }
        List<Future<Boolean>> results = threads.invokeAll(appenders);
        for (int i = 0; i < 8; i++) {
          if (results.get(i).get()) {
            expected.append(("" + i).repeat(1000));
          }
        }
        assertThat(expected).hasSize((int) length + 1000);
        assertThat(textOf("a")).isEqualTo(expected.toString());
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void readsAPartOfWhatWasAppendedAndOfWhatWasPut() {
    assertThat(blobs().append("a", bytes("0123"), 0)).isTrue();
    assertThat(blobs().append("a", bytes("456789"), 4)).isTrue();
    blobs().put("b", bytes("0123456789"));

    for (String name : List.of("a", "b")) {
      assertThat(part(name, 2, 5)).isEqualTo("23456");
      assertThat(part(name, 7, 100)).isEqualTo("789");
      assertThat(part(name, 0, 10)).isEqualTo("0123456789");
      assertThat(blobs().readFrom(name, 10, ByteBuffer.allocate(9))).isZero();
      assertThat(blobs().readFrom(name, 1_000_000, ByteBuffer.allocate(9))).isZero();
    }
    blobs().put("empty", new byte[0]);
    assertThat(blobs().readFrom("empty", 0, ByteBuffer.allocate(9))).isZero();
    assertThat(blobs().readFrom("nothing", 0, ByteBuffer.allocate(9))).isEqualTo(BlobStore.ABSENT);
    assertThat(blobs().readFrom("nothing", 9, ByteBuffer.allocate(9))).isEqualTo(BlobStore.ABSENT);
  }

  /** Reads into the middle of a buffer, which must stay as it is around that. */
  private String part(String name, long offset, int length) {
    ByteBuffer into = ByteBuffer.allocate(length + 4).position(2).limit(length + 2);
    long came = blobs().readFrom(name, offset, into);
    assertThat(into.position()).isEqualTo((int) came + 2);
    assertThat(into.array()[1]).isZero();
    assertThat(into.array()[length + 2]).isZero();
    return new String(into.array(), 2, (int) came, UTF_8);
  }
}
