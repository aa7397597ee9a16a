package io.holdfast.local.serve;

import picocli.CommandLine;

/** {@code serve} as a process. */
public final class ServeProcess {
  private ServeProcess() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new ServeCommand()).execute(args));
  }
}
