package io.holdfast.local.host;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * A packaged function app as azure-functions-maven-plugin lays it out: host.json,
 * local.settings.json, the app's jar, lib/*.jar and a folder with function.json per function.
 *
 * @param dir the package's folder, absolute
 * @param host host.json
 * @param values {@code Values} of local.settings.json; empty where there is no such file
 * @param functions by name
 */
record AppPackage(
    Path dir, HostJson host, Map<String, String> values, List<FunctionSpec> functions) {

  /** Reads and checks the folder; a fault is a {@link HostFailure} that names the file. */
  static AppPackage read(Path folder) {
    Path dir = folder.toAbsolutePath().normalize();
    if (!Files.isRegularFile(dir.resolve("host.json"))) {
      throw HostFailure.configuration(
          "No packaged function app at %s (no host.json): run 'mvn -DskipTests package', or name the folder by --app."
              .formatted(dir),
          null);
    }
    List<FunctionSpec> functions = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(dir, Files::isDirectory)) {
      for (Path child : children) {
        Path file = child.resolve("function.json");
        if (Files.isRegularFile(file)) {
          functions.add(function(child.getFileName().toString(), file));
        }
      }
    } catch (IOException e) {
      throw HostFailure.general("Cannot list %s: %s".formatted(dir, e), e);
    }
    functions.sort(Comparator.comparing(FunctionSpec::name));
    return new AppPackage(
        dir,
        HostJson.of(LocalSettings.json(dir.resolve("host.json"))),
        LocalSettings.read(dir.resolve("local.settings.json")),
        List.copyOf(functions));
  }

  private static FunctionSpec function(String name, Path file) {
    JsonNode json = LocalSettings.json(file);
    String entryPoint = json.path("entryPoint").asText();
    int dot = entryPoint.lastIndexOf('.');
    String script = json.path("scriptFile").asText();
    List<BindingSpec> bindings = new ArrayList<>();
    json.path("bindings").forEach(node -> bindings.add(new BindingSpec(node)));
    if (dot <= 0
        || script.isEmpty()
        || bindings.stream().filter(BindingSpec::isTrigger).count() != 1) {
      throw HostFailure.configuration(
          file + " needs scriptFile, entryPoint (class.method) and exactly one trigger.", null);
    }
    return new FunctionSpec(
        name,
        file.getParent().resolve(script).normalize(),
        entryPoint.substring(0, dot),
        entryPoint.substring(dot + 1),
        List.copyOf(bindings));
  }
}
