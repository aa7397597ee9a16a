package io.holdfast.simulation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a failing seed shows to people: every call in a file, the last messages in the error. */
final class Trace {
  private static final int SHOWN = 40;

  private Trace() {}

  /** The failure of a seed; writes the whole story down beside it. */
  static AssertionError of(long seed, Throwable failure) {
    List<String> lines = Simulation.trace(seed);
    List<String> deliveries = lines.stream().filter(line -> !line.contains("   ")).toList();
    StringBuilder text = new StringBuilder();
    text.append("seed %d: %s%n".formatted(seed, failure.getMessage()));
    text.append("again: mvn test -Dtest=SimulationTest -Dseed=%d%n".formatted(seed));
    text.append("every call: %s%n".formatted(write(seed, lines)));
    text.append("the last of what happened:%n".formatted());
    deliveries.stream()
        .skip(Math.max(0, deliveries.size() - SHOWN))
        .forEach(line -> text.append(line).append(System.lineSeparator()));
    return new AssertionError(text.toString(), failure);
  }

  private static Path write(long seed, List<String> lines) {
    try {
      Path folder = Path.of(System.getProperty("holdfast.target", "target"), "simulation");
      Files.createDirectories(folder);
      return Files.write(folder.resolve("seed-" + seed + ".txt"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
