package io.holdfast.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.holdfast.proof.PlantedFault.SeedCatch;
import io.holdfast.proof.PlantedFault.TestCatch;
import io.holdfast.proof.Trial.Failed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Each planted fault is caught by what the list says, and what catches it passes on the product as
 * it is. {@code target/planted-faults.txt} tells how.
 */
class PlantedFaultsTest {
  private static final int FAULTS_MIN = 12;
  private static final int THREADS = 2;
  private static final long MINUTES_MAX = 10;

  private static final ConcurrentSkipListSet<String> REPORT = new ConcurrentSkipListSet<>();
  private static final Logger APP = Logger.getLogger("io.holdfast");
  private static ExecutorService threads;

  @BeforeAll
  static void start() {
    // What broken products log is no news.
    APP.setLevel(Level.OFF);
    threads = Executors.newFixedThreadPool(THREADS);
  }

  @AfterAll
  static void stop() throws IOException {
    threads.shutdownNow();
    APP.setLevel(null);
    Path report = Path.of(System.getProperty("holdfast.target", "target"), "planted-faults.txt");
    Files.write(report, REPORT);
  }

  @Test
  void there_are_enough_faults_and_each_has_a_name_of_its_own() {
    assertThat(PlantedFaults.all()).hasSizeGreaterThanOrEqualTo(FAULTS_MIN);
    assertThat(PlantedFaults.all()).extracting(PlantedFault::sentence).doesNotHaveDuplicates();
    assertThat(PlantedFaults.all())
        .allSatisfy(fault -> assertThat(Mutant.places(fault)).as("%s", fault.text()).isOne());
  }

  @TestFactory
  Stream<DynamicTest> every_planted_fault_is_caught() {
    List<DynamicTest> tests = new ArrayList<>();
    for (PlantedFault fault : PlantedFaults.all()) {
      Future<Optional<Failed>> trial =
          threads.submit(() -> Trial.of(fault.caughtBy(), Mutant.with(fault)));
      tests.add(dynamicTest(fault.sentence(), () -> assertCaught(fault, await(trial))));
    }
    return tests.stream();
  }

  private static void assertCaught(PlantedFault fault, Optional<Failed> failed) {
    assertThat(failed).as("%s did not fail: %s", fault.caughtBy(), fault).isPresent();
    if (fault.caughtBy() instanceof SeedCatch) {
      // All seeds pass on the product as it is: that is a test of its own.
      long seed = failed.get().seed();
      assertThat(Trial.bySeeds(Mutant.unchanged(), seed, seed + 1)).isEmpty();
    }
    REPORT.add(
        "%s: %s | %s | %s"
            .formatted(fault.rule(), fault.sentence(), failed.get().by(), failed.get().headline()));
  }

  /** Without it, a catch that fails whatever is planted would show nothing. */
  @TestFactory
  Stream<DynamicTest> each_test_that_catches_a_fault_passes_on_the_product_as_it_is() {
    ClassLoader product = Mutant.unchanged();
    Map<String, Future<Optional<Failed>>> trials = new LinkedHashMap<>();
    for (PlantedFault fault : PlantedFaults.all()) {
      if (fault.caughtBy() instanceof TestCatch test) {
        trials.computeIfAbsent(
            test.toString(), name -> threads.submit(() -> Trial.of(test, product)));
      }
    }
    return trials.entrySet().stream()
        .map(
            trial ->
                dynamicTest(trial.getKey(), () -> assertThat(await(trial.getValue())).isEmpty()));
  }

  private static Optional<Failed> await(Future<Optional<Failed>> trial) throws Exception {
    return trial.get(MINUTES_MAX, TimeUnit.MINUTES);
  }
}
