package io.holdfast.function;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.Surroundings.Lock;
import io.holdfast.disk.Surroundings.Site;
import io.holdfast.disk.VmFacts.Agent;
import io.holdfast.fake.MemoryVm;
import io.holdfast.fake.World;
import io.holdfast.function.Api.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code /items/{id}} and its actions, and the fields of policies and requests that they serve. */
class ItemsHttpTest {
  private final World world = new World();
  private final MemoryVm vm = world.vm("vm1");
  private final Api api = new Api(world, true);

  @AfterEach
  void theWorldIsInOrder() {
    world.run();
    world.close();
  }

  private static List<String> codes(Answer answer) {
    List<String> codes = new ArrayList<>();
    for (JsonNode check : answer.body().path("checks")) {
      if (!check.path("code").isNull()) {
        codes.add(check.path("code").asText());
      }
    }
    return codes;
  }

  @Test
  void a_precheck_of_a_sound_item_passes_and_touches_nothing() {
    world.backUp(vm);
    int sets = world.disks.setsMade();

    Answer answer = api.precheck(vm.itemId(), null);

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body().path("healthStatus").asText()).isEqualTo("Passed");
    assertThat(answer.body().path("checks").size()).isGreaterThanOrEqualTo(6);
    assertThat(codes(answer)).isEmpty();
    assertThat(world.disks.setsMade()).isEqualTo(sets);
    assertThat(world.bag.isEmpty()).isTrue();
  }

  @Test
  void a_precheck_names_every_fault_with_code_reason_and_remedy() {
    world.backUp(vm);
    vm.agent(Agent.NOT_READY);
    world
        .disks
        .surroundings()
        .site(
            new Site(
                true,
                List.of(new Lock("/locks/keep", false)),
                List.of(),
                false,
                List.of(),
                Map.of()));

    Answer answer = api.precheck(vm.itemId(), "{}");

    assertThat(answer.body().path("healthStatus").asText()).isEqualTo("ActionRequired");
    assertThat(codes(answer))
        .containsExactlyInAnyOrder(
            "SnapshotGroupLocked", "PermissionsUnknown", "GuestAgentNotReady");
    for (JsonNode check : answer.body().path("checks")) {
      if (!check.path("code").isNull()) {
        assertThat(check.path("message").asText()).isNotBlank();
        assertThat(check.path("remedy").asText()).isNotBlank();
      }
    }
    vm.agent(Agent.READY);
  }

  @Test
  void a_vm_that_was_moved_is_named_by_its_new_id_and_one_that_is_gone_as_gone() {
    world.backUp(vm);
    world.disks.delete(vm);
    Answer gone = api.precheck(vm.itemId(), null);
    MemoryVm moved = world.disks.add(new MemoryVm("vm1-renamed", vm.itemId()));
    moved.attach("os", vm.get("os"));
    Answer found = api.precheck(vm.itemId(), null);

    assertThat(codes(gone)).containsExactly("VirtualMachineNotFound");
    assertThat(codes(found)).containsExactly("VirtualMachineMoved");
    assertThat(found.body().at("/checks/0/message").asText()).contains(moved.id());

    // Its next backup goes on with its points.
    var job = world.backUp(moved);
    assertThat(job.id().itemId()).isEqualTo(vm.itemId());
    assertThat(job.disks().get(0).result().changeSource().text()).isEqualTo("Compare");
  }

  @Test
  void the_freeze_guard_is_shown_and_reset() {
    world.disks.fail(SnapshotMethod.RESTORE_POINT, "VMRestorePointClientError", "froze for ever");
    world.backUp(vm);
    world.backUp(vm);

    JsonNode fallen = api.item(vm.itemId()).body();
    Answer reset = api.resetFreezeGuard(vm.itemId());

    assertThat(fallen.at("/freezeGuard/state").asText()).isEqualTo("CrashConsistentOnly");
    assertThat(fallen.at("/freezeGuard/badFreezes").asInt()).isEqualTo(2);
    assertThat(fallen.at("/freezeGuard/lastMessage").asText()).isEqualTo("froze for ever");
    assertThat(fallen.at("/freezeGuard/until").asText()).startsWith("2026-");
    assertThat(fallen.path("vmId").asText()).isEqualTo(vm.id());
    assertThat(reset.status()).isEqualTo(200);
    assertThat(reset.body().at("/freezeGuard/state").asText()).isEqualTo("Armed");
    assertThat(codes(api.precheck(vm.itemId(), null))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"nobody", "00000000-0000-0000-0000-00000000000f", "UPPER", "a/b"})
  void an_item_that_is_not_there_is_404(String id) {
    assertThat(api.item(id).status()).isEqualTo(404);
    assertThat(api.precheck(id, null).status()).isEqualTo(404);
    assertThat(api.resetFreezeGuard(id).error().path("code").asText()).isEqualTo("ItemNotFound");
  }

  @Test
  void a_body_of_an_action_that_takes_none_is_400() {
    assertThat(api.precheck(vm.itemId(), "{\"force\":true}").status()).isEqualTo(400);
  }

  // ---- the fields

  private static String policy(String more) {
    return """
        {"selector":{"ids":["%s"]},"schedule":{"cron":"0 2 * * *","zone":"UTC"}%s}
        """
        .formatted(MemoryVm.idOf("vm1"), more);
  }

  @Test
  void a_policy_says_how_its_vms_are_snapshotted_and_on_demand_backups_follow_it() {
    Answer put =
        api.putPolicy(
            "gold",
            policy(
                """
                ,"consistency":"CrashConsistent","consistencyRequired":true,"extension":"never",
                "disks":{"exclude":[{"disk":"lun0"}]}"""));
    JsonNode shown = api.getPolicy("gold").body();

    JsonNode asked = api.postBackup("{\"vmId\":\"%s\"}".formatted(vm.id())).body();
    world.run();
    JsonNode job = api.job(asked.path("id").asText()).body();

    assertThat(put.status()).isEqualTo(201);
    assertThat(shown.path("consistency").asText()).isEqualTo("CrashConsistent");
    assertThat(shown.path("consistencyRequired").asBoolean()).isTrue();
    assertThat(shown.path("extension").asText()).isEqualTo("never");
    assertThat(shown.at("/disks/exclude/0/disk").asText()).isEqualTo("lun0");
    assertThat(job.path("status").asText()).isEqualTo("Completed");
    assertThat(job.at("/consistency/achieved").asText()).isEqualTo("CrashConsistent");
    assertThat(job.path("disks").size()).isEqualTo(1);
    assertThat(job.at("/excludedDisks/0/disk").asText()).isEqualTo("lun0");
    JsonNode point = api.point(job.path("recoveryPointId").asText()).body();
    assertThat(point.at("/excludedDisks/0/name").asText()).isEqualTo("vm1-lun0");
  }

  @Test
  void a_request_may_ask_for_other_disks_than_its_policy() {
    api.putPolicy("gold", policy(",\"disks\":{\"exclude\":[{\"disk\":\"lun0\"}]}"));

    JsonNode asked =
        api.postBackup(
                "{\"vmId\":\"%s\",\"disks\":{\"include\":[{\"name\":\"*-lun0\"}]}}"
                    .formatted(vm.id()))
            .body();
    world.run();

    JsonNode job = api.job(asked.path("id").asText()).body();
    assertThat(job.at("/disks/0/disk").asText()).isEqualTo("lun0");
    assertThat(job.path("disks").size()).isEqualTo(1);
  }

  @Test
  void all_faults_of_the_fields_come_in_one_400() {
    Answer answer =
        api.postBackup(
            """
            {"vmId":"%s","consistency":"Perfect","consistencyRequired":"yes","extension":"maybe",
             "disks":{"only":[],"include":["lun0"],"exclude":[{},{"disk":"lun100"}]}}"""
                .formatted(vm.id()));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error().path("details"))
        .extracting(each -> each.path("target").asText())
        .contains(
            "consistency",
            "consistencyRequired",
            "extension",
            "disks.only",
            "disks.include[0]",
            "disks.exclude[0]",
            "disks.exclude[1].disk");
    assertThat(world.bag.isEmpty()).isTrue();
  }

  @Test
  void consistency_cannot_be_required_without_being_named() {
    Answer answer = api.putPolicy("gold", policy(",\"consistencyRequired\":true"));

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.text()).contains("consistencyRequired needs to know what is required");
  }
}
