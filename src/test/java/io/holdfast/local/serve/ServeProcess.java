package io.holdfast.local.serve;

import picocli.CommandLine;

/** {@code serve} as a process, with a stand-in for the simulator. */
public final class ServeProcess {
  private ServeProcess() {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new ServeCommand(FakeSimulator.class.getName())).execute(args));
  }
}
