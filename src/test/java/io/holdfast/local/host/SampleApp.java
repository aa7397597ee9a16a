package io.holdfast.local.host;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.holdfast.local.host.sample.SampleFunctions;
import io.holdfast.testing.Azurite;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** The sample functions, packaged as azure-functions-maven-plugin would. */
public final class SampleApp {
  private static final String CONNECTION = "\"connection\":\"AzureWebJobsStorage\"";

  private final Path dir;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private boolean injector = true;
  private String queues =
      "\"batchSize\":2,\"newBatchThreshold\":1,\"maxDequeueCount\":3,"
          + "\"visibilityTimeout\":\"00:00:00\",\"maxPollingInterval\":\"00:00:00.200\"";

  public SampleApp(Path dir) {
    this.dir = dir;
    settings.put("AzureWebJobsStorage", Azurite.shared().connectionString());
    settings.put("SAMPLE_QUEUE", Azurite.unique("work"));
    settings.put("SAMPLE_SPLIT", Azurite.unique("split"));
    settings.put("SAMPLE_CRON", "0 0 3 * * *");
  }

  public SampleApp with(String setting, String value) {
    settings.put(setting, value);
    return this;
  }

  /** host.json's queue settings: the inside of the object. */
  public SampleApp withQueues(String json) {
    queues = json;
    return this;
  }

  public SampleApp withoutInjector() {
    injector = false;
    return this;
  }

  public String setting(String name) {
    return settings.get(name);
  }

  public Path dir() {
    return dir;
  }

  public SampleApp write() throws IOException {
    Files.createDirectories(dir.resolve("lib"));
    Files.writeString(
        dir.resolve("host.json"),
        "{\"version\":\"2.0\",\"extensions\":{\"http\":{\"routePrefix\":\"api/v1\"},\"queues\":{"
            + queues
            + "}}}");
    Files.writeString(
        dir.resolve("local.settings.json"),
        new ObjectMapper().writeValueAsString(Map.of("IsEncrypted", false, "Values", settings)));
    function("work", queueTrigger("body", "%SAMPLE_QUEUE%"));
    function(
        "split",
        queueTrigger("order", "%SAMPLE_SPLIT%"),
        "{\"type\":\"queue\",\"direction\":\"out\",\"name\":\"parts\",\"queueName\":\"%SAMPLE_QUEUE%\","
            + CONNECTION
            + "}");
    function(
        "tick",
        "{\"type\":\"timerTrigger\",\"direction\":\"in\",\"name\":\"timer\",\"schedule\":\"%SAMPLE_CRON%\"}");
    http("echo", "things/{id}", "GET", "POST");
    http("cancel", "things/{id}:cancel", "POST");
    http("broken", "broken", "GET");
    jar();
    for (Class<?> library : List.of(ObjectMapper.class, JsonFactory.class, JsonFormat.class)) {
      Path jar = Path.of(library.getProtectionDomain().getCodeSource().getLocation().getPath());
      Files.copy(jar, dir.resolve("lib").resolve(jar.getFileName().toString()));
    }
    return this;
  }

  private static String queueTrigger(String name, String queue) {
    return "{\"type\":\"queueTrigger\",\"direction\":\"in\",\"name\":\"%s\",\"queueName\":\"%s\",%s}"
        .formatted(name, queue, CONNECTION);
  }

  private void http(String name, String route, String... methods) throws IOException {
    function(
        name,
        "{\"type\":\"httpTrigger\",\"direction\":\"in\",\"name\":\"request\",\"route\":\"%s\",\"methods\":[\"%s\"],\"authLevel\":\"ANONYMOUS\"}"
            .formatted(route, String.join("\",\"", methods)),
        "{\"type\":\"http\",\"direction\":\"out\",\"name\":\"$return\"}");
  }

  private void function(String name, String... bindings) throws IOException {
    Files.createDirectories(dir.resolve(name));
    Files.writeString(
        dir.resolve(name).resolve("function.json"),
        "{\"scriptFile\":\"../sample.jar\",\"entryPoint\":\"%s.%s\",\"bindings\":[%s]}"
            .formatted(SampleFunctions.class.getName(), name, String.join(",", bindings)));
  }

  private void jar() throws IOException {
    Path classes =
        Path.of(
            SampleFunctions.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    Path folder = classes.resolve("io/holdfast/local/host/sample");
    try (OutputStream out = Files.newOutputStream(dir.resolve("sample.jar"));
        JarOutputStream jar = new JarOutputStream(out);
        Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        jar.putNextEntry(new JarEntry(classes.relativize(file).toString()));
        try (InputStream in = Files.newInputStream(file)) {
          in.transferTo(jar);
        }
      }
      if (injector) {
        jar.putNextEntry(
            new JarEntry(
                "META-INF/services/com.microsoft.azure.functions.spi.inject.FunctionInstanceInjector"));
        jar.write("io.holdfast.local.host.sample.SampleInjector".getBytes(StandardCharsets.UTF_8));
      }
    }
  }
}
