package io.holdfast.infra;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The real Bicep compiler, on copies of {@code infra}. A call takes about two seconds, so that each
 * answer about the unchanged templates is kept for all tests. Where there is no compiler, the tests
 * that need it are skipped and one line says what to install.
 */
final class Bicep {
  /** Where the templates are in the repository. */
  static final Path TEMPLATES = Path.of("infra");

  /** The subscription that snapshots are evaluated for. */
  static final String SUBSCRIPTION = "00000000-0000-0000-0000-000000000000";

  /** The resource group that snapshots are evaluated for. */
  static final String GROUP = "/subscriptions/" + SUBSCRIPTION + "/resourceGroups/rg";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SCRATCH =
      Path.of(System.getProperty("holdfast.target", "target")).toAbsolutePath().resolve("bicep");
  private static final Optional<Path> COMPILER = find();
  private static final Map<String, JsonNode> ANSWERS = new ConcurrentHashMap<>();

  private Bicep() {}

  /** What the compiler left: its exit code and what it printed. */
  record Run(int exit, String out, String err) {}

  /** Skips the test that calls it when there is no compiler. */
  static void assumeFound() {
    assumeTrue(COMPILER.isPresent(), "no Bicep compiler: see the line on standard error");
  }

  /** Every finding of the compiler and its linter about one template and its modules. */
  static List<String> findings(String template) {
    return findings(TEMPLATES, template);
  }

  /** As {@link #findings(String)}, for a changed copy of the templates. */
  static List<String> findings(Path folder, String template) {
    Run run = run(folder, "lint", template, "--diagnostics-format", "sarif");
    List<String> findings = new ArrayList<>();
    for (JsonNode each : parse(run.out()).at("/runs/0/results")) {
      findings.add(
          each.path("ruleId").asText()
              + " "
              + each.at("/locations/0/physicalLocation/artifactLocation/uri").asText()
              + ": "
              + each.at("/message/text").asText());
    }
    return findings;
  }

  /** The resources that a deployment would make, after parameters, loops and modules. */
  static List<JsonNode> resources(String parameters, String... scope) {
    JsonNode all =
        ANSWERS.computeIfAbsent(
            parameters + " " + String.join(" ", scope),
            key -> snapshot(copy("snapshot"), parameters, scope));
    List<JsonNode> resources = new ArrayList<>();
    all.path("predictedResources").forEach(resources::add);
    return resources;
  }

  /** As {@link #resources(String, String...)}, for a changed copy of the templates. */
  static JsonNode snapshot(Path folder, String parameters, String... scope) {
    List<String> arguments =
        new ArrayList<>(List.of("snapshot", parameters, "--mode", "overwrite"));
    arguments.addAll(List.of("--subscription-id", SUBSCRIPTION, "--location", "westeurope"));
    arguments.addAll(List.of(scope));
    Run run = run(folder, arguments.toArray(String[]::new));
    if (run.exit() != 0) {
      throw new IllegalStateException("bicep snapshot " + parameters + ": " + run.err());
    }
    try {
      String name = parameters.substring(0, parameters.lastIndexOf('.')) + ".snapshot.json";
      return JSON.readTree(folder.resolve(name).toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A fresh copy of the templates, to change or to let the compiler write into. */
  static Path copy(String name) {
    Path folder = SCRATCH.resolve(name);
    try {
      for (Path file : Folder.files(TEMPLATES)) {
        Path copy = folder.resolve(TEMPLATES.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.write(copy, Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }

  /** Runs the compiler in a folder. */
  static Run run(Path folder, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(COMPILER.orElseThrow().toString());
    command.addAll(List.of(arguments));
    try {
      return start(folder, command);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> find() {
    String name = File.separatorChar == '\\' ? "bicep.exe" : "bicep";
    List<Path> candidates = new ArrayList<>();
    candidates.add(Path.of("../shared/tools/bicep").resolve(name).toAbsolutePath().normalize());
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      candidates.add(Path.of(folder).resolve(name));
    }
    for (Path candidate : candidates) {
      if (works(candidate)) {
        return Optional.of(candidate);
      }
    }
    System.err.println(
        "Skipping the infrastructure tests: there is no Bicep compiler. Install it (az bicep install,"
            + " or a release of github.com/Azure/bicep) and put it on the PATH as 'bicep'.");
    return Optional.empty();
  }

  /** npm has an unrelated tool of the same name, hence the question for the version. */
  private static boolean works(Path candidate) {
    if (!Files.isExecutable(candidate) || Files.isDirectory(candidate)) {
      return false;
    }
    try {
      Run run = start(Path.of("."), List.of(candidate.toString(), "--version"));
      return run.exit() == 0 && run.out().startsWith("Bicep CLI");
    } catch (IOException notForThisMachine) {
      return false;
    }
  }

  private static Run start(Path folder, List<String> command) throws IOException {
    Path unpacked = Files.createDirectories(SCRATCH.resolve("unpacked"));
    Path out = Files.createTempFile(SCRATCH, "out", ".txt");
    Path err = Files.createTempFile(SCRATCH, "err", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    // It needs no ICU library then, and unpacks itself into a folder that can surely be written.
    builder.environment().put("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    builder.environment().put("DOTNET_BUNDLE_EXTRACT_BASE_DIR", unpacked.toString());
    Process process = builder.start();
    process.getOutputStream().close();
    try {
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + " did not end in 120 s");
      }
      return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + String.join(" ", command), e);
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  private static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException("not JSON: " + text, e);
    }
  }
}
