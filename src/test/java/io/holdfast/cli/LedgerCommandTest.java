package io.holdfast.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.vault.LedgerEntry;
import io.holdfast.vault.LedgerEvent;
import io.holdfast.vault.SampleVault;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LedgerCommandTest {
  private static final Instant TIME = SampleVault.TIME;
  private static final String FIRST = "ledger/2026-11-23-0001.jsonl";
  private static final String SECOND = "ledger/2026-11-24-0001.jsonl";

  @TempDir Path folder;
  private SampleVault sample;

  private record Run(int code, String out, String err) {}

  private Run run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new Console(
                new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8), false),
            args);
    return new Run(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  private Run ledger(String... more) {
    String[] args = new String[more.length + 4];
    System.arraycopy(new String[] {"vault", "ledger", "--vault", folder.toString()}, 0, args, 0, 4);
    System.arraycopy(more, 0, args, 4, more.length);
    return run(args);
  }

  private static JsonNode json(Run run) throws Exception {
    return new ObjectMapper().readTree(run.out()).get("value");
  }

  @BeforeEach
  void writeALedgerOfTwoDays() {
    sample = SampleVault.in(new FolderBlobs(folder, InstantSource.system()));
    sample.addPoint(1, Map.of("os", SampleVault.disk(1, 5_000)));
    LedgerEntry pinned =
        LedgerEntry.ofPoint(
            "r-1",
            TIME,
            LedgerEvent.PINNED,
            SampleVault.pointId(1),
            "kim@example.com",
            "before\u001b[2J the move",
            TIME.plus(Duration.ofDays(30)));
    LedgerEntry policy =
        LedgerEntry.ofPolicy("r-2", TIME, LedgerEvent.POLICY_PUT, "gold", "kim", "new");
    LedgerEntry other =
        LedgerEntry.ofItem(
            "r-3",
            TIME.plus(Duration.ofDays(1)),
            LedgerEvent.PROTECTION_CHANGED,
            "vm-2",
            "lee",
            "paused",
            null);
    sample.vault().ledger().append(List.of(pinned, policy));
    sample.vault().ledger().append(List.of(other));
  }

  @Test
  void listsAllEntriesAsJson() throws Exception {
    Run run = ledger("--output", "json");

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    JsonNode entries = json(run);
    assertThat(entries).hasSize(3);
    JsonNode pinned = entries.get(0);
    assertThat(pinned.get("file").asText()).isEqualTo(FIRST);
    assertThat(pinned.get("line").asInt()).isEqualTo(1);
    assertThat(pinned.get("id").asText()).isEqualTo("r-1");
    assertThat(pinned.get("at").asText()).isEqualTo("2026-11-23T04:05:06Z");
    assertThat(pinned.get("event").asText()).isEqualTo("Pinned");
    assertThat(pinned.get("itemId").asText()).isEqualTo("vm-1");
    assertThat(pinned.get("pointId").asText()).isEqualTo(SampleVault.pointId(1));
    assertThat(pinned.get("who").asText()).isEqualTo("kim@example.com");
    assertThat(pinned.get("why").asText()).isEqualTo("before\u001b[2J the move");
    assertThat(pinned.get("until").asText()).isEqualTo("2026-12-23T04:05:06Z");
    assertThat(pinned.has("policy")).isFalse();
    assertThat(entries.get(1).get("policy").asText()).isEqualTo("gold");
    assertThat(entries.get(2).get("file").asText()).isEqualTo(SECOND);
  }

  @Test
  void listsThemAsATableThatCannotSteerTheTerminal() {
    Run run = ledger();

    assertThat(run.code()).isZero();
    assertThat(run.out().lines()).hasSize(4);
    assertThat(run.out()).startsWith("TIME ").contains("before?[2J the move", "policy gold");
    assertThat(run.out().chars()).doesNotContain(0x1b);
  }

  @Test
  void listsWhatConcernsOneItemOrCameFromADayOn() throws Exception {
    assertThat(json(ledger("--item", "vm-1", "--output", "json")))
        .extracting(entry -> entry.get("id").asText())
        .containsExactly("r-1");
    assertThat(json(ledger("--from", "2026-11-24", "--output", "json")))
        .extracting(entry -> entry.get("id").asText())
        .containsExactly("r-3");
    Run none = ledger("--item", "vm-9", "--output", "json");
    assertThat(none.code()).isZero();
    assertThat(json(none)).isEmpty();
  }

  @Test
  void aLedgerThatIsNotThereIsEmptyAndAVaultThatIsNotThereIsToldByName(@TempDir Path empty) {
    SampleVault unused = SampleVault.in(new FolderBlobs(empty, InstantSource.system()));
    assertThat(run("vault", "ledger", "--vault", empty.toString()).out().lines()).hasSize(1);

    Run run = run("vault", "ledger", "--vault", empty.resolve("ledger").toString());
    assertThat(run.code()).isEqualTo(10);
    assertThat(run.err()).contains(empty.resolve("ledger").toString());
  }

  @Test
  void refusesADayThatIsNone() {
    Run run = ledger("--from", "yesterday");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--from: 'yesterday' is no day like 2026-11-30");
  }

  private void tamper() throws Exception {
    String text = Files.readString(folder.resolve(FIRST));
    Files.writeString(folder.resolve(FIRST), text.replace("kim@example.com", "eve@example.com"));
  }

  @Test
  void namesALineThatWasTamperedWithAndListsTheRest() throws Exception {
    tamper();

    Run run = ledger("--output", "json");

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("warning: " + FIRST + " line 2 does not follow the line before");
    assertThat(json(run)).hasSize(3);
  }

  @Test
  void verifyReadsTheLedgerToo() throws Exception {
    Run good = run("vault", "verify", "--vault", folder.toString());
    assertThat(good.code()).isZero();
    assertThat(good.out()).contains("1 points").contains("3 ledger entries: all good");

    tamper();
    Run bad = run("vault", "verify", "--vault", folder.toString());

    assertThat(bad.code()).isEqualTo(1);
    assertThat(bad.out().lines().toList().get(0))
        .startsWith(FIRST + " line 2 does not follow the line before it");
    assertThat(bad.out()).contains("1 findings");
    Run json = run("vault", "verify", "--vault", folder.toString(), "--output", "json");
    JsonNode finding = new ObjectMapper().readTree(json.out()).get("findings").get(0);
    assertThat(finding.get("point").isNull()).isTrue();
    assertThat(finding.get("message").asText()).startsWith(FIRST + " line 2");
  }
}
