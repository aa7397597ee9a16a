package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.function.Settings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code docs/settings.md} against the places where settings are set. */
class SettingsPageTest {
  @Test
  void the_page_lists_what_infra_sets() {
    Bicep.assumeFound();

    assertThat(SettingsPage.setBy("Azure"))
        .containsExactlyInAnyOrderElementsOf(() -> DeploymentTest.settings().fieldNames());
  }

  @Test
  void the_page_lists_what_the_local_settings_set() {
    assertThat(SettingsPage.setBy("local"))
        .containsExactlyInAnyOrderElementsOf(
            () -> Schemas.read(Path.of("local.settings.json")).path("Values").fieldNames());
  }

  @Test
  void the_page_lists_what_the_code_reads() {
    assertThat(SettingsPage.readBy("app")).containsExactlyInAnyOrderElementsOf(Settings.NAMES);
  }

  @Test
  void every_line_is_complete() {
    assertThat(SettingsPage.rows())
        .allSatisfy(
            row -> {
              assertThat(List.of(row.standard(), row.check(), row.example()))
                  .as(row.name())
                  .doesNotContain("");
              assertThat(row.where()).as(row.name()).isSubsetOf("Azure", "local", "-");
              assertThat(row.readBy()).as(row.name()).isSubsetOf("app", "host");
            })
        .extracting(SettingsPage.Row::name)
        .doesNotHaveDuplicates();
  }
}
