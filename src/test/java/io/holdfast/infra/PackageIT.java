package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.work.Queues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** What is deployed: the folder that the Functions plugin made. */
class PackageIT {
  private static final Path PACKAGE =
      Path.of(System.getProperty("holdfast.target", "target"), "azure-functions", "holdfast");

  /** Roots of classes that only the command line, the local stack or the tests may need. */
  private static final List<String> STRANGERS =
      List.of(
          "io/holdfast/cli/",
          "io/holdfast/local/",
          "io/holdfast/testing/",
          "picocli/",
          "me/tongfei/progressbar/",
          "org/jline/",
          "org/eclipse/jetty/",
          "org/junit/",
          "org/opentest4j/",
          "org/mockito/",
          "net/bytebuddy/",
          "org/assertj/",
          "com/tngtech/archunit/",
          "com/networknt/");

  @Test
  void every_function_file_is_valid() {
    assertThat(functions()).isNotEmpty();
    functions()
        .forEach(
            (name, file) ->
                assertThat(Schemas.FUNCTION.faults(Schemas.asTheHostReads(file)))
                    .as(name)
                    .isEmpty());
  }

  @Test
  void every_function_is_in_the_app_s_jar() throws IOException {
    for (Map.Entry<String, ObjectNode> function : functions().entrySet()) {
      Path folder = PACKAGE.resolve(function.getKey());
      Path script = folder.resolve(function.getValue().path("scriptFile").asText());
      String entry = function.getValue().path("entryPoint").asText();
      String type = entry.substring(0, entry.lastIndexOf('.')).replace('.', '/') + ".class";

      assertThat(script).as(function.getKey()).isRegularFile();
      assertThat(entries(script)).as(function.getKey()).contains(type);
    }
  }

  @Test
  void every_queue_of_a_function_is_one_of_the_code_and_in_the_host_s_account() {
    for (JsonNode binding : queueBindings()) {
      assertThat(binding.path("queueName").asText()).isIn(queues());
      assertThat(binding.path("connection").asText()).isEqualTo("AzureWebJobsStorage");
    }
  }

  @Test
  void every_queue_of_the_code_has_a_function() {
    assertThat(queueBindings())
        .filteredOn(binding -> binding.path("type").asText().equals("queueTrigger"))
        .extracting(binding -> binding.path("queueName").asText())
        .containsExactlyInAnyOrderElementsOf(queues());
  }

  @Test
  void the_host_file_is_the_project_s() {
    assertThat(Schemas.read(PACKAGE.resolve("host.json")))
        .isEqualTo(Schemas.read(Path.of("host.json")));
  }

  @Test
  void nothing_of_the_command_line_the_local_stack_or_the_tests_is_deployed() throws IOException {
    List<Path> jars = Folder.files(PACKAGE).stream().filter(PackageIT::isJar).toList();

    assertThat(jars).hasSizeGreaterThan(10);
    for (Path jar : jars) {
      for (String entry : entries(jar)) {
        assertThat(STRANGERS)
            .as("%s in %s", entry, PACKAGE.relativize(jar))
            .noneMatch(entry::startsWith);
      }
    }
  }

  /** What the Functions worker itself brings must not come twice. */
  @Test
  void the_worker_s_own_interfaces_are_not_deployed() {
    assertThat(Folder.files(PACKAGE))
        .extracting(file -> file.getFileName().toString())
        .noneMatch(name -> name.startsWith("azure-functions-java-spi"));
  }

  private static Map<String, ObjectNode> functions() {
    Map<String, ObjectNode> functions = new TreeMap<>();
    for (Path file : Folder.files(PACKAGE)) {
      if (file.getFileName().toString().equals("function.json")) {
        functions.put(file.getParent().getFileName().toString(), (ObjectNode) Schemas.read(file));
      }
    }
    return functions;
  }

  private static List<JsonNode> queueBindings() {
    List<JsonNode> bindings = new ArrayList<>();
    for (JsonNode function : functions().values()) {
      for (JsonNode binding : function.path("bindings")) {
        if (binding.path("type").asText().startsWith("queue")) {
          bindings.add(binding);
        }
      }
    }
    return bindings;
  }

  private static List<String> queues() {
    return Queues.ALL.stream()
        .flatMap(queue -> Stream.of(queue, queue + Queues.POISON_SUFFIX))
        .toList();
  }

  private static boolean isJar(Path file) {
    return file.toString().endsWith(".jar") && Files.isRegularFile(file);
  }

  private static List<String> entries(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(ZipEntry::getName).toList();
    }
  }
}
