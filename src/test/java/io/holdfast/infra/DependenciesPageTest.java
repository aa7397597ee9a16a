package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** {@code docs/dependencies.md} against {@code pom.xml} and {@code package.json}. */
class DependenciesPageTest {
  private static final Path PAGE = Path.of("docs/dependencies.md");
  private static final Pattern LINE = Pattern.compile("\\| `([^`]+)` \\| ([^| ]+)[^|]*\\|.*");

  @Test
  void every_direct_dependency_has_its_line_and_no_line_is_left_over() throws Exception {
    Map<String, String> pom = new TreeMap<>();
    for (Element each : elements("project/dependencies/dependency")) {
      pom.put(text(each, "groupId") + ":" + text(each, "artifactId"), text(each, "version"));
    }
    Map<String, String> page = linesUnder("| artifact |");

    assertThat(page).containsOnlyKeys(pom.keySet());
    // What has no version of its own gets it from a BOM, which the page may name.
    pom.values().removeIf(String::isEmpty);
    assertThat(page).containsAllEntriesOf(pom);
  }

  @Test
  void every_plugin_has_its_line_and_no_line_is_left_over() throws Exception {
    Map<String, String> pom = new TreeMap<>();
    for (Element each : elements("project/build/plugins/plugin")) {
      pom.put(text(each, "artifactId"), text(each, "version"));
    }
    for (Element each : elements("project/profiles/profile/build/plugins/plugin")) {
      pom.put(text(each, "artifactId"), text(each, "version"));
    }

    assertThat(linesUnder("| plugin |")).containsExactlyInAnyOrderEntriesOf(pom);
  }

  @Test
  void every_npm_package_has_its_line() throws IOException {
    Map<String, String> npm = new TreeMap<>();
    Schemas.read(Path.of("src/local/npm/package.json"))
        .path("dependencies")
        .fields()
        .forEachRemaining(each -> npm.put(each.getKey(), each.getValue().asText()));

    assertThat(linesUnder("| package |")).containsExactlyInAnyOrderEntriesOf(npm);
  }

  @Test
  void every_overridden_version_is_named() throws Exception {
    String page = Files.readString(PAGE);

    for (Element each : elements("project/dependencyManagement/dependencies/dependency")) {
      assertThat(page)
          .containsPattern(
              Pattern.quote("`" + text(each, "artifactId") + "`")
                  + "\\s+"
                  + Pattern.quote(text(each, "version")));
    }
  }

  /** Name and version of each line of the tables whose head begins so. */
  private static Map<String, String> linesUnder(String head) throws IOException {
    Map<String, String> lines = new TreeMap<>();
    boolean inside = false;
    for (String line : Files.readAllLines(PAGE)) {
      inside = line.startsWith(head) || (inside && line.startsWith("|"));
      Matcher matcher = LINE.matcher(line);
      if (inside && matcher.matches()) {
        assertThat(lines.put(matcher.group(1), matcher.group(2))).as(line).isNull();
      }
    }
    return lines;
  }

  private static List<Element> elements(String path) throws Exception {
    List<Element> found =
        List.of(
            DocumentBuilderFactory.newDefaultInstance()
                .newDocumentBuilder()
                .parse(Path.of("pom.xml").toFile())
                .getDocumentElement());
    for (String name : path.substring("project/".length()).split("/", -1)) {
      List<Element> children = new ArrayList<>();
      found.forEach(parent -> children.addAll(children(parent, name)));
      found = children;
    }
    assertThat(found).as(path).isNotEmpty();
    return found;
  }

  private static List<Element> children(Element parent, String name) {
    List<Element> children = new ArrayList<>();
    for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
      if (node instanceof Element element && element.getTagName().equals(name)) {
        children.add(element);
      }
    }
    return children;
  }

  /** The text of a child, with the project's properties filled in; empty when there is none. */
  private static String text(Element parent, String name) throws Exception {
    List<Element> children = children(parent, name);
    String text = children.isEmpty() ? "" : children.get(0).getTextContent().strip();
    if (!text.startsWith("${")) {
      return text;
    }
    String property = text.substring(2, text.length() - 1);
    return children(elements("project/properties").get(0), property).get(0).getTextContent();
  }
}
