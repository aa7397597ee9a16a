package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.Api.Answer;
import io.holdfast.schedule.Tick;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which policy an item is under, and what a person decides about it. Begins at 10:00 UTC. */
class ProtectionHttpTest {
  private static final String HOURLY =
      """
      {"selector":{"ids":["%s"]},"schedule":{"cron":"0 */4 * * *","zone":"UTC"}}"""
          .formatted(MemoryVm.idOf("vm1"));

  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Api api = new Api(world, true);
  private final Tick tick =
      new Tick(world.catalogue, world.policies(), world.disks, world.clock, world.bag);

  @AfterEach
  void theWorldIsInOrder() {
    world.run();
    world.close();
  }

  private JsonNode item() {
    return api.item(vm.itemId()).body();
  }

  private void slot() {
    world.advance(Duration.ofHours(4));
    tick.run();
    world.run();
  }

  @Test
  void an_item_says_which_policy_why_and_when_it_is_backed_up_next() {
    world.backUp(vm);
    assertThat(item().path("policy").isNull()).isTrue();
    assertThat(item().path("policyReason").asText()).startsWith("no policy selects it");
    assertThat(item().path("nextRun").isNull()).isTrue();

    api.putPolicy("four", HOURLY);

    assertThat(item().path("policy").asText()).isEqualTo("four");
    assertThat(item().path("policyReason").asText()).isEqualTo("policy four names its id");
    assertThat(item().path("policyConflict").isNull()).isTrue();
    assertThat(item().path("nextRun").asText()).isEqualTo("2026-03-02T12:00:00Z");
    assertThat(item().path("protectionState").asText()).isEqualTo("Protected");
  }

  @Test
  void a_paused_item_is_not_backed_up_until_its_day_and_then_is_again() {
    api.putPolicy("four", HOURLY);
    slot();
    assertThat(world.points(vm)).hasSize(1);
    Answer paused =
        api.pause(vm.itemId(), "{\"until\":\"2026-03-02T21:00:00Z\",\"reason\":\"moving\"}");
    assertThat(paused.status()).isEqualTo(200);
    assertThat(paused.body().path("protectionState").asText()).isEqualTo("ProtectionPaused");
    assertThat(paused.body().path("protection").path("by").asText()).isEqualTo("local");
    assertThat(paused.body().path("protection").path("reason").asText()).isEqualTo("moving");
    assertThat(paused.body().path("nextRun").isNull()).isTrue();

    slot();
    assertThat(world.points(vm)).hasSize(1);
    assertThat(api.postBackup("{\"vmId\":\"" + vm.id() + "\"}").status()).isEqualTo(202);
    world.run();
    assertThat(world.points(vm)).as("on demand").hasSize(2);
    slot();

    assertThat(item().path("protectionState").asText()).isEqualTo("Protected");
    slot();
    assertThat(world.points(vm)).hasSizeGreaterThan(2);
  }

  @Test
  void vms_that_no_policy_covers_are_listed_and_so_are_items_whose_vm_is_gone() {
    MemoryVm bare = world.vm("vm2").tag("team", "b");
    MemoryVm gone = world.vm("vm3");
    world.backUp(gone);
    world.disks.delete(gone);
    api.putPolicy("four", HOURLY);

    JsonNode all = api.listItems("").body().path("value");
    JsonNode uncovered = api.listItems("?covered=false").body().path("value");

    assertThat(all)
        .extracting(
            one -> one.path("name").asText(),
            one -> one.path("protectionState").asText(),
            one -> one.path("policy").asText(null))
        .containsExactlyInAnyOrder(
            tuple("vm1", "IRPending", "four"),
            tuple("vm2", "NotProtected", null),
            tuple("vm3", "Protected", null));
    assertThat(uncovered).hasSize(1);
    assertThat(uncovered.get(0).path("id").asText()).isEqualTo(bare.itemId());
    assertThat(uncovered.get(0).path("policyReason").asText()).startsWith("no policy selects it");
    assertThat(api.listItems("?covered=true").body().path("value")).hasSize(1);
    assertThat(api.listItems("?covered=perhaps").status()).isEqualTo(400);
  }

  @Test
  void items_come_in_pages() {
    api.putPolicy("four", HOURLY);
    for (int i = 2; i <= 5; i++) {
      world.vm("vm" + i);
    }
    List<String> seen = new ArrayList<>();
    String query = "?maxpagesize=2";
    while (query != null) {
      JsonNode page = api.listItems(query).body();
      page.path("value").forEach(one -> seen.add(one.path("name").asText()));
      String next = page.path("nextLink").asText(null);
      query = next == null ? null : next.substring(next.indexOf('?'));
    }
    assertThat(seen).containsExactlyInAnyOrder("vm1", "vm2", "vm3", "vm4", "vm5");
  }

  @ParameterizedTest
  @CsvSource({"ByPolicy,BackupsSuspended", "ForEver,ProtectionStopped"})
  void a_stopped_item_is_not_backed_up_until_it_is_resumed(String keep, String state) {
    api.putPolicy("four", HOURLY);
    slot();
    assertThat(
            api.stop(vm.itemId(), "{\"keep\":\"%s\"}".formatted(keep))
                .body()
                .path("protectionState")
                .asText())
        .isEqualTo(state);
    slot();
    slot();
    assertThat(world.points(vm)).hasSize(1);

    assertThat(api.resume(vm.itemId()).body().path("protectionState").asText())
        .isEqualTo("Protected");
    slot();
    assertThat(world.points(vm)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"until\":\"2026-03-02T09:00:00Z\"}",
        "{\"until\":\"tomorrow\"}",
        "{\"for\":\"P1D\"}",
        "{\"reason\":1}"
      })
  void a_pause_that_makes_no_sense_is_400_and_changes_nothing(String body) {
    world.backUp(vm);

    assertThat(api.pause(vm.itemId(), body).status()).isEqualTo(400);
    assertThat(item().path("protectionState").asText()).isEqualTo("Protected");
  }

  @Test
  void a_stop_says_what_is_kept_and_an_item_must_be_there() {
    world.backUp(vm);
    assertThat(api.stop(vm.itemId(), "{}").status()).isEqualTo(400);
    assertThat(api.stop(vm.itemId(), "{\"keep\":\"Some\"}").status()).isEqualTo(400);
    String other = vm.itemId().replace(vm.itemId().charAt(0), 'f');
    assertThat(api.resume("0" + other.substring(1)).status()).isEqualTo(404);
  }
}
