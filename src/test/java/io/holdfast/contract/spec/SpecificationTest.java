package io.holdfast.contract.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.holdfast.contract.spec.Specification.Operation;
import io.holdfast.local.sim.ComputeSimulator.Exchange;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The check of exchanges, checked: official examples pass it, wrong exchanges do not. */
class SpecificationTest {
  private static final String DISK =
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d";
  private static final String GOOD =
      "{\"location\":\"w\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":4}}";

  /** Examples that are not as their own specification says, as {@code SOURCES.md} tells. */
  private static final Set<String> BROKEN =
      Set.of("RestorePoint_Get.json", "RestorePointCollection_Get_WithContainedRestorePoints.json");

  @TestFactory
  Stream<DynamicTest> the_answers_of_official_examples_are_as_the_specification_says() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String file : List.of("compute", "disk", "network", "resources", "locks", "permissions")) {
      Specification.read(file + ".json")
          .findValues("x-ms-examples")
          .forEach(
              examples ->
                  examples.forEach(
                      each -> {
                        String name = each.path("$ref").asText().replace("./examples/", "");
                        if (!BROKEN.contains(name)) {
                          tests.add(DynamicTest.dynamicTest(name, () -> check(file, name)));
                        }
                      }));
    }
    assertThat(tests).hasSizeGreaterThan(150);
    return tests.stream();
  }

  private static void check(String file, String example) {
    Operation operation =
        Specification.get().operations().stream()
            .filter(each -> each.file().equals(file))
            .filter(each -> usesExample(file, each.id(), example))
            .findFirst()
            .orElseThrow();
    JsonNode whole = Specification.read("examples/" + example);
    whole
        .path("responses")
        .fields()
        .forEachRemaining(
            answer -> {
              String definition = operation.answers().get(Integer.parseInt(answer.getKey()));
              assertThat(definition).as("status " + answer.getKey()).isNotNull();
              JsonNode body = answer.getValue().path("body");
              if (!definition.isEmpty() && body.isObject()) {
                // Azure's enumerations are open: its own examples hold values of other versions.
                assertThat(Specification.get().faults(file, definition, false, body))
                    .filteredOn(fault -> !fault.contains("in the enumeration"))
                    .filteredOn(fault -> !fault.contains("null found, object expected"))
                    .isEmpty();
              }
            });
  }

  private static boolean usesExample(String file, String operation, String example) {
    for (JsonNode path : Specification.read(file + ".json").path("paths")) {
      for (JsonNode verb : path) {
        if (verb.path("operationId").asText().equals(operation)) {
          for (JsonNode each : verb.path("x-ms-examples")) {
            if (each.path("$ref").asText().endsWith("/" + example)) {
              return true;
            }
          }
        }
      }
    }
    return false;
  }

  private static List<String> faults(
      String method, String path, String query, String request, int status, String answer) {
    return new ContractCheck()
        .of(
            new Exchange(
                method,
                path,
                query,
                "x",
                request,
                status,
                Map.of("Location", "http://127.0.0.1/operation"),
                answer));
  }

  @Test
  void a_right_exchange_has_no_fault() {
    assertThat(faults("PUT", DISK, "api-version=2025-01-02", GOOD, 202, GOOD)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PUT|disks/d|api-version=2025-01-02|{\"location\":\"w\",\"colour\":1}|202|colour",
        "PUT|disks/d|api-version=2025-01-02|{\"location\":1}|202|location",
        "PUT|disks/d|api-version=2025-01-02|{\"properties\":{}}|202|location",
        "PUT|disks/d|api-version=2025-01-02|{\"location\":\"w\",\"id\":\"x\"}|202|id",
        "PUT|disks/d|api-version=2025-01-02||202|no body",
        "PUT|disks/d|api-version=2020-01-01|{\"location\":\"w\"}|202|api-version 2020-01-01",
        "PUT|disks/d||{\"location\":\"w\"}|202|query has no api-version",
        "PUT|disks/d|api-version=2025-01-02&x=1|{\"location\":\"w\"}|202|query has x",
        "PUT|disks/d|api-version=2025-01-02|{\"location\":\"w\"}|204|status 204",
        "PUT|discs/d|api-version=2025-01-02|{\"location\":\"w\"}|202|no specification has",
        "POST|disks/d|api-version=2025-01-02|{\"location\":\"w\"}|202|no specification has",
      })
  void a_wrong_exchange_is_named(
      String method, String what, String query, String request, int status, String fault) {
    String path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/" + what;

    assertThat(
            faults(
                method,
                path,
                query == null ? "" : query,
                request == null ? "" : request,
                status,
                "{\"location\":\"w\"}"))
        .anySatisfy(each -> assertThat(each).contains(fault));
  }

  @Test
  void an_answer_with_what_nobody_knows_and_an_error_without_a_code_are_named() {
    assertThat(
            faults(
                "GET",
                DISK,
                "api-version=2025-01-02",
                "",
                200,
                "{\"location\":\"w\",\"properties\":{\"creationData\":{\"createOption\":\"Magic\"},\"shiny\":1}}"))
        .anySatisfy(each -> assertThat(each).contains("shiny"))
        .anySatisfy(each -> assertThat(each).contains("createOption"));
    assertThat(faults("GET", DISK, "api-version=2025-01-02", "", 404, "{\"message\":\"no\"}"))
        .singleElement()
        .satisfies(each -> assertThat(each).contains("code and message"));
  }

  @Test
  void each_known_deviation_is_still_one() {
    String vm = DISK.replace("disks/d", "virtualMachines/v");
    List<String> all = new ArrayList<>();
    all.addAll(
        faults(
            "PUT",
            DISK,
            "api-version=2025-01-02",
            GOOD.replace("\"diskSizeGB\":4", "\"diskSizeBytes\":1"),
            202,
            GOOD));
    all.addAll(
        faults(
            "PATCH",
            DISK,
            "api-version=2025-01-02",
            "{\"properties\":{\"diskSizeBytes\":1}}",
            202,
            GOOD));
    all.addAll(
        faults(
            "PUT",
            vm,
            "api-version=2025-04-01",
            "{\"location\":\"w\",\"properties\":{\"hardwareProfile\":{\"vmSize\":\"Standard_D2s_v5\"}}}",
            201,
            "{\"location\":\"w\"}"));

    for (String deviation : ContractCheck.DEVIATIONS.keySet()) {
      assertThat(all).as(deviation).anyMatch(fault -> fault.startsWith(deviation));
    }
  }

  @Test
  void read_only_properties_are_for_answers_only() {
    ObjectNode body =
        (ObjectNode) Specification.read("examples/Disk_Get.json").at("/responses/200/body");

    assertThat(Specification.get().faults("disk", "Disk", false, body)).isEmpty();
    assertThat(Specification.get().faults("disk", "Disk", true, body)).isNotEmpty();
  }
}
