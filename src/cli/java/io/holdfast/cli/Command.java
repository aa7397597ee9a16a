package io.holdfast.cli;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Option;

/** A command that does something: it is checked whole, then run. */
abstract class Command {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  private boolean help;

  /**
   * What is wrong with the arguments beyond their form: all of it, so that it is mended at once.
   */
  abstract List<String> faults();

  /** Does the work and answers the exit code. */
  abstract int run() throws IOException;
}
