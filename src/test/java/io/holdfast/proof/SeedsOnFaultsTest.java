package io.holdfast.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.proof.Trial.Failed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * How much the simulation notices by itself, without the directed tests: asked for by {@code
 * -Dfaults.seeds=n}, which tries so many seeds on every fault. {@code
 * target/planted-faults-seeds.txt} tells which one noticed.
 */
@EnabledIfSystemProperty(named = "faults.seeds", matches = "\\d+")
class SeedsOnFaultsTest {
  private static final Logger APP = Logger.getLogger("io.holdfast");

  @Test
  void most_faults_of_the_steps_are_noticed_by_a_seed() throws Exception {
    long seeds = Long.getLong("faults.seeds");
    // The SDK's side of a port is not in the simulated world.
    List<PlantedFault> faults =
        PlantedFaults.all().stream().filter(fault -> !fault.file().startsWith("azure/")).toList();
    APP.setLevel(Level.OFF);
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<String>> lines =
          faults.stream().map(fault -> threads.submit(() -> line(fault, seeds))).toList();
      long noticed = 0;
      Path report = Path.of("target/planted-faults-seeds.txt");
      Files.writeString(report, "");
      for (Future<String> line : lines) {
        append(report, line.get());
        noticed += line.get().startsWith("seed") ? 1 : 0;
      }
      assertThat(noticed).as("of %d faults", faults.size()).isGreaterThan(faults.size() / 2);
    } finally {
      threads.shutdownNow();
      APP.setLevel(null);
    }
  }

  private static void append(Path report, String line) throws IOException {
    Files.writeString(report, Files.readString(report) + line + "\n");
  }

  private static String line(PlantedFault fault, long seeds) {
    Optional<Failed> failed = Trial.bySeeds(Mutant.with(fault), 0, seeds);
    String by = failed.map(Failed::by).orElse("none of %d".formatted(seeds));
    return Stream.of(by, fault.sentence(), failed.map(Failed::headline).orElse(""))
        .reduce((a, b) -> a + " | " + b)
        .orElseThrow();
  }
}
