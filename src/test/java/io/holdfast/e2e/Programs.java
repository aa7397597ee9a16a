package io.holdfast.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The packaged jars as processes of their own, as a user starts them. */
final class Programs {
  private Programs() {}

  /** What a program that has ended left. */
  record Ended(int exit, String stdout, String stderr) {}

  /** The build's output folder. */
  static Path target() {
    return Path.of(System.getProperty("holdfast.target", "target")).toAbsolutePath();
  }

  /** A folder for what the tests make, below the build's output folder. */
  static Path scratch() {
    try {
      return Files.createDirectories(target().resolve("e2e"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code java -jar target/holdfast.jar ...}. */
  static Ended cli(String... arguments) throws IOException, InterruptedException {
    List<String> command = java("-XX:TieredStopAtLevel=1", "-Xshare:auto");
    command.addAll(List.of("-jar", target().resolve("holdfast.jar").toString()));
    command.addAll(Arrays.asList(arguments));
    return run(command, Map.of());
  }

  /** A command line that begins with this JVM's own java. */
  static List<String> java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Arrays.asList(arguments));
    return command;
  }

  /**
   * Runs a program to its end, at most two minutes.
   *
   * @param environment over this process's own; an empty value removes a variable
   */
  static Ended run(List<String> command, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(scratch(), "out", ".txt");
    Path err = Files.createTempFile(scratch(), "err", ".txt");
    try {
      Process process = start(command, environment, out, err);
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "%s does not end; stderr: %s".formatted(command, Files.readString(err)));
      }
      return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Starts a program whose outputs go to files. */
  static Process start(List<String> command, Map<String, String> environment, Path out, Path err)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(scratch().toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    environment.forEach(
        (name, value) -> {
          if (value.isEmpty()) {
            builder.environment().remove(name);
          } else {
            builder.environment().put(name, value);
          }
        });
    return builder.start();
  }
}
