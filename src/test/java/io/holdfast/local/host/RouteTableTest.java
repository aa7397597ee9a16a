package io.holdfast.local.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RouteTableTest {
  @Test
  void literalsMatchInAnyCaseAndParametersTakeASegment() {
    assertThat(match("jobs/{id}", "Jobs/a.b~1")).contains(Map.of("id", "a.b~1"));
    assertThat(match("jobs/{id}", "jobs")).isEmpty();
    assertThat(match("jobs/{id}", "jobs/1/2")).isEmpty();
    assertThat(match("jobs", "jobs/")).contains(Map.of());
  }

  @Test
  void anOptionalOrDefaultedParameterMayBeMissing() {
    assertThat(match("jobs/{id?}", "jobs")).contains(Map.of());
    assertThat(match("jobs/{id=EMPTY}", "jobs")).contains(Map.of("id", "EMPTY"));
    assertThat(match("jobs/{id?}", "jobs/7")).contains(Map.of("id", "7"));
  }

  @Test
  void theRestTakesSeveralSegmentsOrNone() {
    assertThat(match("files/{*rest}", "files/a/b")).contains(Map.of("rest", "a/b"));
    assertThat(match("files/{*rest}", "files")).contains(Map.of());
  }

  @Test
  void textAroundAParameterSplitsAtItsLastOccurrence() {
    assertThat(match("points/{id}:cancel", "points/a:b:cancel")).contains(Map.of("id", "a:b"));
    assertThat(match("points/{id}:cancel", "points/:cancel")).isEmpty();
    assertThat(match("v{major}.{minor}", "v1.2")).contains(Map.of("major", "1", "minor", "2"));
  }

  @Test
  void constraintsHoldForTheValueAlone() {
    assertThat(match("a/{x:alpha}", "a/abc")).isPresent();
    assertThat(match("a/{x:alpha}", "a/ab1")).isEmpty();
    assertThat(match("a/{x:alpha}:go", "a/abc:go")).contains(Map.of("x", "abc"));
    assertThat(match("a/{x:int:minlength(2)}", "a/1")).isEmpty();
    assertThat(match("a/{x:regex(^ab$)}", "a/AB")).isPresent();
    assertThat(match("a/{x:guid}", "a/123e4567-e89b-12d3-a456-426614174000")).isPresent();
    assertThatThrownBy(() -> new RouteTemplate("a/{x:even}"))
        .hasMessageContaining("constraint 'even'");
  }

  @Test
  void aBetterRankIsAskedFirst() {
    List<RouteTemplate> templates =
        Arrays.asList(
            new RouteTemplate("{*rest}"),
            new RouteTemplate("jobs/{id}"),
            new RouteTemplate("jobs/{id:int}"),
            new RouteTemplate("jobs/{id}:cancel"),
            new RouteTemplate("jobs/latest"));
    templates.sort(RouteTemplate::precedes);
    assertThat(templates)
        .extracting(RouteTemplate::toString)
        .containsExactly(
            "jobs/latest", "jobs/{id}:cancel", "jobs/{id:int}", "jobs/{id}", "{*rest}");
  }

  @Test
  void percentSignsAreDecodedOnceAndAnEncodedSlashStays() {
    assertThat(RouteTemplate.decode("a%3Ab+c%20d")).isEqualTo("a:b+c d");
    assertThat(RouteTemplate.decode("a%2fb")).isEqualTo("a%2Fb");
    assertThat(RouteTemplate.decode("100%")).isEqualTo("100%");
  }

  private static Optional<Map<String, String>> match(String template, String path) {
    return new RouteTemplate(template).match(RouteTemplate.split(path));
  }
}
