package io.holdfast.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** {@code docs/proof.md} against the list of planted faults, and the tests that pages name. */
class ProofPageTest {
  private static final Path PAGE = Path.of("docs/proof.md");
  private static final Path TESTS = Path.of("src/test/java");
  private static final String HEAD = "| what is planted |";

  /** A test's name between back-quotes: class and method. */
  private static final Pattern TEST =
      Pattern.compile("`([A-Z]\\w*(?:Test|Properties|IT))\\.(\\w+)`");

  @Test
  void the_table_names_each_planted_fault_its_rule_its_place_and_what_catches_it()
      throws IOException {
    List<String> table =
        PlantedFaults.all().stream()
            .map(
                fault ->
                    "| %s | %s | `%s` | %s |"
                        .formatted(
                            fault.sentence(), fault.rule(), fault.file(), named(fault.caughtBy())))
            .toList();

    assertThat(rows())
        .withFailMessage("the rows below %s must be%n%s", HEAD, String.join("\n", table))
        .isEqualTo(table);
  }

  private static String named(PlantedFault.Catch caughtBy) {
    return caughtBy instanceof PlantedFault.TestCatch ? "`" + caughtBy + "`" : caughtBy.toString();
  }

  /** The rows of the table, without its head and the line below it. */
  private static List<String> rows() throws IOException {
    return Files.readAllLines(PAGE).stream()
        .dropWhile(line -> !line.startsWith(HEAD))
        .takeWhile(line -> line.startsWith("|"))
        .skip(2)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docs/proof.md", "docs/design.md"})
  void every_test_that_a_page_names_exists(String page) throws IOException {
    List<String> missing = new ArrayList<>();
    String text = Files.readString(Path.of(page));
    TEST.matcher(text)
        .results()
        .filter(named -> !isTest(named.group(1), named.group(2)))
        .forEach(named -> missing.add(named.group()));

    assertThat(missing).as("tests that %s names and that are not there", page).isEmpty();
  }

  @Test
  void a_test_that_is_not_there_is_found_missing() {
    assertThat(isTest("ProofPageTest", "a_test_that_is_not_there_is_found_missing")).isTrue();
    assertThat(isTest("AzureBlobsTest", "oneOfManyCreatorsWins")).as("inherited").isTrue();
    assertThat(isTest("ProofPageTest", "isTest")).as("no test").isFalse();
    assertThat(isTest("ProofPageTest", "nothing")).isFalse();
    assertThat(isTest("NoSuchTest", "nothing")).isFalse();
  }

  private static boolean isTest(String simpleName, String method) {
    return classesNamed(simpleName).stream()
        .flatMap(ProofPageTest::methods)
        .filter(each -> each.getName().equals(method))
        .anyMatch(each -> AnnotationSupport.isAnnotated(each, Testable.class));
  }

  private static Stream<Method> methods(Class<?> testClass) {
    return Stream.<Class<?>>iterate(testClass, type -> type != null, Class::getSuperclass)
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()));
  }

  private static List<Class<?>> classesNamed(String simpleName) {
    try (Stream<Path> files = Files.walk(TESTS)) {
      List<Class<?>> classes = new ArrayList<>();
      for (Path file :
          files.filter(file -> file.endsWith(Path.of(simpleName + ".java"))).toList()) {
        String path = TESTS.relativize(file).toString();
        String name = path.substring(0, path.length() - ".java".length()).replace('/', '.');
        classes.add(Class.forName(name, false, ProofPageTest.class.getClassLoader()));
      }
      return classes;
    } catch (IOException | ClassNotFoundException e) {
      throw new AssertionError("the test classes cannot be found", e);
    }
  }
}
