package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The templates themselves: they compile without a finding and look as the formatter writes them.
 */
class TemplatesTest {
  @BeforeEach
  void compiler() {
    Bicep.assumeFound();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "main.bicep",
        "main.bicepparam",
        "subscription.bicep",
        "subscription.bicepparam",
      })
  void the_compiler_and_its_linter_find_nothing(String template) {
    assertThat(Bicep.findings(template)).isEmpty();
  }

  @Test
  void a_misspelt_property_in_a_module_is_a_finding() throws IOException {
    Path folder = Bicep.copy("misspelt");
    Path module = folder.resolve("modules/vault.bicep");
    Files.writeString(
        module, Files.readString(module).replace("allowSharedKeyAccess", "allowSharedKeysAccess"));

    assertThat(Bicep.findings(folder, "main.bicep"))
        .singleElement()
        .asString()
        .contains("BCP", "modules/vault.bicep", "allowSharedKeysAccess");
  }

  @ParameterizedTest
  @ValueSource(strings = {"main.bicep", "subscription.bicep"})
  void every_template_builds(String template) {
    Bicep.Run run = Bicep.run(Bicep.TEMPLATES, "build", template, "--stdout");

    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out()).contains("deploymentTemplate.json#");
  }

  @Test
  void every_file_is_formatted() throws IOException {
    Path folder = Bicep.copy("formatted");
    for (String pattern : List.of("**/*.bicep", "**/*.bicepparam")) {
      Bicep.Run run = Bicep.run(folder, "format", "--pattern", pattern);
      assertThat(run.exit()).as(run.err()).isZero();
    }

    for (Path file : Folder.files(Bicep.TEMPLATES)) {
      assertThat(file)
          .hasSameTextualContentAs(folder.resolve(Bicep.TEMPLATES.relativize(file).toString()));
    }
  }

  @Test
  void every_parameter_says_whether_it_is_required() throws IOException {
    for (Path file : templates()) {
      List<String> lines = Files.readAllLines(file);
      for (int at = 0; at < lines.size(); at++) {
        if (!lines.get(at).startsWith("param ")) {
          continue;
        }
        String rule = lines.get(at).contains(" = ") ? "Optional." : "Required.";
        assertThat(description(lines, at))
            .as("the description above '%s' in %s", lines.get(at), file)
            .startsWith("@description('" + rule + " ");
      }
    }
  }

  @Test
  void every_template_says_what_it_is() throws IOException {
    for (Path file : templates()) {
      assertThat(Files.readString(file))
          .startsWith("metadata name = '")
          .contains("\nmetadata desc");
    }
  }

  private static List<Path> templates() {
    return Folder.files(Bicep.TEMPLATES).stream()
        .filter(file -> file.toString().endsWith(".bicep"))
        .toList();
  }

  private static String description(List<String> lines, int parameter) {
    for (int at = parameter - 1; at >= 0 && !lines.get(at).isEmpty(); at--) {
      if (lines.get(at).startsWith("@description")) {
        return lines.get(at);
      }
    }
    return "";
  }
}
