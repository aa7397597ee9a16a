package io.holdfast.local.sim;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The sub-command {@code simulator}: runs the compute simulator until it is told to end. */
@Command(
    name = "simulator",
    mixinStandardHelpOptions = true,
    description = "Runs the compute simulator until SIGTERM.")
public final class SimulatorMain implements Callable<Integer> {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Folder of disks and state.")
  private Path data;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "7072",
      description = "TCP port on 127.0.0.1; 0 takes a free one. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--exit-with-parent",
      description = "End when standard input reaches its end, that is when the parent is gone.")
  private boolean exitWithParent;

  /** Runs and exits the JVM. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new SimulatorMain()).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    try (ComputeSimulator simulator =
        ComputeSimulator.start(ComputeSimulator.Options.of(data, port))) {
      // SIGTERM runs this hook, which waits until the server has stopped.
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    end.countDown();
                    awaitQuietly(ended);
                  }));
      if (exitWithParent) {
        watchParent(end);
      }
      System.out.println("{\"ready\":true,\"arm\":\"" + simulator.baseUrl() + "\"}");
      end.await();
      return 0;
    } catch (IOException e) {
      System.err.println("holdfast simulator: " + e.getMessage());
      return 1;
    } finally {
      ended.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void watchParent(CountDownLatch end) {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  continue; // nothing is expected; only the end counts
                }
              } catch (IOException e) {
                System.err.println("holdfast simulator: standard input failed: " + e.getMessage());
              }
              end.countDown();
            },
            "parent-watch");
    watch.setDaemon(true);
    watch.start();
  }
}
