package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The schema of function files tells good ones from bad ones. {@code PackageIT} asks it about the
 * packaged files.
 */
class FunctionFileTest {
  private static final String HTTP =
      """
      {"type":"httpTrigger","direction":"in","name":"request","route":"backups",
       "methods":["POST"],"authLevel":"ANONYMOUS"},
      {"type":"http","direction":"out","name":"$return"}
      """;

  @Test
  void every_kind_of_trigger_that_the_plugin_writes_is_valid() {
    assertThat(faults(HTTP)).isEmpty();
    assertThat(faults(queue("queueTrigger"))).isEmpty();
    assertThat(
            faults(
                """
                {"type":"timerTrigger","direction":"in","name":"t","schedule":"0 */5 * * * *"}
                """))
        .isEmpty();
  }

  @Test
  void a_binding_without_a_direction_is_a_fault() {
    assertThat(faults(queue("queueTrigger").replace("\"direction\":\"in\",", "")))
        .anyMatch(fault -> fault.contains("direction"));
  }

  @Test
  void a_trigger_that_goes_out_is_a_fault() {
    assertThat(faults(queue("queueTrigger").replace("\"in\"", "\"out\""))).isNotEmpty();
  }

  @Test
  void a_method_that_does_not_exist_is_a_fault() {
    assertThat(faults(HTTP.replace("POST", "PSOT"))).isNotEmpty();
  }

  @Test
  void a_queue_name_that_is_no_text_is_a_fault() {
    assertThat(faults(queue("queueTrigger").replace("\"snapshots\"", "1"))).isNotEmpty();
  }

  private static String queue(String type) {
    return """
           {"type":"%s","direction":"in","name":"body","queueName":"snapshots",
            "connection":"AzureWebJobsStorage"}
           """
        .formatted(type);
  }

  private static List<String> faults(String bindings) {
    try {
      return Schemas.FUNCTION.faults(
          Schemas.asTheHostReads(
              (ObjectNode)
                  new ObjectMapper()
                      .readTree("{\"scriptFile\":\"../a.jar\",\"bindings\":[" + bindings + "]}")));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(bindings, e);
    }
  }
}
