package io.holdfast.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code infra/app-roles.json}: the roles that an app registration is made with. */
class AppRolesTest {
  private static final JsonNode ROLES = Schemas.read(Path.of("infra/app-roles.json"));

  @Test
  void there_are_three_roles_for_people_and_programs() {
    assertThat(ROLES)
        .extracting(role -> role.path("value").asText())
        .containsExactly("Holdfast.Reader", "Holdfast.Operator", "Holdfast.Admin");
    assertThat(ROLES)
        .allSatisfy(
            role -> {
              assertThat(role.path("isEnabled").asBoolean()).isTrue();
              assertThat(role.path("allowedMemberTypes"))
                  .extracting(JsonNode::asText)
                  .containsExactly("User", "Application");
            })
        .extracting(role -> role.path("id").asText())
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"));
  }

  @Test
  void the_page_about_deployment_names_each_role() throws IOException {
    String page = Files.readString(Path.of("docs/deploy.md"));

    assertThat(ROLES)
        .allSatisfy(role -> assertThat(page).contains("`" + role.path("value").asText() + "`"));
  }
}
