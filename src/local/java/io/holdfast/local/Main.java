package io.holdfast.local;

import io.holdfast.local.demo.DemoCommand;
import io.holdfast.local.host.HostMain;
import io.holdfast.local.serve.ServeCommand;
import io.holdfast.local.sim.SimulatorMain;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The local stack: {@code java -jar holdfast-local.jar}. Never part of the deployed app. */
@Command(
    name = "holdfast-local",
    description =
        "Holdfast's local stack: the app on real queues, blobs and tables, without Azure.",
    mixinStandardHelpOptions = true,
    version = "holdfast-local 0.1.0",
    subcommands = {ServeCommand.class, DemoCommand.class, HostMain.class, SimulatorMain.class})
public final class Main {
  private Main() {}

  /** Exit codes: 0 done, 1 failed, 2 wrong arguments; those of {@code host} beside it. */
  public static void main(String[] args) {
    CommandLine commands = new CommandLine(new Main());
    if (args.length == 0) {
      commands.usage(System.err);
      System.exit(2);
    }
    System.exit(commands.execute(args));
  }
}
