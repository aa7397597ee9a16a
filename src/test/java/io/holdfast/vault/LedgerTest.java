package io.holdfast.vault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Corrupt;
import io.holdfast.failure.Unavailable;
import io.holdfast.fake.MemoryBlobs;
import io.holdfast.vault.Ledger.Recorded;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LedgerTest {
  /** The vault is made on the day of {@link SampleVault#TIME}. */
  private static final String FIRST = "ledger/2026-11-23-0001.jsonl";

  private static final Instant TIME = SampleVault.TIME;
  private static final LocalDate EVER = LocalDate.of(2000, 1, 1);

  private final MemoryBlobs blobs = new MemoryBlobs(InstantSource.system(), 3);

  /** Each is one process. */
  private Ledger ledger(int blocksMax) {
    return new Ledger(blobs, SampleVault.config(), blocksMax);
  }

  private Ledger ledger() {
    return ledger(Ledger.BLOCKS_MAX);
  }

  private static LedgerEntry entry(String id, Instant at) {
    return LedgerEntry.ofPoint(
        id,
        at,
        LedgerEvent.PINNED,
        SampleVault.pointId(1),
        "kim@example.com",
        "before the move",
        at.plus(30, ChronoUnit.DAYS));
  }

  private static LedgerEntry entry(String id) {
    return entry(id, TIME);
  }

  private static List<LedgerEntry> entries(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> entry("e" + i)).toList();
  }

  private List<Recorded> all() {
    List<Recorded> all = new ArrayList<>();
    ledger().read(EVER, all::add);
    return all;
  }

  private List<String> ids() {
    return all().stream().map(line -> line.entry().id()).toList();
  }

  private List<String> faults() {
    List<String> faults = new ArrayList<>();
    ledger().check(EVER, line -> {}, faults::add);
    return faults;
  }

  private String text(String name) {
    return new String(blobs.get(name).orElseThrow().bytes(), UTF_8);
  }

  private static String sha256(String line) {
    return Digester.sha256().digest(line.getBytes(UTF_8)).hex();
  }

  @Test
  void givesBackWhatWasAppendedInItsOrder() {
    LedgerEntry pinned = entry("a");
    LedgerEntry policy =
        LedgerEntry.ofPolicy("b", TIME, LedgerEvent.POLICY_PUT, "gold", "kim", "new policy");
    LedgerEntry paused =
        LedgerEntry.ofItem(
            "c", TIME, LedgerEvent.PROTECTION_CHANGED, "vm-1", "kim", "paused", null);
    ledger().append(List.of(pinned, policy));
    ledger().append(List.of(paused));

    assertThat(all()).extracting(Recorded::entry).containsExactly(pinned, policy, paused);
    assertThat(all()).extracting(Recorded::file).containsOnly(FIRST);
    assertThat(all()).extracting(Recorded::line).containsExactly(1, 2, 3);
    assertThat(pinned.itemId()).isEqualTo("vm-1");
  }

  @Test
  void eachLineHasTheDigestOfTheOneBeforeIt() {
    ledger().append(entries(0, 2));
    ledger().append(entries(2, 3));

    String[] lines = text(FIRST).split("\n");
    assertThat(lines).hasSize(3);
    assertThat(lines[0]).contains("\"block\":1,\"previous\":\"" + "0".repeat(64) + "\"}");
    assertThat(lines[1]).contains("\"block\":1,\"previous\":\"" + sha256(lines[0]) + "\"}");
    assertThat(lines[2]).contains("\"block\":2,\"previous\":\"" + sha256(lines[1]) + "\"}");
    assertThat(text(FIRST)).endsWith("}\n");
  }

  @Test
  void oneWhoKnowsTheEndAppendsByOneRequest() {
    Ledger ledger = ledger();
    ledger.append(entries(0, 1));
    int gets = blobs.requests("get");
    int lists = blobs.requests("list");

    for (int i = 1; i < 6; i++) {
      ledger.append(entries(i, i + 1));
    }

    assertThat(blobs.requests("append")).isEqualTo(6);
    assertThat(blobs.requests("get")).isEqualTo(gets);
    assertThat(blobs.requests("list")).isEqualTo(lists);
  }

  @Test
  void anEntryThatIsThereIsNotWrittenAgain() {
    Ledger ledger = ledger();
    ledger.append(List.of(entry("a"), entry("a"), entry("b")));
    ledger.append(entries(0, 3));
    ledger.append(List.of(entry("b"), entry("c")));
    ledger().append(List.of(entry("a"), entry("d")));

    assertThat(ids()).containsExactly("a", "b", "e0", "e1", "e2", "c", "d");
  }

  @Test
  void anEntryThatIsThereIsFoundAcrossMidnight() {
    ledger().append(List.of(entry("a")));
    ledger().append(List.of(entry("b", TIME.plus(1, ChronoUnit.DAYS))));
    ledger().append(List.of(entry("a"), entry("b"), entry("c")));

    assertThat(ids()).containsExactly("a", "b", "c");
  }

  @Test
  void twoProcessesThatTakeTurnsLinkAnew() {
    Ledger one = ledger();
    Ledger two = ledger();
    for (int i = 0; i < 10; i += 2) {
      one.append(entries(i, i + 1));
      two.append(entries(i + 1, i + 2));
    }

    assertThat(ids())
        .containsExactlyElementsOf(IntStream.range(0, 10).mapToObj(i -> "e" + i).toList());
    assertThat(faults()).isEmpty();
  }

  @Test
  void aListLongerThanABlockGoesOutAsSeveral() {
    ledger().append(entries(0, 6_000));

    assertThat(ids()).hasSize(6_000).doesNotHaveDuplicates();
    assertThat(blobs.requests("append")).isBetween(3, 8);
  }

  @Test
  void aLostAnswerIsLookedUpAndNothingIsWrittenTwice() {
    Ledger ledger = ledger();
    for (int i = 0; i < 5; i++) {
      AtomicInteger left = new AtomicInteger(1);
      blobs.after((action, name) -> loseWhile(left));
      ledger.append(entries(i, i + 1));
    }
    blobs.after((action, name) -> {});

    assertThat(ids()).containsExactly("e0", "e1", "e2", "e3", "e4");
    assertThat(faults()).isEmpty();
  }

  private static void loseWhile(AtomicInteger left) {
    if (left.getAndDecrement() > 0) {
      throw new Unavailable("the answer was lost");
    }
  }

  @Test
  void aRequestThatWasNotServedIsRepeatedAndThenGivenUp() {
    Ledger ledger = ledger();
    AtomicInteger left = new AtomicInteger(2);
    blobs.before((action, name) -> refuseAppends(action, left));
    ledger.append(entries(0, 1));

    left.set(100);
    assertThatThrownBy(() -> ledger.append(entries(1, 2))).isInstanceOf(Unavailable.class);
    assertThat(left.get()).as("attempts").isBetween(95, 97);
    left.set(0);
    ledger.append(entries(1, 2));

    assertThat(ids()).containsExactly("e0", "e1");
  }

  private static void refuseAppends(String action, AtomicInteger left) {
    if (action.equals("append")) {
      loseWhile(left);
    }
  }

  @Test
  void aCallerWhoGotNoAnswerAtAllMayCallAgainEvenFromAnotherProcess() {
    Ledger ledger = ledger();
    ledger.append(entries(0, 1));
    blobs.after(
        (action, name) -> {
          // The answer is lost, and so is every one to the question what came of it.
          blobs.before((next, of) -> loseWhile(new AtomicInteger(1)));
          throw new Unavailable("the answer was lost");
        });
    assertThatThrownBy(() -> ledger.append(entries(1, 3))).isInstanceOf(Unavailable.class);
    blobs.after((action, name) -> {});
    blobs.before((action, name) -> {});

    ledger().append(entries(1, 4));
    ledger.append(entries(1, 5));

    assertThat(ids()).containsExactly("e0", "e1", "e2", "e3", "e4");
  }

  @Test
  void aRequestThatIsServedLongAfterItFailedIsThereOnce() {
    Ledger ledger = ledger();
    ledger.append(entries(0, 1));
    long length = text(FIRST).length();
    Ledger copy = ledger();
    copy.append(entries(1, 2));
    byte[] late = text(FIRST).substring((int) length).getBytes(UTF_8);
    // As if that request had failed, and comes only when another one stands at its place.
    blobs.damage(FIRST, bytes -> java.util.Arrays.copyOf(bytes, (int) length));
    ledger.append(entries(2, 3));

    assertThat(blobs.append(FIRST, late, length)).isFalse();
    copy.append(entries(1, 2));

    assertThat(ids()).containsExactly("e0", "e2");
    ledger().append(entries(1, 2));
    assertThat(ids()).containsExactly("e0", "e2", "e1");
  }

  @Test
  void aFileEndsAfterItsBlocksWithALineThatNamesTheNext() {
    Ledger ledger = ledger(3);
    for (int i = 0; i < 7; i++) {
      ledger.append(entries(i, i + 1));
    }

    assertThat(blobs.names())
        .containsExactly(FIRST, "ledger/2026-11-23-0002.jsonl", "ledger/2026-11-23-0003.jsonl");
    String[] lines = text(FIRST).split("\n");
    assertThat(lines).hasSize(4);
    assertThat(lines[3])
        .isEqualTo(
            "{\"next\":\"ledger/2026-11-23-0002.jsonl\",\"block\":4,\"previous\":\"%s\"}"
                .formatted(sha256(lines[2])));
    assertThat(text("ledger/2026-11-23-0002.jsonl"))
        .contains("\"block\":1,\"previous\":\"" + sha256(lines[3]) + "\"}");
    assertThat(ids()).containsExactly("e0", "e1", "e2", "e3", "e4", "e5", "e6");
    assertThat(faults()).isEmpty();
  }

  @Test
  void aNewDayBeginsANewFileAndAClockThatIsBehindChangesNothing() {
    Ledger ahead = ledger();
    Ledger behind = ledger();
    behind.append(List.of(entry("a", TIME)));
    ahead.append(List.of(entry("b", TIME.plus(20, ChronoUnit.HOURS))));
    behind.append(List.of(entry("c", TIME.plusSeconds(60))));
    ahead.append(List.of(entry("d", TIME.plus(21, ChronoUnit.HOURS))));
    ledger().append(List.of(entry("e", TIME.minus(900, ChronoUnit.DAYS))));

    assertThat(blobs.names()).containsExactly(FIRST, "ledger/2026-11-24-0001.jsonl");
    assertThat(ids()).containsExactly("a", "b", "c", "d", "e");
    List<String> later = new ArrayList<>();
    ledger().read(LocalDate.of(2026, 11, 24), line -> later.add(line.entry().id()));
    assertThat(later).containsExactly("b", "c", "d", "e");
    ledger().read(LocalDate.of(2026, 11, 25), line -> later.add("none"));
    assertThat(later).hasSize(4);
  }

  @Test
  void allBeginWithTheSameFileWhateverTheirClocksSay() {
    Ledger one = ledger();
    Ledger two = ledger();
    // Both have seen that there is no ledger.
    one.append(List.of());
    two.append(List.of());
    one.append(List.of(entry("a", TIME.plus(300, ChronoUnit.DAYS))));
    two.append(List.of(entry("b", TIME.plus(2, ChronoUnit.DAYS))));

    assertThat(blobs.names()).containsExactly(FIRST, "ledger/2027-09-19-0001.jsonl");
    assertThat(ids()).containsExactly("a", "b");
    assertThat(faults()).isEmpty();
  }

  @Test
  void aCrashBetweenTheEndOfAFileAndTheNextOneLosesNothing() {
    Ledger ledger = ledger(1);
    ledger.append(entries(0, 1));
    AtomicInteger appends = new AtomicInteger();
    blobs.before((action, name) -> dieAtSecond(action, appends));
    assertThatThrownBy(() -> ledger.append(entries(1, 2))).isInstanceOf(Unavailable.class);
    blobs.before((action, name) -> {});
    assertThat(blobs.names()).containsExactly(FIRST);
    assertThat(ids()).containsExactly("e0");
    assertThat(faults()).isEmpty();

    // Azure makes the blob by one request, and its first block comes by another.
    assertThat(blobs.putIfAbsent("ledger/2026-11-23-0002.jsonl", ByteBuffer.allocate(0)).created())
        .isTrue();
    assertThat(faults()).isEmpty();
    ledger(1).append(entries(1, 2));

    assertThat(ids()).containsExactly("e0", "e1");
    assertThat(faults()).isEmpty();
  }

  private static void dieAtSecond(String action, AtomicInteger appends) {
    if (action.equals("append") && appends.getAndIncrement() > 0) {
      throw new Unavailable("the process is gone");
    }
  }

  @Test
  void eightProcessesAtOnceHaveEachLineThereOnce() throws Exception {
    hammer(() -> ledger(7));
    assertThat(faults()).isEmpty();
    assertThat(ids()).hasSize(8 * 60).doesNotHaveDuplicates();
  }

  private static void hammer(Callable<Ledger> process) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Set<String>>> tasks = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        String thread = "t" + t;
        Ledger own = process.call();
        tasks.add(
            () -> {
              Set<String> written = new HashSet<>();
              for (int i = 0; i < 60; i += 2) {
                List<LedgerEntry> two =
                    Stream.of(i, i + 1).map(n -> entry(thread + "-" + n)).toList();
                own.append(two);
                two.forEach(entry -> written.add(entry.id()));
              }
              return written;
            });
      }
      for (Future<Set<String>> task : threads.invokeAll(tasks)) {
        assertThat(task.get()).hasSize(60);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** Replaces text in a file behind the ledger's back. */
  private void tamper(String name, String find, String with) {
    blobs.damage(
        name,
        bytes -> {
          String before = new String(bytes, UTF_8);
          assertThat(before).contains(find);
          return before.replaceFirst(java.util.regex.Pattern.quote(find), with).getBytes(UTF_8);
        });
  }

  private void threeFilesOfTwo() {
    Ledger ledger = ledger(2);
    for (int i = 0; i < 6; i++) {
      ledger.append(entries(i, i + 1));
    }
    assertThat(blobs.names()).hasSize(3);
    assertThat(faults()).isEmpty();
  }

  @Test
  void aChangedLineIsFoundByTheOneBehindIt() {
    threeFilesOfTwo();
    tamper("ledger/2026-11-23-0002.jsonl", "kim@example.com", "eve@example.com");

    assertThat(faults())
        .singleElement()
        .asString()
        .startsWith("ledger/2026-11-23-0002.jsonl line 2 does not follow the line before it");
    List<String> before = new ArrayList<>();
    assertThatThrownBy(() -> ledger().read(EVER, line -> before.add(line.entry().id())))
        .isInstanceOf(Corrupt.class)
        .hasMessageContaining("ledger/2026-11-23-0002.jsonl line 2");
    assertThat(before).containsExactly("e0", "e1", "e2");
  }

  @Test
  void aChangedLastLineOfAFileIsFoundByTheNextFile() {
    threeFilesOfTwo();
    tamper(FIRST, "\"next\":\"", "\"at\":null,\"next\":\"");

    assertThat(faults())
        .singleElement()
        .asString()
        .startsWith("ledger/2026-11-23-0002.jsonl line 1 does not follow");
  }

  @Test
  void aLineThatIsGoneIsFound() {
    threeFilesOfTwo();
    blobs.damage(
        FIRST,
        bytes -> {
          String text = new String(bytes, UTF_8);
          return text.substring(text.indexOf('\n') + 1).getBytes(UTF_8);
        });

    assertThat(faults()).singleElement().asString().startsWith(FIRST + " line 1 does not follow");
  }

  @Test
  void aFileThatIsGoneIsFound() {
    threeFilesOfTwo();
    blobs.delete("ledger/2026-11-23-0002.jsonl");
    assertThat(faults()).hasSize(2);
    assertThat(faults().get(0))
        .contains(FIRST + " names ledger/2026-11-23-0002.jsonl as the next file")
        .contains("ledger/2026-11-23-0003.jsonl");

    blobs.delete(FIRST);
    assertThat(faults().get(0)).contains("it began with " + FIRST + ", which is missing");
  }

  @Test
  void aTornLastLineIsToldByNameAndNothingIsAppendedBehindIt() {
    ledger().append(entries(0, 3));
    Ledger knows = ledger();
    knows.append(List.of());
    blobs.damage(FIRST, bytes -> java.util.Arrays.copyOf(bytes, bytes.length - 5));
    String torn = text(FIRST);

    assertThat(faults())
        .singleElement()
        .asString()
        .isEqualTo(FIRST + " line 3 is torn: it has no line feed at its end");
    for (Ledger ledger : List.of(ledger(), knows)) {
      assertThatThrownBy(() -> ledger.append(entries(7, 8)))
          .isInstanceOf(Corrupt.class)
          .hasMessageContaining(FIRST + " at byte ")
          .hasMessageContaining("is torn");
    }
    assertThat(text(FIRST)).isEqualTo(torn);

    // What the page tells the owner to do: put the file aside.
    blobs.delete(FIRST);
    knows.append(entries(8, 9));
    assertThat(ids()).containsExactly("e8");
  }

  @Test
  void aFileThatWasPutAsideIsMadeAnew() {
    threeFilesOfTwo();
    Ledger knows = ledger(2);
    knows.append(List.of());
    blobs.delete("ledger/2026-11-23-0003.jsonl");

    knows.append(entries(7, 8));

    assertThat(ids()).containsExactly("e0", "e1", "e2", "e3", "e7");
    assertThat(faults()).isEmpty();
  }

  @Test
  void foreignLinesAndFilesAreToldByName() {
    threeFilesOfTwo();
    blobs.put("ledger/notes.txt", "hello".getBytes(UTF_8));
    blobs.put("ledger/2026-02-31-0001.jsonl", "hello".getBytes(UTF_8));
    tamper(FIRST, "\n", "\nhello\n");

    assertThat(faults())
        .anySatisfy(fault -> assertThat(fault).startsWith("ledger/notes.txt is no file"))
        .anySatisfy(fault -> assertThat(fault).startsWith("ledger/2026-02-31-0001.jsonl is no"))
        .anySatisfy(fault -> assertThat(fault).startsWith(FIRST + " line 2 is damaged: "))
        .anySatisfy(fault -> assertThat(fault).startsWith(FIRST + " line 3 does not follow"))
        .hasSize(4);
  }

  @Test
  void aLineLongerThanAnyIsNotReadIntoMemory() {
    ledger().append(entries(0, 1));
    for (int bytes : new int[] {LedgerLine.BYTES_MAX + 1, 300_000, 5_000_000}) {
      byte[] before = blobs.get(FIRST).orElseThrow().bytes();
      blobs.put(FIRST, (text(FIRST) + "x".repeat(bytes) + "\n").getBytes(UTF_8));

      assertThat(faults())
          .singleElement()
          .asString()
          .isEqualTo(FIRST + " line 2 is longer than any line of the ledger");
      blobs.put(FIRST, before);
    }
  }

  @Test
  void theLongestEntryIsALine() {
    String longest = "\u0001".repeat(LedgerEntry.WHO_CHARS_MAX);
    LedgerEntry entry =
        new LedgerEntry(
            longest.substring(0, 255) + "i",
            TIME,
            LedgerEvent.LEGAL_HOLD_ENDED,
            "i".repeat(63),
            "i".repeat(63) + "-p20261123040506001-000001",
            longest.substring(0, 255) + "p",
            longest.substring(0, 255) + "w",
            "\u0001".repeat(LedgerEntry.WHY_CHARS_MAX - 1) + "w",
            TIME);
    ledger().append(List.of(entry, entry("a")));

    assertThat(text(FIRST).indexOf('\n')).isBetween(10_000, LedgerLine.BYTES_MAX);
    assertThat(all()).extracting(Recorded::entry).containsExactly(entry, entry("a"));
  }

  @Test
  void anEventOfALaterBuildIsReadAndLinkedButNotMade() {
    ledger().append(entries(0, 1));
    String first = text(FIRST).strip();
    String later =
        first
            .replace("\"event\":\"Pinned\"", "\"event\":\"Moved\",\"where\":\"there\"")
            .replace("\"e0\"", "\"e1\"")
            .replace("0".repeat(64), sha256(first));
    blobs.put(FIRST, (first + "\n" + later + "\n").getBytes(UTF_8));
    ledger().append(entries(2, 3));

    assertThat(faults()).isEmpty();
    assertThat(all().get(1).entry().event()).isEqualTo(LedgerEvent.OTHER);
    assertThatThrownBy(() -> ledger().append(List.of(all().get(1).entry())))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anEntryKeepsItsLaws() {
    assertThatThrownBy(() -> entry(" ")).hasMessageContaining("id");
    assertThatThrownBy(() -> entry("x".repeat(257))).hasMessageContaining("257 characters");
    assertThatThrownBy(() -> entry("\ud800")).hasMessageContaining("half of a character");
    assertThatThrownBy(
            () ->
                LedgerEntry.ofItem("a", TIME, LedgerEvent.UNPINNED, "No Item", "kim", "why", null))
        .hasMessageContaining("No Item");
  }

  @Test
  void aLedgerOfNoLinesIsWhole() {
    assertThat(all()).isEmpty();
    assertThat(faults()).isEmpty();
    ledger().append(List.of());
    assertThat(blobs.names()).isEmpty();
  }
}
