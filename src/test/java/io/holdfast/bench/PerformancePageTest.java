package io.holdfast.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code docs/performance.md} is what the benchmark renders from the figures beside it. */
class PerformancePageTest {
  @TempDir private Path folder;

  @Test
  void the_page_shows_the_figures_beside_it() throws IOException, InterruptedException {
    assumeTrue(hasPython(), "python3 is not installed");

    int exit =
        run(
            "python3",
            "src/bench/bench.py",
            "report",
            "docs/performance.json",
            "--docs",
            folder.toString());

    assertThat(exit).isZero();
    assertThat(page(folder)).isEqualTo(page(Path.of("docs")));
  }

  /** Without its plots, which are drawn only where matplotlib is installed. */
  private static List<String> page(Path folder) throws IOException {
    return Files.readAllLines(folder.resolve("performance.md")).stream()
        .filter(line -> !line.isEmpty() && !line.startsWith("!["))
        .toList();
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return run("python3", "--version") == 0;
    } catch (IOException notThere) {
      return false;
    }
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start()
        .waitFor();
  }
}
