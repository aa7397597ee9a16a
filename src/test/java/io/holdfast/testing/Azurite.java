package io.holdfast.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The real Azurite (npm, pinned), one process for all tests of a JVM, in memory, on free ports.
 * Tests keep out of each other's way by {@link #unique} names.
 */
public final class Azurite {
  /** Azurite's public development key: not a secret. */
  public static final String KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final int FIRST_PORT = 20_000;
  private static final int PORTS = 12_000;
  private static final AtomicInteger NEXT_PORT =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(PORTS));
  private static Azurite shared;

  private final int blobPort;
  private final int queuePort;
  private final int tablePort;

  private Azurite(int blobPort, int queuePort, int tablePort) {
    this.blobPort = blobPort;
    this.queuePort = queuePort;
    this.tablePort = tablePort;
  }

  /** The running emulator; the first caller starts it. It ends with the JVM. */
  public static synchronized Azurite shared() {
    if (shared == null) {
      shared = start();
    }
    return shared;
  }

  /** A name that no other test of this JVM uses: lower-case letters and digits, 3 to 40 long. */
  public static String unique(String stem) {
    return stem + NAMES.incrementAndGet();
  }

  public String blobEndpoint() {
    return "http://127.0.0.1:" + blobPort + "/devstoreaccount1";
  }

  public String queueEndpoint() {
    return "http://127.0.0.1:" + queuePort + "/devstoreaccount1";
  }

  public String tableEndpoint() {
    return "http://127.0.0.1:" + tablePort + "/devstoreaccount1";
  }

  /** What {@code AzureWebJobsStorage} would hold. */
  public String connectionString() {
    return "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey="
        + KEY
        + ";BlobEndpoint="
        + blobEndpoint()
        + ";QueueEndpoint="
        + queueEndpoint()
        + ";TableEndpoint="
        + tableEndpoint()
        + ";";
  }

  private static Azurite start() {
    try {
      Path script =
          Path.of(System.getProperty("holdfast.azurite", "target/azurite"))
              .resolve("node_modules/azurite/dist/src/azurite.js");
      if (!Files.exists(script)) {
        throw new IllegalStateException(
            "no Azurite at " + script + ": run 'mvn generate-test-resources' first");
      }
      Azurite azurite = new Azurite(freePort(), freePort(), freePort());
      Process process =
          new ProcessBuilder(
                  List.of(
                      "node",
                      script.toString(),
                      "--inMemoryPersistence",
                      "--disableTelemetry",
                      "--skipApiVersionCheck",
                      "--silent",
                      "--blobPort",
                      "" + azurite.blobPort,
                      "--queuePort",
                      "" + azurite.queuePort,
                      "--tablePort",
                      "" + azurite.tablePort))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
      for (int port : new int[] {azurite.blobPort, azurite.queuePort, azurite.tablePort}) {
        awaitPort(process, port);
      }
      return azurite;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void awaitPort(Process process, int port) {
    long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < deadlineNanos) {
      if (!process.isAlive()) {
        throw new IllegalStateException("Azurite ended with " + process.exitValue());
      }
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException notYet) {
        try {
          Thread.sleep(50);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException(e);
        }
      }
    }
    throw new IllegalStateException("Azurite did not listen on port " + port + " in 60 s");
  }

  /**
   * A TCP port of the loopback address that was free a moment ago, and that this JVM gets once. It
   * lies below the ports that systems give to outgoing connections: one of those could take it
   * before its server is up.
   */
  public static int freePort() {
    for (int tries = 0; tries < PORTS; tries++) {
      int port = FIRST_PORT + Math.floorMod(NEXT_PORT.getAndIncrement(), PORTS);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException taken) {
        continue;
      }
    }
    throw new IllegalStateException("no free port");
  }
}
