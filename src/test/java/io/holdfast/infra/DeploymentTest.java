package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.holdfast.catalogue.Tables;
import io.holdfast.work.Queues;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What {@code main.bicep} would make, compared with what the code uses. */
class DeploymentTest {
  private static final String BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b";
  private static final String BLOB_DATA_CONTRIBUTOR = "ba92f5b4-2d11-453d-a403-e96b0029c9fe";
  private static final String QUEUE_DATA_CONTRIBUTOR = "974c5e8b-45b9-4653-ba55-5f855dd0fb88";
  private static final String TABLE_DATA_CONTRIBUTOR = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3";
  private static final String METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb";

  @BeforeEach
  void compiler() {
    Bicep.assumeFound();
  }

  @Test
  void every_queue_of_the_code_and_its_poison_queue_is_made() {
    assertThat(namesOf("Microsoft.Storage/storageAccounts/queueServices/queues"))
        .containsExactlyInAnyOrderElementsOf(
            Queues.ALL.stream()
                .flatMap(queue -> Stream.of(queue, queue + Queues.POISON_SUFFIX))
                .toList());
  }

  @Test
  void every_table_of_the_code_is_made() {
    assertThat(namesOf("Microsoft.Storage/storageAccounts/tableServices/tables"))
        .containsExactlyInAnyOrderElementsOf(Tables.ALL);
  }

  @Test
  void queues_and_tables_are_in_the_account_that_the_host_is_told_of() {
    String host = setting("AzureWebJobsStorage__accountName");

    assertThat(ofType("Microsoft.Storage/storageAccounts/queueServices/queues"))
        .allSatisfy(queue -> assertThat(name(queue)).startsWith(host + "/default/"));
    assertThat(ofType("Microsoft.Storage/storageAccounts/tableServices/tables"))
        .allSatisfy(table -> assertThat(name(table)).startsWith(host + "/default/"));
  }

  @Test
  void no_account_takes_keys_or_plain_http_or_strangers() {
    assertThat(ofType("Microsoft.Storage/storageAccounts"))
        .hasSize(2)
        .allSatisfy(
            account -> {
              JsonNode properties = account.path("properties");
              assertThat(properties.path("allowSharedKeyAccess")).isEqualTo(bool(false));
              assertThat(properties.path("allowBlobPublicAccess")).isEqualTo(bool(false));
              assertThat(properties.path("allowCrossTenantReplication")).isEqualTo(bool(false));
              assertThat(properties.path("supportsHttpsTrafficOnly")).isEqualTo(bool(true));
              assertThat(properties.path("minimumTlsVersion").asText()).isEqualTo("TLS1_2");
            });
    assertThat(ofType("Microsoft.Storage/storageAccounts/blobServices/containers"))
        .hasSize(2)
        .allSatisfy(
            each -> assertThat(each.at("/properties/publicAccess").asText()).isEqualTo("None"));
  }

  @Test
  void no_setting_holds_a_key() {
    JsonNode settings = settings();

    assertThat(settings).isNotEmpty();
    assertThat(settings.toString())
        .doesNotContainIgnoringCase("AccountKey", "SharedAccess", "listKeys", "password", "sig=");
  }

  @Test
  void the_vault_has_an_account_of_its_own_with_soft_delete_and_without_versions() {
    String vault = vaultAccount();
    JsonNode blobs = one("Microsoft.Storage/storageAccounts/blobServices", vault + "/default");

    assertThat(vault).isNotEqualTo(setting("AzureWebJobsStorage__accountName"));
    assertThat(blobs.at("/properties/isVersioningEnabled")).isEqualTo(bool(false));
    assertThat(blobs.at("/properties/deleteRetentionPolicy/enabled")).isEqualTo(bool(true));
    assertThat(blobs.at("/properties/deleteRetentionPolicy/days").asInt()).isEqualTo(7);
    assertThat(setting("HOLDFAST_VAULT")).contains("'" + vault + "'").contains("'holdfast'");
    assertThat(one("Microsoft.Authorization/locks", "holdfast-vault").path("id").asText())
        .contains("/storageAccounts/" + vault + "/");
  }

  @Test
  void the_identity_has_these_roles_at_these_scopes_and_no_others() {
    String host = Bicep.GROUP + "/providers/Microsoft.Storage/storageAccounts/" + hostAccount();
    String vault = Bicep.GROUP + "/providers/Microsoft.Storage/storageAccounts/" + vaultAccount();

    assertThat(ofType("Microsoft.Authorization/roleAssignments"))
        .allSatisfy(
            each ->
                assertThat(each.at("/properties/principalId").asText())
                    .contains("userAssignedIdentities/id-holdfast"))
        .extracting(DeploymentTest::roleAtScope)
        .containsExactlyInAnyOrder(
            BLOB_DATA_OWNER + " at " + host,
            QUEUE_DATA_CONTRIBUTOR + " at " + host,
            TABLE_DATA_CONTRIBUTOR + " at " + host,
            BLOB_DATA_CONTRIBUTOR + " at " + vault + "/blobServices/default/containers/holdfast",
            METRICS_PUBLISHER
                + " at "
                + Bicep.GROUP
                + "/providers/Microsoft.Insights/components/appi-holdfast");
  }

  @Test
  void the_app_runs_java_17_on_flex_consumption_with_its_own_identity() {
    JsonNode app = only("Microsoft.Web/sites");
    JsonNode config = app.at("/properties/functionAppConfig");

    assertThat(only("Microsoft.Web/serverfarms").at("/sku/name").asText()).isEqualTo("FC1");
    assertThat(config.at("/runtime/name").asText()).isEqualTo("java");
    assertThat(config.at("/runtime/version").asText()).isEqualTo("17");
    assertThat(config.at("/scaleAndConcurrency/instanceMemoryMB").asInt()).isEqualTo(2048);
    assertThat(config.at("/scaleAndConcurrency/maximumInstanceCount").asInt()).isEqualTo(40);
    assertThat(config.at("/deployment/storage/value").asText())
        .contains("'" + hostAccount() + "'", "'packages'");
    assertThat(config.at("/deployment/storage/authentication/type").asText())
        .isEqualTo("UserAssignedIdentity");
    assertThat(app.at("/identity/type").asText()).isEqualTo("UserAssigned");
    assertThat(app.at("/properties/httpsOnly")).isEqualTo(bool(true));
  }

  @Test
  void a_caller_without_a_token_gets_401_from_the_platform() {
    JsonNode signIn = one("Microsoft.Web/sites/config", appName() + "/authsettingsV2");

    assertThat(signIn.at("/properties/platform/enabled")).isEqualTo(bool(true));
    assertThat(signIn.at("/properties/globalValidation/requireAuthentication"))
        .isEqualTo(bool(true));
    assertThat(signIn.at("/properties/globalValidation/unauthenticatedClientAction").asText())
        .isEqualTo("Return401");
    assertThat(signIn.at("/properties/globalValidation").has("excludedPaths")).isFalse();
    assertThat(setting("HOLDFAST_AUTH")).isEqualTo("entra");
  }

  @Test
  void nobody_publishes_with_a_password() {
    assertThat(ofType("Microsoft.Web/sites/basicPublishingCredentialsPolicies"))
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.at("/properties/allow")).isEqualTo(bool(false)));
  }

  @Test
  void the_worker_gets_its_second_compiler_back_by_both_settings() {
    assertThat(setting("JAVA_OPTS"))
        .isEqualTo(setting("languageWorkers__java__arguments"))
        .isEqualTo("-XX:TieredStopAtLevel=4");
  }

  /** The settings that the app gets in Azure, by name. */
  static JsonNode settings() {
    return one("Microsoft.Web/sites/config", appName() + "/appsettings").path("properties");
  }

  private static String setting(String name) {
    return settings().path(name).asText();
  }

  private static String appName() {
    return name(only("Microsoft.Web/sites"));
  }

  private static String hostAccount() {
    return setting("AzureWebJobsStorage__accountName");
  }

  private static String vaultAccount() {
    return ofType("Microsoft.Storage/storageAccounts").stream()
        .map(DeploymentTest::name)
        .filter(account -> !account.equals(hostAccount()))
        .findFirst()
        .orElseThrow();
  }

  private static List<JsonNode> resources() {
    return Bicep.resources("main.bicepparam", "--resource-group", "rg");
  }

  private static List<JsonNode> ofType(String type) {
    return resources().stream().filter(each -> each.path("type").asText().equals(type)).toList();
  }

  private static JsonNode only(String type) {
    assertThat(ofType(type)).as(type).hasSize(1);
    return ofType(type).get(0);
  }

  private static JsonNode one(String type, String name) {
    return ofType(type).stream()
        .filter(each -> name(each).equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + type + " named " + name));
  }

  private static String name(JsonNode resource) {
    return resource.path("name").asText();
  }

  private static List<String> namesOf(String type) {
    return ofType(type).stream()
        .map(DeploymentTest::name)
        .map(name -> name.substring(name.lastIndexOf('/') + 1))
        .toList();
  }

  private static String roleAtScope(JsonNode assignment) {
    String role = assignment.at("/properties/roleDefinitionId").asText();
    String id = assignment.path("id").asText();
    return role.substring(role.lastIndexOf('/') + 1)
        + " at "
        + id.substring(0, id.indexOf("/providers/Microsoft.Authorization/"));
  }

  private static JsonNode bool(boolean value) {
    return BooleanNode.valueOf(value);
  }
}
