package io.holdfast.local;

import io.holdfast.local.demo.DemoCommand;
import io.holdfast.local.host.HostMain;
import io.holdfast.local.serve.ServeCommand;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The local stack: {@code java -jar holdfast-local.jar}. Never part of the deployed app. */
@Command(
    name = "holdfast-local",
    description =
        "Holdfast's local stack: the app on real queues, blobs and tables, without Azure.",
    mixinStandardHelpOptions = true,
    version = "holdfast-local 0.1.0",
    subcommands = {ServeCommand.class, DemoCommand.class, HostMain.class},
    footer = {
      "",
      "'simulator' runs the compute simulator alone; 'simulator --help' lists its options."
    },
    synopsisSubcommandLabel = "(serve | demo | host | simulator)")
public final class Main {
  private static final String SIMULATOR = "simulator";

  private Main() {}

  /** Exit codes: 0 done, 1 failed, 2 wrong arguments; those of {@code host} beside it. */
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals(SIMULATOR)) {
      simulator(Arrays.copyOfRange(args, 1, args.length));
      return;
    }
    CommandLine commands = new CommandLine(new Main());
    if (args.length == 0) {
      commands.usage(System.err);
      System.exit(2);
    }
    System.exit(commands.execute(args));
  }

  private static void simulator(String[] args) throws Exception {
    try {
      Class.forName("io.holdfast.local.sim.SimulatorMain")
          .getMethod("main", String[].class)
          .invoke(null, (Object) args);
    } catch (ClassNotFoundException e) {
      System.err.println("This jar was built without the compute simulator.");
      System.exit(1);
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }
}
