package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.e2e.JobRowsSeen.Phase;
import io.holdfast.e2e.Killer.Kill;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * The host is killed with -9 at random moments of backups, and every job ends right by itself.
 *
 * <p>{@code -Dkills.rounds=10} makes ten backups of it, {@code -Dkills.each} says how often the
 * host is killed in each, {@code -Dkills.seed} draws the same moments again.
 */
class KillsIT {
  private static final int MIB = 1 << 20;
  private static final int OS_BYTES = 80 * MIB;
  private static final int DATA_BYTES = 48 * MIB;

  /** A killed host's messages come back when their lease ends. */
  private static final int LEASE_SECONDS = 3;

  private static final Duration READ = Duration.ofMillis(500);
  private static final Duration OTHER = Duration.ofMillis(80);
  private static final Duration KILLS_MAX = Duration.ofSeconds(200);
  private static final Duration ASKED_MAX = Duration.ofSeconds(120);
  private static final Duration QUIET_MAX = Duration.ofSeconds(60);
  private static final int WATCH_MILLIS = 150;

  /** Of ten kills this many must be before the job's end, or the moments are drawn badly. */
  private static final double IN_TIME_MIN = 0.7;

  /** Azure takes three restore points of a VM in an hour. */
  private static final int BACKUPS_OF_A_VM = 3;

  private static final String NO_SLOT = "0 3 1 1 *";

  /**
   * How the disks' changes are found, how long the snapshot of that backup is kept, and how many of
   * its VM are kept after it.
   */
  private enum Kind {
    FULL("Full", 1, 1),
    DIFF("SnapshotDiff", 0, 1),
    COMPARE("Compare", 1, 2);

    private final String source;
    private final int days;
    private final int kept;

    Kind(String source, int days, int kept) {
      this.source = source;
      this.days = days;
      this.kept = kept;
    }
  }

  /** What a round was, for the report. */
  private record Round(
      Kind kind, boolean scheduled, List<Kill> kills, Duration time, int redeliveries) {}

  private final long seed = Long.getLong("kills.seed", System.nanoTime() & 0xff_ffff);
  private final int rounds = Integer.getInteger("kills.rounds", 1);
  private final int each = Integer.getInteger("kills.each", 10);
  private final List<Round> report = new ArrayList<>();
  private Stack stack;
  private Machine vm;

  @Test
  void aBackupWhoseHostIsKilledAtRandomMomentsCompletesByItselfAndLeavesNothing() throws Exception {
    stack = Stack.start("kills", LEASE_SECONDS);
    try {
      vm = machine(0);
      // The first killed backup is incremental, so that the shortest run has a base, too.
      vm.putPolicy(NO_SLOT, Kind.FULL.days);
      vm.backUp();
      for (int round = 1; round <= rounds; round++) {
        String what = "round %d of %d, -Dkills.seed=%d".formatted(round, rounds, seed);
        try {
          round(round);
        } catch (Exception | AssertionError e) {
          throw new AssertionError(what + ": " + e.getMessage(), e);
        }
      }
      assertThat(stack.log("host")).doesNotContain("sig=", "AccountKey");
      vm.forget();
    } finally {
      stack.close();
      System.out.println(report());
    }
  }

  private Machine machine(int number) throws IOException, InterruptedException {
    Machine made =
        Machine.create(
            stack, "kills" + number, Map.of("os", (long) OS_BYTES, "lun0", (long) DATA_BYTES));
    made.write("os", 0, OS_BYTES);
    made.write("lun0", 0, DATA_BYTES);
    return made;
  }

  private void round(int number) throws Exception {
    Kind kind = Kind.values()[number % BACKUPS_OF_A_VM];
    if (kind == Kind.FULL) {
      vm.forget();
      vm = machine(number);
    } else {
      change(number);
    }
    boolean scheduled = number % 2 == 0;
    Random random = new Random(seed + number);
    Instant start = Instant.now();
    JobRowsSeen rows = JobRowsSeen.of(stack, vm.itemId());
    int jobsBefore = vm.jobs().size();
    Map<String, Path> before = vm.copyDisks();
    if (scheduled) {
      awaitEarlySecond();
      vm.putPolicy(kind.days);
    } else {
      vm.putPolicy(NO_SLOT, kind.days);
    }
    stack.slowAzure(READ, OTHER);
    List<Kill> kills;
    int redeliveries;
    JsonNode ended;
    try (QueueWatch queues = QueueWatch.start(stack, WATCH_MILLIS);
        Killer killer = Killer.start(stack, rows, random, each)) {
      try {
        String id = scheduled ? fireSchedule(jobsBefore) : request();
        try (RunningJob job = vm.follow(id, before)) {
          ended = job.await("Completed");
        }
        kills = killer.await(KILLS_MAX);
      } catch (AssertionError e) {
        throw new AssertionError(
            "%s, moments %s, kills %s: %s"
                .formatted(kind, killer.moments(), killer.await(Duration.ofMillis(1)), e),
            e);
      }
      stack.fullSpeed();
      awaitQuiet(rows, queues);
      redeliveries = queues.redeliveries();
      assertThat(queues.poison()).isEmpty();
    }
    report.add(
        new Round(kind, scheduled, kills, Duration.between(start, Instant.now()), redeliveries));
    assertRight(kind, ended, jobsBefore, kills);
  }

  /** Something in every chunk, so that the next backup has as much to move as the first. */
  private void change(int number) throws IOException {
    for (int at = number; at + MIB < OS_BYTES; at += 4 * MIB) {
      vm.write("os", at, 40_000);
      if (at + MIB < DATA_BYTES) {
        vm.write("lun0", at, 40_000);
      }
    }
  }

  /** A policy of every minute is put and deleted again before its second slot. */
  private static void awaitEarlySecond() throws InterruptedException {
    while (Instant.now().getEpochSecond() % 60 > 20) {
      Thread.sleep(200);
    }
  }

  /** Fires the timer until there is a job, whatever becomes of the hosts that run it. */
  private String fireSchedule(int jobsBefore) throws InterruptedException {
    String id =
        untilAnswered(
            () -> {
              stack.fire("schedule");
              Thread.sleep(700);
              List<JsonNode> jobs = vm.jobs();
              return jobs.size() > jobsBefore ? jobs.get(0).path("id").asText() : null;
            });
    untilAnswered(
        () -> {
          vm.deletePolicy();
          return true;
        });
    return id;
  }

  /** Sends the request until it is answered: one whose host was killed is sent again. */
  private String request() throws InterruptedException {
    String id = UUID.randomUUID().toString();
    String firstSent =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.now().atOffset(ZoneOffset.UTC));
    return untilAnswered(
        () -> {
          Http.Answer answer =
              vm.requestBackup(
                  "Repeatability-Request-ID", id, "Repeatability-First-Sent", firstSent);
          assertThat(answer.status()).as(answer.response().body()).isEqualTo(202);
          return answer.body().path("id").asText();
        });
  }

  /** What is asked of a host that may be killed. */
  private interface Asked<T> {
    /** Null: not yet. */
    T ask() throws IOException, InterruptedException;
  }

  private static <T> T untilAnswered(Asked<T> asked) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + ASKED_MAX.toNanos();
    while (true) {
      try {
        T answer = asked.ask();
        if (answer != null) {
          return answer;
        }
        assertThat(System.nanoTime()).as("the job is there").isLessThan(deadlineNanos);
      } catch (IOException down) {
        assertThat(System.nanoTime()).as("the host: %s", down).isLessThan(deadlineNanos);
        Thread.sleep(100);
      }
    }
  }

  /** No message goes round, no row of work is left, and nothing waits for a human. */
  private static void awaitQuiet(JobRowsSeen rows, QueueWatch queues) throws InterruptedException {
    long deadlineNanos = System.nanoTime() + QUIET_MAX.toNanos();
    while (queues.left() > 0 || !rows.leftovers().isEmpty()) {
      assertThat(System.nanoTime())
          .as("%d messages and rows %s are left", queues.left(), rows.leftovers())
          .isLessThan(deadlineNanos);
      Thread.sleep(100);
    }
  }

  private void assertRight(Kind kind, JsonNode ended, int jobsBefore, List<Kill> kills)
      throws Exception {
    assertThat(kills).hasSize(each);
    long inTime = kills.stream().filter(kill -> kill.phase().compareTo(Phase.RELEASE) < 0).count();
    assertThat(inTime)
        .as("kills before the job's end: %s", kills)
        .isGreaterThanOrEqualTo((long) (each * IN_TIME_MIN));
    awaitHost();
    assertThat(vm.jobs()).as("one request, one job").hasSize(jobsBefore + 1);
    assertThat(ended.path("warnings")).isEmpty();
    vm.assertEveryPointEqualsItsCopies();
    List<JsonNode> points = vm.points();
    assertThat(points).hasSize(jobsBefore + 1);
    for (JsonNode disk : ended.path("disks")) {
      assertThat(disk.path("changeSource").asText()).isEqualTo(kind.source);
      assertThat(disk.path("bytesRead")).as("counted once").isEqualTo(disk.path("bytesTotal"));
    }
    long read = RunningJob.sum(ended, "bytesRead");
    long changed =
        kind == Kind.FULL
            ? OS_BYTES + DATA_BYTES
            : vm.changedBytes(points.get(1).path("id").asText(), points.get(0).path("id").asText());
    assertThat(read).isEqualTo(kind == Kind.DIFF ? changed : OS_BYTES + DATA_BYTES);
    // A chunk that was stored by a host that died before it could say so is not sent again.
    assertThat(RunningJob.sum(ended, "bytesTransferred")).isBetween(1L, changed);
    assertKept(kind.kept);
  }

  private void awaitHost() throws InterruptedException {
    long deadlineNanos = System.nanoTime() + QUIET_MAX.toNanos();
    while (!stack.hostAnswers()) {
      assertThat(System.nanoTime()).as("the host is back").isLessThan(deadlineNanos);
      Thread.sleep(100);
    }
  }

  /** Nothing but the snapshots whose day has not come. */
  private void assertKept(int restorePoints) throws IOException, InterruptedException {
    Stack.Leftovers left = stack.leftovers(vm.itemId());
    assertThat(left.restorePoints()).hasSize(restorePoints);
    assertThat(left.snapshots()).isEmpty();
    assertThat(left.grants()).isEmpty();
  }

  private String report() {
    Map<Phase, Integer> phases = new EnumMap<>(Phase.class);
    StringBuilder text = new StringBuilder();
    for (Round round : report) {
      round.kills().forEach(kill -> phases.merge(kill.phase(), 1, Integer::sum));
      text.append(
          "%n  %s%s, %d s, %d redeliveries seen: %s"
              .formatted(
                  round.kind(),
                  round.scheduled() ? " by schedule" : "",
                  round.time().toSeconds(),
                  round.redeliveries(),
                  round.kills()));
    }
    long all = report.stream().mapToLong(round -> round.kills().size()).sum();
    return "Kills, seed %d: %d backups, %d kills, by phase %s%s"
        .formatted(seed, report.size(), all, phases, text);
  }
}
