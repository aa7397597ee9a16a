package io.holdfast.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The protocol under hundreds of schedules, each from a seed. A seed that fails says what happened
 * and how to run it again: {@code -Dseed=n}. {@code -Dseeds=n} runs that many, from {@code
 * -Dseeds.first=n} on.
 */
class SimulationTest {
  private static final int SEEDS = Integer.getInteger("seeds", 500);

  /** More than that are not looked for. */
  private static final int FAILURES_MAX = 5;

  /** So many seeds meet with everything. */
  private static final int ENOUGH = 300;

  private static final Logger APP = Logger.getLogger("io.holdfast");

  private final Outcome outcome = new Outcome();

  @BeforeAll
  static void quietly() {
    // What the app logs of injected faults is no news.
    APP.setLevel(Level.OFF);
  }

  @AfterAll
  static void loudly() {
    APP.setLevel(null);
  }

  @Test
  void whatever_happens_every_point_is_what_its_snapshot_held_and_nothing_is_left()
      throws InterruptedException {
    Long only = Long.getLong("seed");
    if (only != null) {
      outcome.add(Simulation.run(only));
      System.out.println("seed " + only + ":" + outcome);
      return;
    }
    long started = System.nanoTime();
    runAll(Long.getLong("seeds.first", 0));
    System.out.printf(
        "%,d seeds in %,d s:%s%n", SEEDS, (System.nanoTime() - started) / 1_000_000_000, outcome);
    if (SEEDS >= ENOUGH) {
      muchWasDoneAndMuchWentWrong();
    }
  }

  /** A protocol that refuses everything breaks no rule, and calm weather shows nothing. */
  private void muchWasDoneAndMuchWentWrong() {
    long jobs = outcome.of("jobs: COMPLETED") + outcome.of("jobs: COMPLETED_WITH_WARNINGS");
    assertThat(jobs)
        .as("jobs that completed, against those that failed or were cancelled:%s", outcome)
        .isGreaterThan(outcome.of("jobs: FAILED") + outcome.of("jobs: CANCELLED"));
    assertThat(outcome.of("restores") + outcome.of("points purged"))
        .as("every point of a completed job was restored, or purged before")
        .isEqualTo(jobs);
    for (String what :
        List.of(
            "jobs: COMPLETED_WITH_WARNINGS",
            "jobs: CANCELLED",
            "jobs: FAILED: DeadlineExceeded",
            "jobs: FAILED: StepFailed",
            "jobs: FAILED: BackupAlreadyInProgress",
            "jobs: FAILED: NeverOpened",
            "disks: FULL",
            "disks: COMPARE",
            "disks: SNAPSHOT_DIFF",
            "requests: Busy",
            "requests: cancel TooLate",
            "deliveries: again",
            "deliveries: poison",
            "faults: REFUSED",
            "faults: ANSWER_LOST",
            "faults: SERVED_LATE",
            "faults: HOST_DIES_BEFORE",
            "faults: HOST_DIES_AFTER",
            "faults: lost messages",
            "faults: doubled messages",
            "faults: stalled past a lease",
            "faults: stalled past a deadline",
            "objects collected",
            "points purged")) {
      assertThat(outcome.of(what)).as("%s, of all:%s", what, outcome).isPositive();
    }
  }

  private void runAll(long first) throws InterruptedException {
    int workers = Runtime.getRuntime().availableProcessors();
    ExecutorService threads = Executors.newFixedThreadPool(workers);
    AtomicLong next = new AtomicLong(first);
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < workers; i++) {
      threads.execute(
          () -> {
            for (long seed = next.getAndIncrement();
                seed < first + SEEDS && failures.size() < FAILURES_MAX;
                seed = next.getAndIncrement()) {
              try {
                outcome.add(Simulation.run(seed));
              } catch (RuntimeException | Error e) {
                failures.add(e);
              }
            }
          });
    }
    threads.shutdown();
    while (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
      // A run of many thousand seeds takes as long as it takes.
    }
    if (!failures.isEmpty()) {
      throw new AssertionError(
          failures.stream().map(Throwable::getMessage).collect(Collectors.joining("\n\n")),
          failures.peek());
    }
  }
}
