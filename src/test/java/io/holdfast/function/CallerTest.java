package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.function.Caller.Role;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallerTest {
  private static Optional<Caller> of(String header) {
    return Caller.of(Api.request("/", null, "X-MS-Client-Principal", header));
  }

  private static String encoded(String json) {
    return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void each_role_may_do_what_the_lesser_ones_may() {
    Caller reader = new Caller(Set.of("Holdfast.Reader"), "Ann");
    Caller operator = new Caller(Set.of("Holdfast.Operator"), "Ann");
    Caller admin = new Caller(Set.of("Holdfast.Admin"), "Ann");

    assertThat(Role.values()).filteredOn(reader::may).containsExactly(Role.READER);
    assertThat(Role.values()).filteredOn(operator::may).containsExactly(Role.READER, Role.OPERATOR);
    assertThat(Role.values()).filteredOn(admin::may).containsExactly(Role.values());
    assertThat(Role.values()).filteredOn(new Caller(Set.of("Admin"), "Ann")::may).isEmpty();
  }

  @Test
  void roles_come_from_either_name_of_the_claim() {
    assertThat(of(Api.principal("A", "B")).orElseThrow().roles())
        .containsExactlyInAnyOrder("A", "B");
    assertThat(
            of(encoded(
                    "{\"claims\":[{\"typ\":\"http://schemas.microsoft.com/ws/2008/06/identity"
                        + "/claims/role\",\"val\":\"C\"},{\"typ\":\"scp\",\"val\":\"D\"}]}"))
                .orElseThrow()
                .roles())
        .containsExactly("C");
  }

  @ParameterizedTest
  @ValueSource(strings = {"%%%", "e30", "not base64!", "bm90IGpzb24="})
  void a_header_that_cannot_be_read_gives_no_rights(String header) {
    assertThat(of(header)).matches(c -> c.isEmpty() || c.get().roles().isEmpty());
  }

  @Test
  void without_the_header_there_is_no_caller() {
    assertThat(Caller.of(Api.request("/", null))).isEmpty();
  }
}
