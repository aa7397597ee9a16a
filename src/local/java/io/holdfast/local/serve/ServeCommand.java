package io.holdfast.local.serve;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code serve}: the local stack until a signal ends it. */
@Command(
    name = "serve",
    description = {
      "Runs the local stack: the app in the dev host, the compute simulator, and Azurite.",
      "Prints one line of JSON on stdout when everything answers, and nothing else there."
    },
    mixinStandardHelpOptions = true)
public final class ServeCommand implements Callable<Integer> {
  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "folder of all state and logs; made if missing")
  private Path data;

  @Option(
      names = "--http-port",
      defaultValue = "7071",
      paramLabel = "N",
      description = "HTTP API (default: ${DEFAULT-VALUE})")
  private int httpPort;

  @Option(
      names = "--arm-port",
      defaultValue = "7072",
      paramLabel = "N",
      description = "compute simulator (default: ${DEFAULT-VALUE})")
  private int armPort;

  @Option(
      names = "--blob-port",
      defaultValue = "10000",
      paramLabel = "N",
      description = "Azurite's blobs (default: ${DEFAULT-VALUE})")
  private int blobPort;

  @Option(
      names = "--queue-port",
      defaultValue = "10001",
      paramLabel = "N",
      description = "Azurite's queues (default: ${DEFAULT-VALUE})")
  private int queuePort;

  @Option(
      names = "--table-port",
      defaultValue = "10002",
      paramLabel = "N",
      description = "Azurite's tables (default: ${DEFAULT-VALUE})")
  private int tablePort;

  @Option(
      names = "--lease-seconds",
      defaultValue = "600",
      paramLabel = "N",
      description = "lease of a queue message (default: ${DEFAULT-VALUE}, as in Azure)")
  private long leaseSeconds;

  @Option(
      names = "--app",
      paramLabel = "DIR",
      description = "packaged app (default: azure-functions/holdfast beside this jar)")
  private Path app;

  @Option(
      names = "--azurite",
      paramLabel = "DIR",
      description = "folder with Azurite's node_modules (default: azurite beside this jar)")
  private Path azurite;

  private final String simulatorMain;
  private final CountDownLatch startEnded = new CountDownLatch(1);
  private volatile LocalStack stack;
  private volatile boolean stopping;
  private volatile boolean failed;

  /** As {@code Main} runs it. */
  public ServeCommand() {
    this(StackConfig.SIMULATOR_MAIN);
  }

  /** With another simulator, whose main takes the same options. */
  ServeCommand(String simulatorMain) {
    this.simulatorMain = simulatorMain;
  }

  @Override
  public Integer call() throws InterruptedException {
    Thread starter = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(starter), "stop"));
    try {
      stack = LocalStack.start(config(), System.err);
    } catch (StackFailure e) {
      failed = true;
      System.err.println(e.getMessage());
      return 1;
    } finally {
      startEnded.countDown();
    }
    System.err.println("Logs: " + stack.config().logs());
    System.out.println(stack.readyLine());
    System.out.flush();
    String reason = stack.awaitBroken();
    if (stopping) {
      // The shutdown hook is closing the stack and ends the JVM.
      new CountDownLatch(1).await();
    }
    failed = true;
    System.err.println(reason);
    stack.close();
    return 1;
  }

  private StackConfig config() {
    StackConfig usual =
        StackConfig.of(
            data, new StackConfig.Ports(httpPort, armPort, blobPort, queuePort, tablePort));
    return new StackConfig(
        usual.data(),
        usual.ports(),
        Math.max(1, leaseSeconds),
        app == null ? usual.app() : app.toAbsolutePath().normalize(),
        azurite == null ? usual.azurite() : azurite.toAbsolutePath().normalize(),
        simulatorMain);
  }

  /** The JVM ends: by a signal, which is a clean stop, or because {@link #call} has returned. */
  private void stop(Thread starter) {
    if (failed) {
      return;
    }
    stopping = true;
    try {
      if (stack == null) {
        // Still starting: the start ends its children when it is interrupted.
        starter.interrupt();
        startEnded.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (stack != null) {
      stack.close();
    }
    Runtime.getRuntime().halt(0);
  }
}
