package io.holdfast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** How guests are frozen and spared, on the packaged app over the simulator's rules. */
class ConsistencyIT {
  private static final int MIB = 1 << 20;

  private static Stack stack;

  /** Locks and clocks of a stack are everybody's: this class has its own. */
  private static synchronized Stack own() throws Exception {
    if (stack == null) {
      stack = Stack.start("consistency", 600);
    }
    return stack;
  }

  @AfterAll
  static synchronized void end() {
    if (stack != null) {
      stack.close();
      stack = null;
    }
  }

  private static List<String> names(JsonNode list, String field) {
    List<String> names = new ArrayList<>();
    list.forEach(each -> names.add(each.path(field).asText()));
    return names;
  }

  private static JsonNode guest(Stack stack, String vm, ObjectNode settings) throws Exception {
    return Http.send("PUT", stack.arm() + "/_sim/guests/" + vm, settings.toString()).body();
  }

  @Test
  void aGuestThatFailsTwiceIsLeftAloneUntilAPersonSaysSo() throws Exception {
    Stack stack = own();
    Machine vm = Machine.create(stack, "frozen", Map.of("os", 12L * MIB));
    vm.write("os", 100, 7 * MIB);

    JsonNode first = vm.backUp();
    assertThat(names(first.path("tasks"), "name")).startsWith("Install snapshot extension");
    assertThat(first.path("warnings")).isEmpty();
    String items = stack.api() + "/items/" + vm.itemId();
    JsonNode sound = Http.send("POST", items + ":precheck", "").body();
    assertThat(sound.path("healthStatus").asText()).as("%s", sound).isEqualTo("Passed");

    ObjectNode broken = Http.object();
    broken
        .putObject("freeze")
        .put("code", "VMRestorePointClientError")
        .put("message", "fsfreeze of /data timed out");
    guest(stack, "frozen", broken);
    for (int i = 0; i < 2; i++) {
      try (RunningJob bad = vm.start()) {
        JsonNode job = bad.await("CompletedWithWarnings");
        assertThat(job.at("/consistency/achieved").asText()).isEqualTo("CrashConsistent");
        assertThat(job.at("/tasks/0/error/code").asText()).isEqualTo("VMRestorePointClientError");
        assertThat(job.at("/tasks/0/error/message").asText()).contains("/data timed out");
        assertThat(job.at("/tasks/0/error/remedy").asText()).isNotEmpty();
      }
    }
    assertThat(Http.get(items).at("/freezeGuard/state").asText()).isEqualTo("CrashConsistentOnly");
    JsonNode fallen = Http.send("POST", items + ":precheck", "").body();
    assertThat(names(fallen.path("checks"), "code")).contains("FreezeGuard");

    guest(
        stack,
        "frozen",
        (ObjectNode) Http.object().set("freeze", Http.object().put("code", "").put("message", "")));
    // The limit of three restore points an hour and mode must not blur what is seen.
    Http.send("POST", stack.arm() + "/_sim/clock", "{\"advance\":\"PT2H\"}");
    JsonNode reset = Http.send("POST", items + ":resetFreezeGuard", "").body();
    assertThat(reset.at("/freezeGuard/state").asText()).isEqualTo("Armed");
    JsonNode good = vm.backUp();

    assertThat(good.at("/consistency/achieved").asText()).isEqualTo("FileSystemConsistent");
    vm.assertEveryPointEqualsItsCopies();
    MainJobIT.assertNothingLeft(stack, vm);
    vm.forget();
  }

  @Test
  void aLockOnTheSnapshotsGroupStopsABackupBeforeAnythingIsMade() throws Exception {
    Stack stack = own();
    Machine vm = Machine.create(stack, "locked", Map.of("os", 12L * MIB));
    vm.write("os", 100, MIB);
    String group = vm.id().substring(0, vm.id().indexOf("/resourceGroups/"));
    String lock =
        stack.arm()
            + group
            + "/resourceGroups/holdfast-snapshots/providers/Microsoft.Authorization/locks/keep"
            + "?api-version=2020-05-01";
    Http.send("PUT", lock, "{\"properties\":{\"level\":\"CanNotDelete\"}}");
    try (RunningJob refused = vm.start()) {
      JsonNode job = refused.await("Failed");
      assertThat(job.at("/error/code").asText()).isEqualTo("SnapshotGroupLocked");
      assertThat(job.at("/error/message").asText()).contains("locks/keep", "Remove the lock");
    } finally {
      Http.send("DELETE", lock, "");
    }
    JsonNode good = vm.backUp();
    assertThat(good.path("warnings")).isEmpty();
    vm.assertEveryPointEqualsItsCopies();
    MainJobIT.assertNothingLeft(stack, vm);
    vm.forget();
  }
}
