package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.Api.Answer;
import io.holdfast.vault.Ledger;
import io.holdfast.vault.LedgerEntry;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What persons do to recovery points, over HTTP. */
class PointActsHttpTest {
  private static final String WHY = "{\"reason\":\"before the migration\"}";

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Api api = new Api(world, true);
  private final List<String> ids = new ArrayList<>();

  @BeforeEach
  void threePoints() {
    for (int day = 0; day < 3; day++) {
      ids.add(world.backUp(vm, 0).id().pointId());
      world.advance(Duration.ofDays(1));
    }
  }

  @AfterEach
  void theWorldIsInOrder() {
    world.run();
    world.close();
  }

  private List<String> listed(String query) {
    List<String> found = new ArrayList<>();
    api.points(query).body().path("value").forEach(it -> found.add(it.path("id").asText()));
    return found;
  }

  @Test
  void a_pin_says_who_when_and_why_until_it_is_taken_away() {
    Answer pinned = api.act("pin", ids.get(0), WHY);

    assertThat(pinned.status()).isEqualTo(200);
    JsonNode pin = pinned.body().path("pin");
    assertThat(pin.path("by").asText()).isEqualTo("local");
    assertThat(pin.path("reason").asText()).isEqualTo("before the migration");
    assertThat(pin.path("since").asText()).isEqualTo(world.clock.instant().toString());
    JsonNode kept = api.point(ids.get(0)).body().path("retention").path("reasons");
    assertThat(kept).extracting(it -> it.path("code").asText()).contains("Pinned");
    assertThat(kept).extracting(it -> it.path("message").asText()).contains("pinned by local");

    assertThat(api.act("unpin", ids.get(0), WHY).body().path("pin").isNull()).isTrue();
    assertThat(api.act("unpin", ids.get(0), WHY).status()).isEqualTo(200);
  }

  @Test
  void a_deleted_point_is_hidden_and_comes_back_pinned() {
    Answer deleted = api.act("delete", ids.get(0), WHY);

    assertThat(deleted.status()).isEqualTo(200);
    assertThat(deleted.body().path("state").asText()).isEqualTo("SoftDeleted");
    assertThat(deleted.body().path("deleted").path("reason").asText())
        .isEqualTo("before the migration");
    assertThat(deleted.body().path("purgeAfter").asText())
        .isEqualTo(world.clock.instant().plus(Duration.ofDays(14)).toString());
    assertThat(listed("")).doesNotContain(ids.get(0)).hasSize(2);
    assertThat(listed("?vmId=" + vm.id())).hasSize(2);
    assertThat(listed("?deleted=true")).contains(ids.get(0)).hasSize(3);
    assertThat(api.point(ids.get(0)).status()).isEqualTo(200);

    Answer back = api.act("undelete", ids.get(0), WHY);
    assertThat(back.body().path("state").asText()).isEqualTo("Available");
    assertThat(back.body().path("pin").path("reason").asText()).isEqualTo("before the migration");
    assertThat(listed("")).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "pin, delete, RecoveryPointPinned, :unpin",
    "hold, delete, RecoveryPointUnderLegalHold, :release",
    "delete, pin, RecoveryPointDeleted, :undelete",
    "delete, hold, RecoveryPointDeleted, :undelete"
  })
  void what_cannot_be_is_a_conflict_that_says_what_to_do(
      String first, String then, String code, String remedy) {
    assertThat(api.act(first, ids.get(0), WHY).status()).isEqualTo(200);

    Answer refused = api.act(then, ids.get(0), WHY);

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.error().path("code").asText()).isEqualTo(code);
    assertThat(refused.error().path("message").asText()).contains(remedy).contains(ids.get(0));
  }

  @Test
  void the_last_good_point_is_not_deleted() {
    Answer refused = api.act("delete", ids.get(2), WHY);

    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.error().path("code").asText()).isEqualTo("LastGoodRecoveryPoint");
    assertThat(listed("")).hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"reason\":\"\"}",
        "{\"reason\":\"   \"}",
        "{\"reason\":7}",
        "{\"reason\":\"\\ud800\"}",
        "{\"reason\":\"x\",\"until\":\"2030-01-01T00:00:00Z\"}",
        "[]"
      })
  void a_body_without_a_reason_that_the_ledger_can_hold_changes_nothing(String body) {
    for (String act : List.of("pin", "unpin", "hold", "release", "delete", "undelete")) {
      assertThat(api.act(act, ids.get(0), body).status()).as(act).isEqualTo(400);
    }
    JsonNode point = api.point(ids.get(0)).body();
    assertThat(point.path("pin").isNull()).isTrue();
    assertThat(point.path("state").asText()).isEqualTo("Available");
  }

  @Test
  void a_reason_that_is_too_long_is_refused_with_its_bound() {
    String body = "{\"reason\":\"%s\"}".formatted("x".repeat(1025));

    Answer refused = api.act("pin", ids.get(0), body);

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.error().path("message").asText()).contains("1025").contains("1024");
    assertThat(api.act("pin", ids.get(0), body.replace("xx\"", "x\"")).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "pin, Holdfast.Operator, Holdfast.Reader",
    "unpin, Holdfast.Operator, Holdfast.Reader",
    "undelete, Holdfast.Operator, Holdfast.Reader",
    "hold, Holdfast.Admin, Holdfast.Operator",
    "release, Holdfast.Admin, Holdfast.Operator",
    "delete, Holdfast.Admin, Holdfast.Operator"
  })
  void each_act_needs_its_role(String act, String enough, String tooLittle) {
    Api guarded = new Api(world, false);

    assertThat(guarded.act(act, ids.get(0), WHY).status()).isEqualTo(401);
    assertThat(
            guarded
                .act(act, ids.get(0), WHY, "x-ms-client-principal", Api.principal(tooLittle))
                .status())
        .isEqualTo(403);
    Answer done = guarded.act(act, ids.get(0), WHY, "x-ms-client-principal", Api.principal(enough));
    assertThat(done.status()).isEqualTo(200);
  }

  @Test
  void an_unknown_point_is_not_found() {
    assertThat(api.act("pin", "nothing", WHY).status()).isEqualTo(404);
    assertThat(api.act("delete", ids.get(0).replace("-p2026", "-p2025"), WHY).status())
        .isEqualTo(404);
  }

  @Test
  void the_ledger_tells_who_paused_an_item_and_who_changed_a_policy() {
    api.pause(vm.itemId(), "{\"reason\":\"moving\"}");
    api.putPolicy(
        "daily",
        "{\"selector\":{\"ids\":[\"%s\"]},\"schedule\":{\"cron\":\"0 2 * * *\"}}"
            .formatted(vm.id()));
    api.deletePolicy("daily");

    List<String> lines = new ArrayList<>();
    Ledger.open(world.blobs)
        .read(
            LocalDate.EPOCH,
            line -> {
              LedgerEntry entry = line.entry();
              lines.add(
                  "%s %s %s %s"
                      .formatted(entry.event().label(), entry.policy(), entry.who(), entry.why()));
            });
    assertThat(lines)
        .contains(
            "ProtectionChanged null local ProtectionPaused: moving",
            "PolicyPut daily local by the API",
            "PolicyDeleted daily local by the API");
  }

  @Test
  void an_item_says_when_its_next_point_goes() {
    api.putPolicy(
        "daily",
        ("{\"selector\":{\"ids\":[\"%s\"]},\"schedule\":{\"cron\":\"0 2 * * *\",\"zone\":\"UTC\"},"
                + "\"retention\":{\"daily\":3}}")
            .formatted(vm.id()));

    JsonNode item = api.item(vm.itemId()).body();

    // Begun on 2 March at 10:00, a point a day: the next backup is the fourth.
    assertThat(item.path("nextDeletion").asText()).isEqualTo("2026-03-06T02:00:00Z");
    assertThat(item.path("nextDeletionOf"))
        .extracting(JsonNode::asText)
        .containsExactly(ids.get(0));
    JsonNode point = api.point(ids.get(0)).body();
    assertThat(point.path("retention").path("reasons")).isNotEmpty();
    api.pause(vm.itemId(), "{\"reason\":\"moving\"}");
    assertThat(api.item(vm.itemId()).body().path("nextDeletion").isNull()).isTrue();
  }
}
