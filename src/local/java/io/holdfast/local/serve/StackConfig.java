package io.holdfast.local.serve;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Where and how a local stack runs.
 *
 * @param data folder of all that the stack keeps; made if missing
 * @param ports of the five listeners, all on the loopback address
 * @param leaseSeconds of a queue message while its function runs; Azure's is 600
 * @param app the packaged app's folder
 * @param azurite the folder with Azurite's node_modules
 * @param simulatorMain class name of the compute simulator's main
 */
public record StackConfig(
    Path data, Ports ports, long leaseSeconds, Path app, Path azurite, String simulatorMain) {
  static final String SIMULATOR_MAIN = "io.holdfast.local.sim.SimulatorMain";

  private static final String ACCOUNT = "devstoreaccount1";

  /** Azurite's public development key, which its documentation prints: not a secret. */
  private static final String DEVELOPMENT_KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  /** The five ports. */
  public record Ports(int http, int arm, int blob, int queue, int table) {
    /** First of the ports that are tried: below those that systems give to outgoing connections. */
    private static final int FIRST = 20_000;

    private static final int COUNT = 12_000;

    /** Five ports that are free now. */
    public static Ports free() {
      int[] found = new int[5];
      int next = ThreadLocalRandom.current().nextInt(COUNT);
      for (int i = 0; i < found.length; i++) {
        while (!isFree(FIRST + next % COUNT)) {
          next++;
        }
        found[i] = FIRST + next++ % COUNT;
      }
      return new Ports(found[0], found[1], found[2], found[3], found[4]);
    }

    private static boolean isFree(int port) {
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"))) {
        return socket.isBound();
      } catch (IOException taken) {
        return false;
      }
    }
  }

  /** The stack on these ports and this folder, with app and Azurite as the build leaves them. */
  public static StackConfig of(Path data, Ports ports) {
    Path target = target();
    return new StackConfig(
        data.toAbsolutePath().normalize(),
        ports,
        600,
        target.resolve("azure-functions/holdfast"),
        target.resolve("azurite"),
        SIMULATOR_MAIN);
  }

  /**
   * The build's output folder: where the jar of this class lies, whatever the working directory.
   */
  public static Path target() {
    try {
      URI here = StackConfig.class.getProtectionDomain().getCodeSource().getLocation().toURI();
      Path path = Path.of(here).toAbsolutePath().normalize();
      return Files.isDirectory(path) ? path.getParent() : path.toAbsolutePath().getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the jar's own location is no URI", e);
    }
  }

  /** The HTTP API. */
  public String api() {
    return local(ports.http()) + "/api/v1";
  }

  /** The dev host's own root, for its /admin routes. */
  public String host() {
    return local(ports.http());
  }

  /** The compute simulator. */
  public String arm() {
    return local(ports.arm());
  }

  /** Azurite's blob endpoint. */
  public String blob() {
    return local(ports.blob()) + "/" + ACCOUNT;
  }

  /** Azurite's queue endpoint. */
  public String queue() {
    return local(ports.queue()) + "/" + ACCOUNT;
  }

  /** Azurite's table endpoint. */
  public String table() {
    return local(ports.table()) + "/" + ACCOUNT;
  }

  /** The vault's container. */
  public String vault() {
    return blob() + "/holdfast";
  }

  /** The folder with a log file per child. */
  public Path logs() {
    return data.resolve("logs");
  }

  String storageConnectionString() {
    return "DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=%s;QueueEndpoint=%s;TableEndpoint=%s;"
        .formatted(ACCOUNT, DEVELOPMENT_KEY, blob(), queue(), table());
  }

  private static String local(int port) {
    return "http://127.0.0.1:" + port;
  }
}
