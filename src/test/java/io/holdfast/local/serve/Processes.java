package io.holdfast.local.serve;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Starts main classes of this class path as processes of their own. */
public final class Processes {
  private Processes() {}

  /** A process whose outputs go to files beside each other: {@code out} and {@code err}. */
  public record Started(Process process, Path out, Path err) {
    public String stdout() throws IOException {
      return Files.readString(out);
    }

    public String stderr() throws IOException {
      return Files.readString(err);
    }

    /** The exit code, at most 60 s later. */
    public int exit() throws InterruptedException {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("process " + process.pid() + " does not end");
      }
      return process.exitValue();
    }
  }

  public static Started java(
      Path dir, Map<String, String> environment, List<String> flags, String main, String... args)
      throws IOException {
    Files.createDirectories(dir);
    Path out = Files.createTempFile(dir, "out", ".txt");
    Path err = Files.createTempFile(dir, "err", ".txt");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(Arrays.asList(args));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    builder.environment().putAll(environment);
    return new Started(builder.start(), out, err);
  }
}
