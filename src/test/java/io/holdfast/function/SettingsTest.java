package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.failure.Invalid;
import io.holdfast.failure.Invalid.Fault;
import io.holdfast.vault.KeyFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {
  private static final String SECRET = "c2VjcmV0";

  /** As infrastructure sets them. */
  private static Map<String, String> azure(String... changes) {
    Map<String, String> settings = new HashMap<>();
    settings.put(Settings.STORAGE_ACCOUNT, "hostaccount");
    settings.put(Settings.VAULT, "https://vaultaccount.blob.core.windows.net/holdfast");
    settings.put(Settings.SNAPSHOT_GROUP, "rg-snapshots");
    settings.put(Settings.INSTANCE_ID, "instance");
    for (int i = 0; i < changes.length; i += 2) {
      settings.put(changes[i], changes[i + 1]);
    }
    return settings;
  }

  private static Invalid refusal(Map<String, String> settings) {
    try {
      Settings unused = Settings.read(settings);
    } catch (Invalid refused) {
      return refused;
    }
    throw new AssertionError("the settings were taken: " + settings);
  }

  @Test
  void what_the_infrastructure_sets_is_enough() {
    Settings settings = Settings.read(azure());

    assertThat(settings.storageConnection()).isNull();
    assertThat(settings.queueUri()).isEqualTo("https://hostaccount.queue.core.windows.net");
    assertThat(settings.tableUri()).isEqualTo("https://hostaccount.table.core.windows.net");
    assertThat(settings.zone()).isEqualTo("UTC");
    assertThat(settings.localAuth()).isFalse();
    assertThat(settings.armEndpoint()).isEqualTo("https://management.azure.com");
    assertThat(settings.subscriptions()).isEmpty();
    assertThat(settings.clientId()).isNull();
  }

  @Test
  void what_the_local_stack_sets_is_taken() {
    Map<String, String> local =
        azure(
            Settings.STORAGE,
            "UseDevelopmentStorage=true",
            Settings.VAULT,
            "http://127.0.0.1:10000/devstoreaccount1/holdfast",
            Settings.AUTH,
            "local",
            Settings.ARM_ENDPOINT,
            "http://127.0.0.1:7072",
            Settings.SUBSCRIPTIONS,
            " 00000000-0000-0000-0000-000000000001 , 00000000-0000-0000-0000-000000000002");
    local.remove(Settings.INSTANCE_ID);

    Settings settings = Settings.read(local);

    assertThat(settings.localAuth()).isTrue();
    assertThat(settings.subscriptions()).hasSize(2);
  }

  @Test
  void all_faults_are_named_at_once() {
    Invalid refused =
        refusal(
            Map.of(
                Settings.ZONE, "Mars/Olympus",
                Settings.AUTH, "open",
                Settings.ARM_ENDPOINT, "ftp://x",
                Settings.SUBSCRIPTIONS, "prod"));

    assertThat(refused.code()).isEqualTo("InvalidSettings");
    assertThat(refused.faults())
        .extracting(Fault::target)
        .containsExactlyInAnyOrder(
            Settings.STORAGE,
            Settings.VAULT,
            Settings.SNAPSHOT_GROUP,
            Settings.ZONE,
            Settings.AUTH,
            Settings.ARM_ENDPOINT,
            Settings.SUBSCRIPTIONS);
    refused.faults().forEach(fault -> assertThat(refused.getMessage()).contains(fault.message()));
  }

  @ParameterizedTest
  @CsvSource({
    "HOLDFAST_VAULT, https://account.blob.core.windows.net, names no container",
    "HOLDFAST_VAULT, https://account.blob.core.windows.net/, names no container",
    "HOLDFAST_VAULT, http://account.blob.core.windows.net/x, is no https URL",
    "HOLDFAST_VAULT, account, is no https URL",
    "HOLDFAST_VAULT, https://a b/x, is no URL",
    "HOLDFAST_SNAPSHOT_RESOURCE_GROUP, a/b, no name of a resource group",
    "HOLDFAST_ZONE, Nowhere, no such time zone",
    "HOLDFAST_AUTH, none, entra",
    "HOLDFAST_AUTH, local, lets everyone in",
    "HOLDFAST_ARM_ENDPOINT, https://example.com, for local use only",
    "HOLDFAST_ARM_ENDPOINT, http://example.com, is no https URL",
    "HOLDFAST_SUBSCRIPTIONS, x, no subscription id",
    "HOLDFAST_KEY_FILE, /nowhere/k.json, there is no key file"
  })
  void a_setting_that_will_not_do_is_named(String name, String value, String words) {
    assertThat(refusal(azure(name, value)).faults())
        .singleElement()
        .satisfies(
            fault -> {
              assertThat(fault.target()).isEqualTo(name);
              assertThat(fault.message()).contains(words);
            });
  }

  @Test
  void a_key_file_is_taken_when_only_its_owner_can_read_it(@TempDir Path temp) throws Exception {
    Path file = temp.resolve("k.json");
    KeyFile unused = KeyFile.create(file, new SecureRandom(), Instant.EPOCH);

    assertThat(Settings.read(azure(Settings.KEY_FILE, file.toString())).keyFile()).isEqualTo(file);
    assertThat(Settings.read(azure()).keyFile()).isNull();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(refusal(azure(Settings.KEY_FILE, file.toString())).getMessage())
        .contains("HOLDFAST_KEY_FILE")
        .contains("chmod 600");
  }

  @ParameterizedTest
  @CsvSource({
    "AzureWebJobsStorage__accountName",
    "HOLDFAST_VAULT",
    "HOLDFAST_SNAPSHOT_RESOURCE_GROUP"
  })
  void a_setting_that_is_blank_is_missing(String name) {
    assertThat(refusal(azure(name, "  ")).getMessage()).contains("is missing");
  }

  @Test
  void no_secret_of_a_setting_is_repeated() {
    Invalid refused =
        refusal(
            azure(
                Settings.STORAGE,
                "AccountName=a;AccountKey=" + SECRET,
                Settings.VAULT,
                "https://a b.blob.core.windows.net/x?sig=" + SECRET,
                Settings.ARM_ENDPOINT,
                "http://user:" + SECRET + "@example.com"));

    assertThat(refused.getMessage()).doesNotContain(SECRET);
    assertThat(refused.faults().toString()).doesNotContain(SECRET);
  }

  @Test
  void a_vault_by_a_sas_is_named_without_it() {
    assertThatThrownBy(() -> Settings.read(azure(Settings.VAULT, "https://a.net?sig=" + SECRET)))
        .hasMessageNotContaining(SECRET);
  }
}
