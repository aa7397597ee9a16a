package io.holdfast.azure;

import static io.holdfast.azure.SimulatedAzure.id;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import io.holdfast.disk.Allowance;
import io.holdfast.disk.Consistency;
import io.holdfast.disk.DiskFacts;
import io.holdfast.disk.DiskReader;
import io.holdfast.disk.DiskReader.DiffRefused;
import io.holdfast.disk.DiskSnapshot;
import io.holdfast.disk.Disks;
import io.holdfast.disk.Extent;
import io.holdfast.disk.SetState;
import io.holdfast.disk.SnapshotMethod;
import io.holdfast.disk.SnapshotSet;
import io.holdfast.disk.SnapshotSet.SourceDisk;
import io.holdfast.disk.Surroundings;
import io.holdfast.disk.Surroundings.Missing;
import io.holdfast.disk.Surroundings.Nic;
import io.holdfast.disk.Surroundings.Site;
import io.holdfast.disk.Vm;
import io.holdfast.disk.VmFacts.Agent;
import io.holdfast.disk.VmFacts.Extension;
import io.holdfast.disk.VmFacts.Security;
import io.holdfast.failure.Unavailable;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Facts, surroundings, mixed sets and guest states through the real clients, on the simulator. */
class AzureSurroundingsTest {
  private static final String SCOPE =
      "/subscriptions/" + SimulatedAzure.SUBSCRIPTION + "/resourceGroups/snapshots";
  private static final int LOOKS_MAX = 50;

  @TempDir Path folder;
  private SimulatedAzure azure;
  private Disks disks;
  private Surroundings surroundings;

  @BeforeEach
  void start() throws Exception {
    azure = SimulatedAzure.plain(folder);
    disks = azure.disks;
    surroundings = azure.clients().surroundings(azure.simulator.baseUrl(), Allowance.UNLIMITED);
  }

  @AfterEach
  void stop() {
    azure.close();
  }

  private void sim(String path, String body) {
    JsonNode unused = azure.call("PUT", path, body);
  }

  /** A VM of an OS disk and what else is given of it, as JSON. */
  private Vm vm(String name, String profile, String osDisk, String more) {
    azure.disk(name + "-os", 4 << 20);
    sim(
        id("virtualMachines/" + name) + "?api-version=2025-04-01",
        """
        {"location":"westeurope","properties":{%s"storageProfile":{"osDisk":{"osType":"Linux",%s
        "createOption":"Attach","managedDisk":{"id":"%s"}}%s}}}"""
            .formatted(profile, osDisk, id("disks/" + name + "-os"), more));
    return disks.vm(id("virtualMachines/" + name)).orElseThrow();
  }

  private void disk(String name, String sku, String properties) {
    sim(
        id("disks/" + name) + "?api-version=2025-01-02",
        """
        {"location":"westeurope","sku":{"name":"%s"},"tags":{"backup":"no"},"properties":{
        "creationData":{"createOption":"Empty"},"diskSizeBytes":1048576%s}}"""
            .formatted(sku, properties));
  }

  private static String data(int lun, String name) {
    return "{\"lun\":%d,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"%s\"}}"
        .formatted(lun, id("disks/" + name));
  }

  // ---- facts

  @Test
  void disks_tell_what_decides_how_they_can_be_snapshotted() {
    disk("shared", "Premium_LRS", ",\"maxShares\":2");
    disk("ultra", "UltraSSD_LRS", "");
    disk("closed", "Premium_LRS", ",\"networkAccessPolicy\":\"DenyAll\"");
    disk("entra", "Premium_LRS", ",\"dataAccessAuthMode\":\"AzureActiveDirectory\"");
    disk("ade", "Premium_LRS", ",\"encryptionSettingsCollection\":{\"enabled\":true}");

    Vm vm =
        vm(
            "facts",
            "",
            "",
            ",\"dataDisks\":["
                + String.join(
                    ",",
                    data(0, "shared"),
                    data(1, "ultra"),
                    data(2, "closed"),
                    data(3, "entra"),
                    data(4, "ade"))
                + "]");

    assertThat(vm.facts().agent()).isEqualTo(Agent.READY);
    assertThat(vm.facts().security()).isEqualTo(Security.STANDARD);
    List<DiskFacts> facts = vm.disks().stream().map(Vm.VmDisk::facts).toList();
    assertThat(facts)
        .extracting(DiskFacts::fit)
        .startsWith(SnapshotSet.Fit.ANY, SnapshotSet.Fit.NONE, SnapshotSet.Fit.NOT_CRASH);
    assertThat(facts.get(3).networkAccess()).isEqualTo(DiskFacts.NetworkAccess.DENY_ALL);
    assertThat(facts.get(4).entraReads()).isTrue();
    assertThat(facts.get(5).guestEncrypted()).isTrue();
    assertThat(facts.get(5).tags()).isEqualTo(Map.of("backup", "no"));
  }

  @Test
  void an_ephemeral_os_disk_is_not_asked_for_and_an_agent_that_is_not_ready_is_seen() {
    sim("/_sim/guests/short", "{\"agent\":\"notReady\"}");

    Vm vm = vm("short", "", "\"diffDiskSettings\":{\"option\":\"Local\"},\"diskSizeGB\":4,", "");

    assertThat(vm.disks()).singleElement().matches(disk -> disk.facts().ephemeral());
    assertThat(vm.disks().get(0).sizeBytes()).isPositive();
    assertThat(vm.facts().agent()).isEqualTo(Agent.NOT_READY);
    assertThat(vm.facts().agentText()).isNotBlank();
  }

  // ---- surroundings

  private Site site(Vm vm) {
    return surroundings.site(vm, "snapshots", "c-of-" + vm.name());
  }

  @Test
  void locks_permissions_and_what_is_there_are_seen() {
    Vm vm = vm("watched", "", "", "");
    sim(
        SCOPE + "/providers/Microsoft.Authorization/locks/keep?api-version=2020-05-01",
        "{\"properties\":{\"level\":\"CanNotDelete\"}}");
    Site locked = site(vm);
    sim(
        "/_sim/permissions",
        """
        [{"scope":"/subscriptions/%s","actions":["*"],
          "notActions":["Microsoft.Compute/disks/beginGetAccess/action","Microsoft.Compute/snapshots/*"]}]"""
            .formatted(SimulatedAzure.SUBSCRIPTION));
    Site poor = site(vm);

    assertThat(locked.groupExists()).isTrue();
    assertThat(locked.locks())
        .singleElement()
        .satisfies(
            lock -> {
              assertThat(lock.id()).endsWith("/locks/keep");
              assertThat(lock.readOnly()).isFalse();
            });
    assertThat(locked.permissionsKnown()).isTrue();
    assertThat(locked.missing()).isEmpty();
    assertThat(poor.missing())
        .extracting(Missing::action, Missing::scope)
        .contains(
            tuple("Microsoft.Compute/disks/beginGetAccess/action", vm.disks().get(0).id()),
            tuple("Microsoft.Compute/snapshots/write", SCOPE))
        .hasSize(6);
  }

  @Test
  void points_and_snapshots_that_are_there_are_counted() {
    Vm vm = vm("counted", "", "", "");
    SnapshotSet set = set(vm, SnapshotMethod.CRASH_RESTORE_POINT, List.of(source(vm, 0)));
    SnapshotSet single =
        new SnapshotSet(
            2,
            SnapshotMethod.DISK_SNAPSHOTS,
            vm.id(),
            "westeurope",
            "snapshots",
            set.collection(),
            "hf-single",
            "me",
            set.disks());
    ready(set);
    ready(single);

    Site site = site(vm);

    assertThat(site.points()).singleElement().matches(Surroundings.PointMade::crash);
    assertThat(site.snapshots())
        .containsEntry(vm.disks().get(0).id().toLowerCase(java.util.Locale.ROOT), 1);
    removed(set);
    removed(single);
  }

  @Test
  void interfaces_come_whole_and_one_that_may_not_be_read_by_its_id() {
    String nics =
        SCOPE.replace("snapshots", "rg1") + "/providers/Microsoft.Network/networkInterfaces/";
    Vm vm =
        vm(
            "wired",
            """
            "networkProfile":{"networkInterfaces":[{"id":"%sone"},
            {"id":"%stwo","properties":{"primary":true}}]},"""
                .formatted(nics, nics),
            "",
            "");
    azure.faults(
        "[{\"match\":{\"pathPattern\":\"networkInterfaces/one\"},\"action\":{\"status\":403,\"code\":\"AuthorizationFailed\",\"message\":\"no\"}}]");

    List<Nic> found = surroundings.nics(vm);

    assertThat(found).extracting(Nic::id).containsExactly(nics + "two", nics + "one");
    assertThat(found.get(0).model()).contains("subnet", "networkSecurityGroup");
    assertThat(found.get(1).model()).isNull();
    assertThat(found.get(1).fault()).contains("403", "AuthorizationFailed");
  }

  @Test
  void the_extension_is_installed_and_its_state_read_and_a_refusal_is_told() {
    Vm vm = vm("guest", "", "", "");
    assertThat(vm.facts().snapshotHandler(false)).isEmpty();

    assertThat(surroundings.install(vm, "1.0")).isEmpty();
    Optional<Extension> handler = Optional.empty();
    for (int i = 0; i < LOOKS_MAX; i++) {
      handler = disks.vm(vm.id()).orElseThrow().facts().snapshotHandler(false);
      if (handler.filter(each -> each.state() == Extension.State.SUCCEEDED).isPresent()) {
        break;
      }
      JsonNode unused =
          azure.call("GET", vm.id() + "/extensions/VMSnapshotLinux?api-version=2025-04-01", "");
    }
    assertThat(handler.map(Extension::state)).contains(Extension.State.SUCCEEDED);

    azure.faults(
        "[{\"match\":{\"operation\":\"VirtualMachineExtensions_CreateOrUpdate\"},\"action\":{\"status\":403,\"code\":\"AuthorizationFailed\",\"message\":\"no write\"}}]");
    assertThat(surroundings.install(vm, "1.0"))
        .hasValueSatisfying(
            refusal -> {
              assertThat(refusal.code()).isEqualTo("AuthorizationFailed");
              assertThat(refusal.message()).contains("no write");
            });
  }

  // ---- sets

  private static SourceDisk source(Vm vm, int disk) {
    Vm.VmDisk of = vm.disks().get(disk);
    return new SourceDisk(
        of.key(),
        of.id(),
        of.uniqueId(),
        of.facts().fit(),
        of.key().equals("os") && vm.facts().security() == Security.TRUSTED_LAUNCH,
        of.facts().diskAccess());
  }

  private static SnapshotSet set(Vm vm, SnapshotMethod method, List<SourceDisk> disks) {
    return new SnapshotSet(
        1,
        method,
        vm.id(),
        "westeurope",
        "snapshots",
        "c-of-" + vm.name(),
        "hf-" + vm.name(),
        "me",
        disks);
  }

  private SetState settled(SnapshotSet set) {
    assertThat(disks.begin(set)).isEmpty();
    for (int i = 0; i < LOOKS_MAX; i++) {
      SetState state = disks.look(set);
      if (!(state instanceof SetState.Pending)) {
        return state;
      }
    }
    throw new AssertionError("still pending");
  }

  private SetState.Ready ready(SnapshotSet set) {
    SetState state = settled(set);
    assertThat(state).isInstanceOf(SetState.Ready.class);
    return (SetState.Ready) state;
  }

  private void removed(SnapshotSet set) {
    boolean gone = false;
    for (int i = 0; i < LOOKS_MAX && !gone; i++) {
      gone = disks.remove(set);
    }
    assertThat(gone).isTrue();
  }

  private void nothingIsLeft() {
    JsonNode left = azure.leftovers();
    assertThat(left.path("snapshots")).isEmpty();
    assertThat(left.path("restorePoints")).isEmpty();
    assertThat(left.path("grants")).isEmpty();
  }

  @Test
  void a_set_may_be_a_restore_point_and_single_snapshots_made_looked_at_and_removed_as_one() {
    disk("both", "Premium_LRS", ",\"maxShares\":2");
    Vm vm = vm("cluster", "", "", ",\"dataDisks\":[" + data(0, "both") + "]");
    SnapshotSet set = set(vm, SnapshotMethod.RESTORE_POINT, List.of(source(vm, 0), source(vm, 1)));

    SetState.Ready ready = ready(set);
    // A call that is repeated makes nothing anew.
    assertThat(disks.begin(set)).isEmpty();

    assertThat(ready.snapshots())
        .extracting(DiskSnapshot::disk, DiskSnapshot::restorePoint)
        .containsExactlyInAnyOrder(tuple("os", true), tuple("lun0", false));
    assertThat(ready.achieved()).isEqualTo(Consistency.CRASH_CONSISTENT);
    assertThat(azure.leftovers().path("snapshots")).hasSize(1);
    assertThat(azure.leftovers().path("restorePoints")).hasSize(1);
    removed(set);
    nothingIsLeft();
  }

  @Test
  void a_point_that_the_guest_failed_tells_azure_s_code_and_text() {
    Vm vm = vm("frozen", "", "", "");
    sim(
        "/_sim/guests/frozen",
        "{\"freeze\":{\"code\":\"VMRestorePointClientError\",\"message\":\"cannot freeze /data\"}}");
    SnapshotSet set = set(vm, SnapshotMethod.RESTORE_POINT, List.of(source(vm, 0)));

    SetState state = settled(set);

    assertThat(state)
        .isEqualTo(new SetState.Failed("VMRestorePointClientError", "cannot freeze /data"));
    removed(set);
    nothingIsLeft();
  }

  private DiskReader open(DiskSnapshot snapshot) {
    for (int i = 0; i < LOOKS_MAX; i++) {
      Optional<DiskReader> reader = disks.open("job", snapshot, Duration.ofHours(1));
      if (reader.isPresent()) {
        return reader.get();
      }
    }
    throw new AssertionError("no access to " + snapshot.id());
  }

  private static byte[] whole(DiskReader reader) {
    ByteBuffer into = ByteBuffer.allocateDirect((int) reader.sizeBytes());
    reader.read(0, into);
    byte[] bytes = new byte[into.flip().remaining()];
    into.get(bytes);
    return bytes;
  }

  @Test
  void the_guest_state_of_a_trusted_launch_vm_is_read_beside_its_os_disk_under_one_access()
      throws Exception {
    byte[] written = new byte[100_000];
    new Random(3).nextBytes(written);
    Vm vm = vm("trusted", "\"securityProfile\":{\"securityType\":\"TrustedLaunch\"},", "", "");
    azure.write("trusted-os", 4096, written);
    assertThat(vm.facts().security()).isEqualTo(Security.TRUSTED_LAUNCH);
    SnapshotSet set = set(vm, SnapshotMethod.RESTORE_POINT, List.of(source(vm, 0)));

    List<DiskSnapshot> parts = ready(set).snapshots();
    DiskReader disk = open(parts.get(0));
    DiskReader state = open(parts.get(1));

    assertThat(parts.get(1).disk()).isEqualTo(Vm.GUEST_STATE);
    byte[] guestState = azure.guestState("trusted-os");
    byte[] read = whole(state);
    assertThat(Arrays.copyOf(read, guestState.length)).isEqualTo(guestState);
    assertThat(whole(disk)).isEqualTo(azure.bytes("trusted-os"));
    List<Extent> allocated = new ArrayList<>();
    long reached = state.allocated(0, state.sizeBytes(), allocated::add);
    assertThat(reached).isEqualTo(state.sizeBytes());
    assertThat(allocated).isNotEmpty();
    assertThatThrownBy(() -> state.changed(state, 0, 512, extent -> {}))
        .isInstanceOf(DiffRefused.class);

    for (DiskSnapshot part : parts) {
      boolean closed = false;
      for (int i = 0; i < LOOKS_MAX && !closed; i++) {
        closed = disks.close("job", part);
      }
      assertThat(closed).isTrue();
    }
    assertThatThrownBy(() -> whole(state)).isInstanceOf(Unavailable.class);
    removed(set);
    nothingIsLeft();
  }
}
