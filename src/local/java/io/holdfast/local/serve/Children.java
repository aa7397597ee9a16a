package io.holdfast.local.serve;

import io.holdfast.local.host.HostMain;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The command and the environment of each of the three children. */
final class Children {
  private static final String WATCH = "end-with-parent.cjs";

  private final StackConfig config;
  private final Map<String, String> localSettings;
  private final Map<String, String> environment;

  /**
   * @param localSettings {@code Values} of the app's local.settings.json
   * @param environment this process's own
   */
  Children(StackConfig config, Map<String, String> localSettings, Map<String, String> environment) {
    this.config = config;
    this.localSettings = localSettings;
    this.environment = environment;
  }

  Child host() {
    List<String> command = new ArrayList<>(List.of(java()));
    command.addAll(WorkerFlags.of(hostEnvironment()));
    command.addAll(List.of("-cp", classPath(), HostMain.class.getName()));
    command.addAll(List.of("--app", config.app().toString()));
    command.addAll(List.of("--data", config.data().toString()));
    command.addAll(List.of("--http-port", "" + config.ports().http()));
    command.addAll(List.of("--lease-seconds", "" + config.leaseSeconds()));
    command.add("--exit-with-parent");
    return new Child("host", config.logs(), command, hostEnvironment());
  }

  Child simulator() {
    // C1 only: the simulator copies bytes and parses little, and starts sooner so.
    List<String> command =
        List.of(
            java(),
            "-XX:TieredStopAtLevel=1",
            "-Xmx512m",
            "-cp",
            classPath(),
            config.simulatorMain(),
            "--data",
            config.data().toString(),
            "--port",
            "" + config.ports().arm(),
            "--exit-with-parent");
    return new Child("simulator", config.logs(), command, Map.of());
  }

  Child azurite() throws StackFailure {
    StackConfig.Ports ports = config.ports();
    List<String> command = new ArrayList<>(List.of("node", "-r", watchScript().toString()));
    command.add(Preflight.azuriteScript(config.azurite()).toString());
    command.addAll(List.of("--location", config.data().resolve("azurite").toString()));
    command.addAll(List.of("--disableTelemetry", "--skipApiVersionCheck", "--silent"));
    command.addAll(List.of("--blobHost", "127.0.0.1", "--blobPort", "" + ports.blob()));
    command.addAll(List.of("--queueHost", "127.0.0.1", "--queuePort", "" + ports.queue()));
    command.addAll(List.of("--tableHost", "127.0.0.1", "--tablePort", "" + ports.table()));
    return new Child("azurite", config.logs(), command, Map.of());
  }

  /**
   * The dev host's settings: local.settings.json, over it HOLDFAST_ variables of this process, over
   * all the addresses of this stack.
   */
  Map<String, String> hostEnvironment() {
    Map<String, String> settings = new LinkedHashMap<>(localSettings);
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("HOLDFAST_")) {
            settings.put(name, value);
          }
        });
    settings.put("AzureWebJobsStorage", config.storageConnectionString());
    settings.put("HOLDFAST_VAULT", config.vault());
    settings.put("HOLDFAST_ARM_ENDPOINT", config.arm());
    settings.put("HOLDFAST_AUTH", "local");
    return settings;
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** This process's own class path, with absolute entries: children may start elsewhere. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Path watchScript() throws StackFailure {
    Path script = config.data().resolve(WATCH);
    try (InputStream in = Children.class.getResourceAsStream(WATCH)) {
      if (in == null) {
        throw new StackFailure("The jar lacks " + WATCH + ": build it again.");
      }
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
      return script;
    } catch (IOException e) {
      throw new StackFailure("Cannot write %s: %s".formatted(script, e), e);
    }
  }
}
