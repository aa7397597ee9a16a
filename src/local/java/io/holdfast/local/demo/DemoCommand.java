package io.holdfast.local.demo;

import io.holdfast.local.serve.DataFolder;
import io.holdfast.local.serve.LocalStack;
import io.holdfast.local.serve.StackConfig;
import io.holdfast.local.serve.StackFailure;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code demo}: the main job on a stack of its own, from nothing to nothing. */
@Command(
    name = "demo",
    description = {
      "Backs up a simulated VM twice, exports a point and compares it, on a local stack of its own.",
      "Takes free ports, about 1 GB in a folder that it removes at the end, and under a minute."
    },
    mixinStandardHelpOptions = true)
public final class DemoCommand implements Callable<Integer> {
  @Option(names = "--keep", description = "keep the data folder; the next demo removes it")
  private boolean keep;

  @Override
  public Integer call() throws InterruptedException {
    PrintStream out = System.out;
    long startNanos = System.nanoTime();
    Path folder = StackConfig.target().resolve("demo");
    StackConfig config = StackConfig.of(folder.resolve("data"), StackConfig.Ports.free());
    out.println("Holdfast demo: a VM is backed up on real queues, blobs and tables.");
    try {
      DataFolder.clear(folder, config.data());
      Path scratch = Files.createDirectories(folder.resolve("files"));
      try (LocalStack stack = LocalStack.start(config, System.err)) {
        out.printf(
            "The local stack is ready after %.1f s: %s, logs in %s%n",
            secondsSince(startNanos), config.api(), config.logs());
        new Demo(stack, scratch, out, isTerminal()).run();
        out.printf("%nStopping the stack.%n");
      }
      if (!keep) {
        DataFolder.clear(folder, config.data());
      }
    } catch (DemoFailure | StackFailure | IOException e) {
      System.err.printf(
          "%nThe demo failed: %s%nLogs: %s%nAll of it stays in %s until the next demo.%n",
          e.getMessage(), config.logs(), folder);
      return 1;
    }
    out.printf(
        "Done in %.0f s: 2 disks, 2 backups, 1 export that equals the guest's disk, nothing left behind.%n",
        secondsSince(startNanos));
    if (keep) {
      out.println("Kept: " + folder);
    }
    return 0;
  }

  /** JDK 17 has a console only on a terminal; since JDK 22 there is always one, and it tells. */
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException before22) {
      return true;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Console.isTerminal cannot be called", e);
    }
  }

  private static double secondsSince(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
