package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code subscription.bicep} lets Holdfast do to virtual machines, and where. */
class SubscriptionTest {
  private static final String SUBSCRIPTION = "/subscriptions/" + Bicep.SUBSCRIPTION;
  private static final String GRANT = "Microsoft.Compute/disks/beginGetAccess/action";
  private static final String SNAPSHOTS = SUBSCRIPTION + "/resourceGroups/holdfast-snapshots";

  @BeforeEach
  void compiler() {
    Bicep.assumeFound();
  }

  @Test
  void it_makes_the_snapshot_resource_group() {
    assertThat(resources())
        .filteredOn(each -> type(each).equals("Microsoft.Resources/resourceGroups"))
        .extracting(each -> each.path("id").asText())
        .containsExactly(SNAPSHOTS);
  }

  @Test
  void what_writes_and_deletes_is_kept_to_the_snapshot_resource_group() {
    grants(resources())
        .forEach(
            (scope, actions) -> {
              if (!scope.equals(SNAPSHOTS)) {
                assertThat(actions)
                    .as(scope)
                    .allMatch(action -> action.endsWith("/read") || action.equals(GRANT));
              }
            });
    assertThat(grants(resources()).get(SNAPSHOTS))
        .contains(
            "Microsoft.Compute/snapshots/write",
            "Microsoft.Compute/snapshots/delete",
            "Microsoft.Compute/restorePointCollections/restorePoints/write",
            "Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints"
                + "/endGetAccess/action");
  }

  @Test
  void no_role_changes_a_virtual_machine_or_a_disk_or_grants_a_role() {
    assertThat(grants(resources()).values().stream().flatMap(List::stream))
        .isNotEmpty()
        .noneMatch(action -> action.contains("*"))
        .noneMatch(
            action -> action.matches("Microsoft.Authorization/(?!(locks|permissions)/read).*"))
        .noneMatch(action -> action.matches("Microsoft.Compute/disks/(write|delete|end.*)"))
        .noneMatch(action -> action.matches("Microsoft.Compute/virtualMachines/.*(write|action)"));
  }

  @Test
  void the_right_to_read_disks_can_be_kept_to_resource_groups() throws IOException {
    Path folder = changed("groups", "param protectedResourceGroups = ['web', 'data']");
    Map<String, List<String>> grants =
        grants(list(Bicep.snapshot(folder, "subscription.bicepparam")));

    assertThat(grants).containsOnlyKeys(SUBSCRIPTION, SNAPSHOTS, group("web"), group("data"));
    assertThat(grants.get(SUBSCRIPTION)).doesNotContain(GRANT);
    assertThat(grants.get(group("web"))).containsExactly(GRANT);
    assertThat(grants.get(group("data"))).containsExactly(GRANT);
  }

  @Test
  void the_extension_is_installed_only_by_who_was_allowed_to() throws IOException {
    String write = "Microsoft.Compute/virtualMachines/extensions/write";
    Path folder = changed("extension", "param installExtension = true");

    assertThat(grants(resources()).get(SUBSCRIPTION)).doesNotContain(write);
    assertThat(grants(list(Bicep.snapshot(folder, "subscription.bicepparam"))).get(SUBSCRIPTION))
        .contains(write);
  }

  private static List<JsonNode> resources() {
    return Bicep.resources("subscription.bicepparam");
  }

  private static List<JsonNode> list(JsonNode snapshot) {
    List<JsonNode> resources = new ArrayList<>();
    snapshot.path("predictedResources").forEach(resources::add);
    return resources;
  }

  private static Path changed(String name, String line) throws IOException {
    Path folder = Bicep.copy(name);
    Path parameters = folder.resolve("subscription.bicepparam");
    Files.writeString(parameters, Files.readString(parameters) + line + "\n");
    return folder;
  }

  private static String group(String name) {
    return SUBSCRIPTION + "/resourceGroups/" + name;
  }

  private static String type(JsonNode resource) {
    return resource.path("type").asText();
  }

  /** The actions that are allowed at each scope. */
  private static Map<String, List<String>> grants(List<JsonNode> resources) {
    Map<String, List<String>> actions = new TreeMap<>();
    for (JsonNode resource : resources) {
      if (type(resource).equals("Microsoft.Authorization/roleDefinitions")) {
        List<String> allowed = actions.computeIfAbsent(id(resource), id -> new ArrayList<>());
        resource.at("/properties/permissions/0/actions").forEach(a -> allowed.add(a.asText()));
      }
    }
    Map<String, List<String>> grants = new TreeMap<>();
    for (JsonNode resource : resources) {
      if (type(resource).equals("Microsoft.Authorization/roleAssignments")) {
        String scope = id(resource).replaceAll("/providers/Microsoft.Authorization/.*", "");
        String role = resource.at("/properties/roleDefinitionId").asText();
        assertThat(actions).containsKey(role);
        grants.computeIfAbsent(scope, s -> new ArrayList<>()).addAll(actions.get(role));
      }
    }
    return grants;
  }

  private static String id(JsonNode resource) {
    return resource.path("id").asText();
  }
}
