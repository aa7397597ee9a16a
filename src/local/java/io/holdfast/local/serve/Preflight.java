package io.holdfast.local.serve;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What must be so before anything starts; all faults are told at once. */
final class Preflight {
  private static final int NODE_MAJOR_MIN = 20;
  private static final Pattern NODE_VERSION = Pattern.compile("v(\\d+)\\..*");
  private static final String NODE_ADVICE =
      "install Node.js 20 or newer (Debian: apt-get install nodejs npm; others: the installer of nodejs.org).";

  private record Listener(int port, String purpose, String option) {}

  private Preflight() {}

  /** The faults, each with what to do; empty where the stack can start. */
  static List<String> faults(StackConfig config) {
    List<String> faults = new ArrayList<>();
    ports(config.ports(), faults);
    node().ifPresent(faults::add);
    Path script = azuriteScript(config.azurite());
    if (!Files.isRegularFile(script)) {
      faults.add(
          "Azurite is not installed at %s: run 'mvn generate-test-resources', or name its folder by --azurite."
              .formatted(config.azurite()));
    }
    if (!Files.isRegularFile(config.app().resolve("host.json"))) {
      faults.add(
          "There is no packaged app at %s: run 'mvn -DskipTests package', or name its folder by --app."
              .formatted(config.app()));
    }
    writable(config.data()).ifPresent(faults::add);
    return faults;
  }

  static Path azuriteScript(Path azurite) {
    return azurite.resolve("node_modules/azurite/dist/src/azurite.js");
  }

  private static void ports(StackConfig.Ports ports, List<String> faults) {
    List<Listener> listeners =
        List.of(
            new Listener(ports.http(), "the HTTP API", "--http-port"),
            new Listener(ports.arm(), "the compute simulator", "--arm-port"),
            new Listener(ports.blob(), "Azurite's blobs", "--blob-port"),
            new Listener(ports.queue(), "Azurite's queues", "--queue-port"),
            new Listener(ports.table(), "Azurite's tables", "--table-port"));
    Map<Integer, Listener> seen = new HashMap<>();
    for (Listener listener : listeners) {
      Listener other = seen.putIfAbsent(listener.port(), listener);
      if (listener.port() < 1 || listener.port() > 65_535) {
        faults.add(
            "%s is %d, but must be a port from 1 to 65535."
                .formatted(listener.option(), listener.port()));
      } else if (other != null) {
        faults.add(
            "%s and %s are both %d: each needs a port of its own."
                .formatted(other.option(), listener.option(), listener.port()));
      } else if (!isFree(listener.port())) {
        faults.add(
            "Port %d, for %s, is taken: stop what listens there, or choose another by %s."
                .formatted(listener.port(), listener.purpose(), listener.option()));
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }

  private static Optional<String> node() {
    try {
      Process process = new ProcessBuilder("node", "--version").redirectErrorStream(true).start();
      process.getOutputStream().close();
      String version =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
      process.waitFor(10, TimeUnit.SECONDS);
      Matcher matcher = NODE_VERSION.matcher(version);
      if (matcher.matches() && Integer.parseInt(matcher.group(1)) >= NODE_MAJOR_MIN) {
        return Optional.empty();
      }
      return Optional.of(
          "Node.js is too old (" + version + "), and Azurite runs on it: " + NODE_ADVICE);
    } catch (IOException e) {
      return Optional.of("Node.js was not found, and Azurite runs on it: " + NODE_ADVICE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("The look for Node.js was interrupted.");
    }
  }

  private static Optional<String> writable(Path data) {
    try {
      Files.createDirectories(data);
      Files.delete(Files.createTempFile(data, "write", ".tmp"));
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(
          "The data folder %s cannot be written (%s): name another by --data.".formatted(data, e));
    }
  }
}
