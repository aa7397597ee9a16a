package io.holdfast.local.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The dev host as a process. Exit codes: 0 after SIGTERM, SIGINT or the parent's end; 1 when
 * something outside is wrong; 2 for wrong arguments; 75 when a function was over its time limit; 78
 * when the app or its settings are wrong.
 */
@Command(
    name = "host",
    description = "Runs a packaged function app: queue, timer and HTTP triggers.",
    mixinStandardHelpOptions = true)
public final class HostMain implements Callable<Integer> {
  /** Relative to the data folder: why the last start failed, for the process above. */
  public static final String FAILURE_FILE = "host/start-failure.txt";

  private static final Logger LOG = Logger.getLogger(HostMain.class.getName());
  private static final int FUNCTION_TIMED_OUT = 75;
  private static final Duration ORPHAN_DRAIN_MAX = Duration.ofSeconds(2);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(10);

  @Option(
      names = "--app",
      required = true,
      paramLabel = "DIR",
      description = "the packaged app, target/azure-functions/holdfast")
  private Path app;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "where the host keeps the status of its timers")
  private Path data;

  @Option(
      names = "--http-port",
      defaultValue = "7071",
      paramLabel = "N",
      description = "port of the HTTP triggers (default: ${DEFAULT-VALUE})")
  private int httpPort;

  @Option(
      names = "--lease-seconds",
      defaultValue = "600",
      paramLabel = "N",
      description =
          "lease of a message while its function runs (default: ${DEFAULT-VALUE}, as in Azure)")
  private long leaseSeconds;

  @Option(
      names = "--exit-with-parent",
      description = "end when standard input ends, which it does when the parent is gone")
  private boolean exitWithParent;

  private final CountDownLatch forever = new CountDownLatch(1);
  private volatile DevHost host;
  private volatile boolean failed;
  private volatile Duration drain = DRAIN_MAX;

  /** Runs the host until a signal ends it. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new HostMain()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    HostLog.install(System.err);
    if (exitWithParent) {
      watchParent();
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::stop, "stop"));
    Path failureFile = data.resolve(FAILURE_FILE);
    Files.createDirectories(failureFile.getParent());
    Files.deleteIfExists(failureFile);
    try {
      HostOptions options =
          new HostOptions(app, data, httpPort, Duration.ofSeconds(Math.max(1, leaseSeconds)));
      host =
          DevHost.start(
              options, System.getenv(), () -> Runtime.getRuntime().halt(FUNCTION_TIMED_OUT));
    } catch (HostFailure e) {
      return failed(failureFile, e.getMessage(), e.exitCode());
    } catch (RuntimeException e) {
      LOG.log(Level.SEVERE, "The host did not start", e);
      return failed(failureFile, "The host did not start: " + e, HostFailure.GENERAL);
    }
    forever.await();
    return 0;
  }

  private int failed(Path failureFile, String message, int exitCode) throws IOException {
    failed = true;
    System.err.println("holdfast host: " + message);
    Files.writeString(failureFile, message);
    return exitCode;
  }

  /** Runs when the JVM is told to end; a JVM that ends by a signal would exit with 143. */
  private void stop() {
    if (failed) {
      return;
    }
    DevHost running = host;
    if (running != null) {
      running.close(drain);
    }
    System.err.flush();
    Runtime.getRuntime().halt(0);
  }

  private void watchParent() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is ever sent: only the end counts.
                  continue;
                }
              } catch (IOException e) {
                System.err.println("holdfast host: standard input failed, so the host ends: " + e);
              }
              drain = ORPHAN_DRAIN_MAX;
              System.exit(0);
            },
            "parent");
    watch.setDaemon(true);
    watch.start();
  }
}
