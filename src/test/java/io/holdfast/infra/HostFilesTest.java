package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code host.json} and {@code local.settings.json}, by their published schemas. */
class HostFilesTest {
  private static final Path HOST = Path.of("host.json");
  private static final Path LOCAL = Path.of("local.settings.json");

  @Test
  void the_host_file_is_valid() {
    assertThat(Schemas.HOST.faults(Schemas.read(HOST))).isEmpty();
  }

  @Test
  void a_misspelt_property_of_the_host_file_is_a_fault() {
    ObjectNode host = (ObjectNode) Schemas.read(HOST);
    ((ObjectNode) host.at("/extensions/queues")).put("batchsize", 4);

    assertThat(Schemas.HOST.faults(host)).anyMatch(fault -> fault.contains("batchsize"));
  }

  @Test
  void a_value_that_the_host_does_not_know_is_a_fault() {
    ObjectNode host = (ObjectNode) Schemas.read(HOST);
    ((ObjectNode) host.at("/extensions/queues")).put("messageEncoding", "base46");

    assertThat(Schemas.HOST.faults(host)).anyMatch(fault -> fault.contains("messageEncoding"));
  }

  /** By default a message that failed comes back at once, and five tries are over in seconds. */
  @Test
  void the_host_file_states_the_limits_of_the_queues() {
    assertThat(Schemas.read(HOST).at("/extensions/queues").fieldNames())
        .toIterable()
        .contains(
            "batchSize",
            "newBatchThreshold",
            "visibilityTimeout",
            "maxDequeueCount",
            "messageEncoding");
  }

  @Test
  void the_local_settings_are_valid() {
    assertThat(Schemas.LOCAL_SETTINGS.faults(Schemas.read(LOCAL))).isEmpty();
  }

  @Test
  void a_runtime_that_does_not_exist_is_a_fault_of_the_local_settings() {
    ObjectNode local = (ObjectNode) Schemas.read(LOCAL);
    ((ObjectNode) local.path("Values")).put("FUNCTIONS_WORKER_RUNTIME", "jawa");

    assertThat(Schemas.LOCAL_SETTINGS.faults(local))
        .anyMatch(fault -> fault.contains("FUNCTIONS_WORKER_RUNTIME"));
  }

  @Test
  void the_local_settings_hold_no_secret() {
    assertThat(Schemas.read(LOCAL).toString())
        .doesNotContainIgnoringCase("AccountKey", "SharedAccess", "sig=", "password");
  }
}
