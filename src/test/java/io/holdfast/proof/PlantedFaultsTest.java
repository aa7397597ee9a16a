package io.holdfast.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.holdfast.proof.PlantedFault.Catch;
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
  private static final long MINUTES_MAX = 5;

  private static final ConcurrentSkipListSet<String> REPORT = new ConcurrentSkipListSet<>();
  private static ExecutorService threads;

  @BeforeAll
  static void start() {
    threads = Executors.newFixedThreadPool(THREADS);
  }

  @AfterAll
  static void stop() throws IOException {
    threads.shutdownNow();
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
    REPORT.add(
        "%s: %s | %s | %s"
            .formatted(fault.rule(), fault.sentence(), failed.get().by(), failed.get().headline()));
  }

  /** Without it, a catch that fails whatever is planted would show nothing. */
  @TestFactory
  Stream<DynamicTest> what_catches_the_faults_passes_on_the_product_as_it_is() {
    ClassLoader product = Mutant.unchanged();
    Map<String, Future<Optional<Failed>>> trials = new LinkedHashMap<>();
    for (PlantedFault fault : PlantedFaults.all()) {
      Catch caughtBy = fault.caughtBy();
      trials.computeIfAbsent(
          caughtBy.toString(), name -> threads.submit(() -> Trial.of(caughtBy, product)));
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
